import { randomBytes } from 'node:crypto';
import type { CallOptions } from '@graphdriver/core';
import type { Books } from '../books.ts';
import { findImage } from '../images/find-image.ts';
import { imageUse } from '../images/image-row.ts';
import { FreshLayer } from '../layers/driver-layer.ts';
import { type LayerKey, layerUse } from '../layers/layer-row.ts';
import { requireLayer } from '../layers/register-layer.ts';
import { familiarReference, parseReference } from '../reference.ts';
import { isStoreError, StoreError } from '../store-error.ts';
import { assertContainerName, randomContainerName } from './container-name.ts';
import { type ContainerRow, containerUse, type Json, volumeUse } from './container-row.ts';
import type { FoundContainer } from './find-container.ts';

/** Options of {@link createContainer}. */
export interface CreateContainerOptions extends CallOptions {
  /** A name that no other container has; a random one unless given. */
  readonly name?: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** What it is to run and how. The runtime's own. */
  readonly spec?: Json;
  /** Names of the volumes that it uses, which are kept from being removed. */
  readonly volumes?: readonly string[];
}

/** Another name is tried so often where the random one is taken. */
const MOST_NAMES = 20;

/**
 * Makes a container: a thin writable layer on an image, or on nothing where `image` is `null`. Nothing is copied, unless the driver copies.
 *
 * @throws {StoreError} `IMAGE_NOT_FOUND`, `NAME_IN_USE`, `INVALID_NAME`
 */
export async function createContainer(
  books: Books,
  image: string | null,
  options: CreateContainerOptions = {},
): Promise<FoundContainer> {
  const { name, labels = {}, spec = null, volumes = [] } = options;
  const found = image === null ? null : findImage(books, image);
  const base = found === null ? null : (books.images.get(found.id)?.top ?? null);
  const start = {
    image: found?.id ?? null,
    imageName: found === null ? null : shownName(found.reference, found.id),
    base,
    labels: { ...labels },
    spec,
    volumes,
  };
  return await addContainer(books, start, name, options);
}

/** What a new container has from where it comes. */
type ContainerStart = Omit<ContainerRow, 'name' | 'driverLayer' | 'created'>;

/** Makes a container on a layer that is in the books. */
async function addContainer(
  books: Books,
  start: ContainerStart,
  name: string | undefined,
  { signal }: CallOptions,
): Promise<FoundContainer> {
  if (name !== undefined) refuseName(books, name);
  const id = randomBytes(32).toString('hex');
  const parent = start.base === null ? null : requireLayer(books, start.base).driverLayer;
  const call = signal === undefined ? {} : { signal };
  await using fresh = await FreshLayer.make(books, { owner: containerUse(id), parent, ...call });
  const row = await books.metadata.change(() => {
    const made = {
      ...start,
      name: freeName(books, name),
      driverLayer: fresh.id,
      created: new Date().toISOString(),
    };
    enterContainer(books, id, made);
    return made;
  });
  await fresh.keep();
  return { id, row };
}

/** Puts a new container into the books. Inside of a change. @throws {StoreError} `IMAGE_NOT_FOUND`, `LAYER_NOT_FOUND` */
export function enterContainer(books: Books, id: string, row: ContainerRow): void {
  const { image, base, name } = row;
  if (image !== null && !books.images.has(image))
    throw new StoreError('IMAGE_NOT_FOUND', `The image ${image} was removed.`, { details: { image } });
  if (base !== null) useBase(books, id, base);
  if (image !== null) books.uses.add(imageUse(image), containerUse(id));
  for (const volume of row.volumes) books.uses.add(volumeUse(volume), containerUse(id));
  books.containers.put(id, row);
  books.names.put(name, id);
}

function useBase(books: Books, id: string, base: LayerKey): void {
  requireLayer(books, base);
  books.uses.add(layerUse(base), containerUse(id));
}

/** The name, or a random one that is free. Inside of a change. */
export function freeName(books: Books, name: string | undefined): string {
  if (name !== undefined) {
    refuseName(books, name);
    return name;
  }
  for (let attempt = 0; attempt < MOST_NAMES; attempt++) {
    const random = randomContainerName(attempt);
    if (!books.names.has(random)) return random;
  }
  throw new StoreError('NAME_IN_USE', 'No free name was found by chance.', { hint: 'Give the container a name.' });
}

/** @throws {StoreError} `INVALID_NAME`, `NAME_IN_USE` */
export function refuseName(books: Books, name: string): void {
  assertContainerName(name);
  const owner = books.names.get(name);
  if (owner === undefined) return;
  throw new StoreError('NAME_IN_USE', `A container is called ${name} already.`, {
    hint: 'Choose another name, or remove that container.',
    details: { name, container: owner },
  });
}

function shownName(reference: string | null, id: string): string {
  if (reference === null) return id;
  try {
    return familiarReference(parseReference(reference));
  } catch (error) {
    if (isStoreError(error)) return reference;
    throw error;
  }
}
