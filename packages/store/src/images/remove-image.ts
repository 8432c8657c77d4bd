import type { Books } from '../books.ts';
import type { Digest } from '../identity/digest.ts';
import { holdLayer } from '../layers/layer-holds.ts';
import { layerUse } from '../layers/layer-row.ts';
import { Work } from '../layers/work.ts';
import { StoreError } from '../store-error.ts';
import { referenceUse } from './create-image.ts';
import type { FoundImage } from './find-image.ts';
import { imageUse } from './image-row.ts';

/** Options of {@link removeImage}. */
export interface RemoveImageOptions {
  /** By an id: removes the image although it has several names. */
  readonly force?: boolean;
}

/** What a removal came to. */
export interface RemovedImage {
  /** Canonical references that are gone. */
  readonly untagged: readonly string[];
  /** The image, if it is gone. */
  readonly deleted: Digest | null;
}

/**
 * Takes a name from an image; with its last name, or asked for by its id, the image goes, with all layers that nothing else needs.
 *
 * @throws {StoreError} `IMAGE_IN_USE` by containers; by several names, where it is asked for by its id and not by force
 */
export async function removeImage(
  books: Books,
  { id, reference }: FoundImage,
  { force = false }: RemoveImageOptions = {},
): Promise<RemovedImage> {
  await using work = await Work.begin(books);
  return await books.metadata.change(() => {
    const names = referencesOf(books, id);
    if (reference !== null && names.length > 1) {
      dropReference(books, reference, id);
      return { untagged: [reference], deleted: null };
    }
    if (reference === null && names.length > 1 && !force) throw severalNames(id, names);
    return dropImage(books, id, work.id, names);
  });
}

/** Canonical references of an image. */
export function referencesOf(books: Books, id: Digest): readonly string[] {
  return books.uses.of(imageUse(id), 'reference:').map((user) => user.slice('reference:'.length));
}

/** Ids of the containers that were made from an image. At most `limit`. */
export function containersOf(books: Books, id: Digest, limit?: number): readonly string[] {
  return books.uses.of(imageUse(id), 'container:', limit).map((user) => user.slice('container:'.length));
}

/** Takes an image out of the books. Its layers are then held by `work`. Inside of a change. @throws {StoreError} `IMAGE_IN_USE` */
export function dropImage(books: Books, id: Digest, work: string, names: readonly string[]): RemovedImage {
  const row = books.images.get(id);
  if (row === undefined)
    throw new StoreError('IMAGE_NOT_FOUND', `There is no image ${id}.`, { details: { image: id } });
  const containers = containersOf(books, id, 10);
  if (containers.length > 0) {
    throw new StoreError(
      'IMAGE_IN_USE',
      `The image ${id} is needed by ${containers.length === 1 ? 'a container' : 'containers'}.`,
      {
        hint: 'Remove the containers first.',
        details: { image: id, containers },
      },
    );
  }
  for (const name of names) dropReference(books, name, id);
  books.images.remove(id);
  books.configs.remove(id);
  if (row.top !== null) {
    holdLayer(books, work, row.top);
    books.uses.remove(layerUse(row.top), imageUse(id));
  }
  return { untagged: names, deleted: id };
}

function dropReference(books: Books, reference: string, id: Digest): void {
  books.references.remove(reference);
  books.uses.remove(imageUse(id), referenceUse(reference));
}

function severalNames(id: Digest, names: readonly string[]): StoreError {
  return new StoreError('IMAGE_IN_USE', `The image ${id} has several names: ${names.join(', ')}.`, {
    hint: 'Remove it by each name, or by force.',
    details: { image: id, references: names },
  });
}
