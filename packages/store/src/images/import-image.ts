import { compareTrees, decompress, directoryTree, emptyTree, packDiff } from '@graphdriver/archive';
import type { CallOptions } from '@graphdriver/core';
import type { Books } from '../books.ts';
import type { Digest } from '../identity/digest.ts';
import { type LayerArchive, registerLayer } from '../layers/register-layer.ts';
import { Work } from '../layers/work.ts';
import { typedErrors } from '../typed-errors.ts';
import { createImage } from './create-image.ts';
import { hostPlatform } from './host-platform.ts';
import { type ContainerConfig, serializeImageConfig } from './image-config.ts';
import { Spool } from './spool.ts';

/** Options of {@link importImage}. */
export interface ImportOptions extends CallOptions {
  /** A canonical reference that the image is to have. */
  readonly reference?: string;
  /** What its containers are started with. */
  readonly config?: ContainerConfig;
  readonly author?: string;
  /** The comment in its history. */
  readonly message?: string;
  /** RFC 3339; now unless given. With it, the same import gives the same image. */
  readonly created?: string;
  /** Told how many uncompressed bytes have been read. */
  readonly onProgress?: (bytes: number) => void;
}

/**
 * Makes an image of one layer from the archive of a root filesystem, compressed or not.
 *
 * @throws {StorageError} `INVALID_ARCHIVE`, and whatever the driver and the disk refuse
 */
export async function importImage(
  books: Books,
  archive: AsyncIterable<Uint8Array>,
  options: ImportOptions = {},
): Promise<Digest> {
  return await typedErrors('The image could not be imported.', options, async () => {
    await using work = await Work.begin(books);
    await using spool = new Spool(books, work);
    const again = spool.rereadable(archive);
    return await importLayer(books, work, () => decompress(again()), options);
  });
}

/** Makes an image of one layer from a folder. Symbolic links are taken as they are. Sockets are left out. */
export async function importFolder(books: Books, folder: string, options: ImportOptions = {}): Promise<Digest> {
  const { signal } = options;
  const call = signal === undefined ? {} : { signal };
  return await typedErrors('The folder could not be imported.', options, async () => {
    await using work = await Work.begin(books);
    const archive = (): AsyncIterable<Uint8Array> =>
      packDiff(compareTrees(directoryTree(folder), emptyTree, call), call);
    return await importLayer(books, work, archive, options);
  });
}

async function importLayer(books: Books, work: Work, archive: LayerArchive, options: ImportOptions): Promise<Digest> {
  const { signal, onProgress, author, message, config, reference } = options;
  const created = options.created ?? new Date().toISOString();
  const { diffId } = await registerLayer(books, archive, {
    parent: null,
    work,
    ...(signal === undefined ? {} : { signal }),
    ...(onProgress === undefined ? {} : { onProgress }),
  });
  const bytes = serializeImageConfig({
    created,
    ...(author === undefined ? {} : { author }),
    ...hostPlatform(),
    config: config ?? {},
    rootfs: { type: 'layers', diff_ids: [diffId] },
    history: [{ created, comment: message ?? 'Imported' }],
  });
  return await createImage(books, bytes, { work, references: reference === undefined ? [] : [reference] });
}
