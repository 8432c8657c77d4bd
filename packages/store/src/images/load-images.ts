import { createReadStream, statSync } from 'node:fs';
import { decompress } from '@graphdriver/archive';
import type { CallOptions } from '@graphdriver/core';
import { STREAM_PIECE } from '@graphdriver/host';
import { type Books, lockBooks } from '../books.ts';
import { chainIds } from '../identity/chain-id.ts';
import type { Digest } from '../identity/digest.ts';
import { layerUse } from '../layers/layer-row.ts';
import { registerLayer, shareLayer } from '../layers/register-layer.ts';
import { Work } from '../layers/work.ts';
import { refuseAborted, StoreError } from '../store-error.ts';
import { typedErrors } from '../typed-errors.ts';
import { archiveSource } from './archive-source.ts';
import { createImage } from './create-image.ts';
import { isDockerArchive, readDockerArchive } from './docker-archive.ts';
import { folderSource } from './folder-source.ts';
import type { ImageSource } from './image-source.ts';
import { isOciLayout, readOciLayout } from './oci-layout.ts';
import type { PlannedImage } from './planned-image.ts';
import { ReadAhead } from './read-ahead.ts';
import { Spool } from './spool.ts';

/** How far a load has come with one layer. */
export interface LayerProgress {
  readonly diffId: Digest;
  /** `present`: it was there already. */
  readonly state: 'reading' | 'present' | 'done';
  /** Uncompressed bytes read so far. */
  readonly bytes: number;
  /** Bytes as it is stored, compressed or not. */
  readonly storedSize: number;
}

/** Options of {@link loadImages}. */
export interface LoadOptions extends CallOptions {
  readonly onProgress?: (progress: LayerProgress) => void;
}

/** An image that was loaded. */
export interface LoadedImage {
  readonly id: Digest;
  /** Canonical names that it was given. */
  readonly references: readonly string[];
}

/**
 * Loads all images of an OCI image layout, as a folder or as an archive, or of an archive of `docker save`, compressed or not.
 *
 * Layers that are there are not read. Digests are verified while reading. An image appears when it is complete; when one fails,
 * those before it are there.
 *
 * @throws {StoreError} `INVALID_IMAGE`, `INVALID_REFERENCE`, `DIGEST_MISMATCH`, `ABORTED`
 * @throws {StorageError} `INVALID_ARCHIVE`, and whatever the driver and the disk refuse
 */
export async function loadImages(
  books: Books,
  from: string | AsyncIterable<Uint8Array>,
  options: LoadOptions = {},
): Promise<readonly LoadedImage[]> {
  return await typedErrors('The image could not be loaded.', options, async () => {
    await using work = await Work.begin(books);
    await using spool = new Spool(books, work);
    await using source = await openSource(from, spool, options);
    const loaded: LoadedImage[] = [];
    for (const image of await plan(source)) loaded.push(await loadOne(books, work, image, options));
    return loaded;
  });
}

async function plan(source: ImageSource): Promise<readonly PlannedImage[]> {
  const images = isOciLayout(source)
    ? await readOciLayout(source)
    : isDockerArchive(source)
      ? await readDockerArchive(source)
      : [];
  if (images.length > 0) return images;
  throw new StoreError('INVALID_IMAGE', 'There is no image in it that this host could use.', {
    hint: 'It is to be an OCI image layout or what docker save wrote. A root filesystem is taken by import.',
  });
}

async function loadOne(books: Books, work: Work, image: PlannedImage, options: LoadOptions): Promise<LoadedImage> {
  const { signal, onProgress } = options;
  const chain = chainIds(image.config.rootfs.diff_ids);
  const present = await keepPresent(books, work, chain, signal === undefined ? {} : { signal });
  const aheads = image.layers.map(({ archive }) => new ReadAhead(archive));
  try {
    for (const [at, { diffId, archive, size: storedSize }] of image.layers.entries()) {
      if (at < present) {
        onProgress?.({ diffId, state: 'present', bytes: 0, storedSize });
        continue;
      }
      refuseAborted(signal, 'Loading an image');
      aheads[at + 1]?.start();
      const layer = await registerLayer(books, aheads[at]?.open ?? archive, {
        parent: chain[at - 1] ?? null,
        diffId,
        work,
        onProgress: (bytes) => onProgress?.({ diffId, state: 'reading', bytes, storedSize }),
        ...(signal === undefined ? {} : { signal }),
      });
      onProgress?.({ diffId, state: layer.isNew ? 'done' : 'present', bytes: 0, storedSize });
    }
    const id = await createImage(books, image.configBytes, { work, references: image.references });
    return { id, references: image.references };
  } finally {
    for (const ahead of aheads) await ahead[Symbol.asyncDispose]();
  }
}

/** Lets the work keep as much of a chain as there is, by the topmost layer that there is: with it go those underneath. Returns how many these are. */
async function keepPresent(books: Books, work: Work, chain: readonly Digest[], options: CallOptions): Promise<number> {
  for (const [above, key] of chain.toReversed().entries()) {
    if (!books.layers.has(key)) continue;
    using _lock = await lockBooks(books, layerUse(key), options);
    if ((await shareLayer(books, key, work)) !== undefined) return chain.length - above;
  }
  return 0;
}

/** A stream, and an archive that is compressed, is written out first: where its parts lie is known only at its end. */
async function openSource(
  from: string | AsyncIterable<Uint8Array>,
  spool: Spool,
  options: CallOptions,
): Promise<ImageSource> {
  if (typeof from !== 'string') return await archiveSource(await spool.write(decompress(from)), options);
  if (statSync(from).isDirectory()) return folderSource(from);
  if (await isPlainTar(from)) return await archiveSource(from, options);
  return await archiveSource(
    await spool.write(decompress(createReadStream(from, { highWaterMark: STREAM_PIECE }))),
    options,
  );
}

async function isPlainTar(path: string): Promise<boolean> {
  for await (const start of createReadStream(path, { end: 511 })) {
    return Buffer.isBuffer(start) && start.toString('latin1', 257, 262) === 'ustar';
  }
  return false;
}
