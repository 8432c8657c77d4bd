import type { CallOptions } from '@graphdriver/core';
import type { Books } from '../books.ts';
import type { Digest } from '../identity/digest.ts';
import { Work } from '../layers/work.ts';
import { canonicalReference, parseReference } from '../reference.ts';
import { StoreError } from '../store-error.ts';
import { putReference } from './create-image.ts';
import { findImage } from './find-image.ts';
import { type ImageConfig, parseImageConfig } from './image-config.ts';
import { type HistoryLine, imageHistory } from './image-history.ts';
import { type ImportOptions, importFolder, importImage } from './import-image.ts';
import { type LoadedImage, type LoadOptions, loadImages } from './load-images.ts';
import {
  containersOf,
  dropImage,
  type RemovedImage,
  type RemoveImageOptions,
  referencesOf,
  removeImage,
} from './remove-image.ts';
import { type SavedImage, type SaveOptions, saveImages, saveToFolder } from './save-images.ts';

/** An image in a list. */
export interface ImageSummary {
  /** The digest of its configuration. */
  readonly id: Digest;
  /** Canonical references; none for an image that has lost its last name, or never had one. */
  readonly references: readonly string[];
  /** RFC 3339; `null` where its configuration does not say. */
  readonly created: string | null;
  /** Content bytes of the files in all its layers. */
  readonly size: number;
  readonly layers: number;
}

/** All that is known of an image. */
export interface ImageDetails extends ImageSummary {
  readonly config: ImageConfig;
  /** The chain ID of its top layer; `null` for an image without layers. */
  readonly top: Digest | null;
  /** When it came into this store, RFC 3339. */
  readonly added: string;
  /** Ids of the containers that were made from it. */
  readonly containers: readonly string[];
}

/** Which images {@link Images.prune} removes. */
export interface PruneImagesOptions {
  /** Not only those without a name, but all that no container needs. */
  readonly all?: boolean;
}

/**
 * The images of a store. They are named as people write it: by reference, id, or the start of an id.
 *
 * Every method may fail with `IMAGE_NOT_FOUND`, `AMBIGUOUS_ID` or `INVALID_REFERENCE` for such a name.
 */
export class Images {
  readonly #books: Books;

  constructor(books: Books) {
    this.#books = books;
  }

