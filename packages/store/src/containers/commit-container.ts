import type { CallOptions } from '@graphdriver/core';
import type { Books } from '../books.ts';
import type { Digest } from '../identity/digest.ts';
import { createImage } from '../images/create-image.ts';
import { hostPlatform } from '../images/host-platform.ts';
import {
  type ContainerConfig,
  type HistoryEntry,
  type ImageConfig,
  parseImageConfig,
  serializeImageConfig,
} from '../images/image-config.ts';
import { registerLayer } from '../layers/register-layer.ts';
import { Work } from '../layers/work.ts';
import { canonicalReference, parseReference } from '../reference.ts';
import { containerBase } from './container-base.ts';
import { type FoundContainer, findContainer } from './find-container.ts';

/** Options of {@link commitContainer}. */
export interface CommitOptions extends CallOptions {
  /** A name for the image. */
  readonly reference?: string;
  readonly author?: string;
  readonly message?: string;
  /** What the history says that made it: the container's command. */
  readonly createdBy?: string;
  /** Fields that replace those of the image's container configuration. */
  readonly config?: ContainerConfig;
  /** RFC 3339; now unless given. */
  readonly created?: string;
}

/**
 * Makes an image of a container's current files: one layer on its image, or none where nothing was changed. Returns the image's id.
 *
 * The container keeps its layer. Of one that is written to meanwhile a mixture is taken.
 *
 * @throws {StoreError} `CONTAINER_NOT_FOUND`, `INVALID_REFERENCE`
 */
export async function commitContainer(books: Books, name: string, options: CommitOptions = {}): Promise<Digest> {
  const { reference, signal } = options;
  const references = reference === undefined ? [] : [canonicalReference(parseReference(reference))];
  const found = findContainer(books, name);
  await using work = await Work.begin(books);
  const diffId = await commitFiles(books, found, work, signal === undefined ? {} : { signal });
  const config = configAfter(books, found, diffId, options);
  return await createImage(books, serializeImageConfig(config), { work, references });
}

/** Registers what the container has changed in its image; `null` where that is nothing. */
async function commitFiles(
  books: Books,
  { row }: FoundContainer,
  work: Work,
  options: CallOptions,
): Promise<Digest | null> {
  const { imageLayer, imageTop, isForked } = containerBase(books, row);
  const from = isForked ? { ...options, base: imageLayer } : options;
  const changes = await books.driver.changes(row.driverLayer, from);
  if (changes.length === 0) return null;
  const archive = (): AsyncIterable<Uint8Array> => books.driver.diff(row.driverLayer, from);
  const { diffId } = await registerLayer(books, archive, { parent: imageTop, work, ...options });
  return diffId;
}

function configAfter(
  books: Books,
  { row }: FoundContainer,
  diffId: Digest | null,
  { author, message, createdBy, config, created = new Date().toISOString() }: CommitOptions,
): ImageConfig {
  const before = configOf(books, row.image);
  const step: HistoryEntry = {
    created,
    ...(createdBy === undefined ? {} : { created_by: createdBy }),
    ...(author === undefined ? {} : { author }),
    ...(message === undefined ? {} : { comment: message }),
    ...(diffId === null ? { empty_layer: true } : {}),
  };
  return {
    ...before,
    created,
    ...(author === undefined ? {} : { author }),
    config: { ...before.config, ...config },
    rootfs: { type: 'layers', diff_ids: [...before.rootfs.diff_ids, ...(diffId === null ? [] : [diffId])] },
    history: [...historyOf(before), step],
  };
}

function configOf(books: Books, image: Digest | null): ImageConfig {
  const bytes = image === null ? undefined : books.configs.get(image);
  return bytes === undefined
    ? { ...hostPlatform(), rootfs: { type: 'layers', diff_ids: [] } }
    : parseImageConfig(bytes);
}

/** An image without history gets a step for each of its layers: one of a few steps would be refused elsewhere. */
function historyOf({ history, rootfs }: ImageConfig): readonly HistoryEntry[] {
  const steps = history ?? [];
  return steps.some((step) => step.empty_layer !== true) ? steps : [...rootfs.diff_ids.map(() => ({})), ...steps];
}