  /** Makes an image of one layer from the archive of a root filesystem, compressed or not. Returns its id. */
  async import(archive: AsyncIterable<Uint8Array>, options: ImportOptions = {}): Promise<Digest> {
    return await importImage(this.#books, archive, withCanonical(options));
  }

  /** Makes an image of one layer from a folder. Returns its id. */
  async importFolder(folder: string, options: ImportOptions = {}): Promise<Digest> {
    return await importFolder(this.#books, folder, withCanonical(options));
  }

  /** Loads all images of an OCI layout or of an archive of `docker save`: a folder, a file, or a stream. */
  async load(from: string | AsyncIterable<Uint8Array>, options: LoadOptions = {}): Promise<readonly LoadedImage[]> {
    return await loadImages(this.#books, from, options);
  }

  /** Images as an archive that this and other programs load. An image that is named by its id has all its names in it. */
  save(images: readonly string[], options: SaveOptions = {}): AsyncIterable<Uint8Array> {
    return saveImages(this.#books, this.#toSave(images), options);
  }

  /** Images as an OCI image layout in a new folder. @throws {StoreError} `NAME_IN_USE` */
  async saveToFolder(images: readonly string[], folder: string, options: SaveOptions = {}): Promise<void> {
    await saveToFolder(this.#books, this.#toSave(images), folder, { format: 'oci', ...options });
  }

  /** Gives an image one more name, taking it from whatever has it. */
  async tag(image: string, reference: string): Promise<void> {
    const parsed = parseReference(reference);
    if (parsed.digest !== null) {
      throw new StoreError('INVALID_REFERENCE', 'A name with a digest cannot be given: it says what the image is.', {
        details: { reference },
      });
    }
    const { id } = findImage(this.#books, image);
    await this.#books.metadata.change(() => {
      if (!this.#books.images.has(id)) throw gone(id);
      putReference(this.#books, canonicalReference(parsed), id);
    });
  }

  /** All images, the newest first. */
  list(): readonly ImageSummary[] {
    const rows = this.#books.images.entries();
    const summaries = rows.map(({ key }) => this.#summary(key as Digest)); // Images are entered by their ids.
    return summaries.toSorted((one, other) => timeOf(other) - timeOf(one));
  }

  show(image: string): ImageDetails {
    const { id } = findImage(this.#books, image);
    const config = parseImageConfig(this.configBytes(id));
    const row = this.#books.images.get(id);
    if (row === undefined) throw gone(id);
    return { ...this.#summary(id), config, top: row.top, added: row.added, containers: containersOf(this.#books, id) };
  }

  /** An image's configuration byte by byte: its digest is the id. */
  configBytes(image: string): Buffer {
    const { id } = findImage(this.#books, image);
    const bytes = this.#books.configs.get(id);
    if (bytes === undefined) throw gone(id);
    return bytes;
  }

  /** The steps by which an image was made, the last one first. */
  history(image: string): readonly HistoryLine[] {
    const { id } = findImage(this.#books, image);
    return imageHistory(this.#books, id, parseImageConfig(this.configBytes(id)));
  }

  /** Takes a name from an image; with the last one the image goes. @throws {StoreError} `IMAGE_IN_USE` */
  async remove(image: string, options: RemoveImageOptions = {}): Promise<RemovedImage> {
    return await removeImage(this.#books, findImage(this.#books, image), options);
  }

  /** Removes images that have no name and no containers. Returns what is gone. An abort is obeyed between images. */
  async prune(options: PruneImagesOptions & CallOptions = {}): Promise<readonly RemovedImage[]> {
    const removed: RemovedImage[] = [];
    for (const { id } of this.list()) {
      if (options.signal?.aborted === true) break;
      const gone = await this.#pruneOne(id, options.all === true);
      if (gone !== undefined) removed.push(gone);
    }
    return removed;
  }

  async #pruneOne(id: Digest, all: boolean): Promise<RemovedImage | undefined> {
    const books = this.#books;
    if ((!all && referencesOf(books, id).length > 0) || containersOf(books, id, 1).length > 0) return undefined;
    await using work = await Work.begin(books);
    return await books.metadata.change(() => {
      const names = referencesOf(books, id);
      const isUnused = books.images.has(id) && (all || names.length === 0) && containersOf(books, id, 1).length === 0;
      return isUnused ? dropImage(books, id, work.id, names) : undefined;
    });
  }

  #toSave(images: readonly string[]): readonly SavedImage[] {
    const saved = new Map<Digest, Set<string>>();
    for (const image of images) {
      const { id, reference } = findImage(this.#books, image);
      const names = reference === null ? referencesOf(this.#books, id) : [reference];
      saved.set(id, new Set([...(saved.get(id) ?? []), ...names]));
    }
    return [...saved].map(([id, references]) => ({ id, references: [...references] }));
  }

  #summary(id: Digest): ImageSummary {
    const row = this.#books.images.get(id);
    if (row === undefined) throw gone(id);
    const { created, size, layers } = row;
    return { id, references: referencesOf(this.#books, id), created, size, layers };
  }
}

function withCanonical(options: ImportOptions): ImportOptions {
  const { reference } = options;
  return reference === undefined ? options : { ...options, reference: canonicalReference(parseReference(reference)) };
}

function timeOf({ created }: ImageSummary): number {
  return created === null ? 0 : Date.parse(created);
}

function gone(id: Digest): StoreError {
  return new StoreError('IMAGE_NOT_FOUND', `There is no image ${id}.`, { details: { image: id } });
}
