import { type CallOptions, throwIfAborted } from '@graphdriver/core';
import { type Books, lockBooks } from '../books.ts';
import { chainId } from '../identity/chain-id.ts';
import { type Digest, Digester, digestMismatch } from '../identity/digest.ts';
import { StoreError } from '../store-error.ts';
import { assemblyPath } from '../store-layout.ts';
import { assemble } from './assembly/assemble.ts';
import type { ShadowedFiles } from './assembly/shadowed-files.ts';
import { FreshLayer } from './driver-layer.ts';
import { type LayerKey, type LayerRow, layerUse } from './layer-row.ts';
import { splitStream } from './split-stream.ts';
import type { Work } from './work.ts';

/** An uncompressed layer archive that can be read from its start more than once. */
export type LayerArchive = () => AsyncIterable<Uint8Array>;

/** What {@link registerLayer} is told beside the archive. */
export interface RegisterRequest extends CallOptions {
  /** The layer underneath, which somebody keeps from being removed; `null` for a bottom layer. */
  readonly parent: LayerKey | null;
  /** What the archive is said to be. With it a layer that is there already is found without reading anything. */
  readonly diffId?: Digest;
  /** Who keeps the layer until something else does. */
  readonly work: Work;
  /** Told how many bytes of the archive have been read. */
  readonly onProgress?: (bytes: number) => void;
}

/** A layer in the books. */
export interface RegisteredLayer {
  readonly key: Digest;
  readonly diffId: Digest;
  /** Content bytes of its files. */
  readonly size: number;
  /** It was not there before. */
  readonly isNew: boolean;
}

/**
 * Brings an archive into the store as a layer, unless the same layer on the same parents is there: then that one is shared.
 *
 * Two who bring the same layer at once, in whatever processes, make one: the second waits for the first. The digest is computed while
 * the archive is applied and compared before anything can be seen. On failure nothing is left behind.
 *
 * @throws {StoreError} `DIGEST_MISMATCH`, `LAYER_NOT_FOUND` for the parent
 * @throws {StorageError} `INVALID_ARCHIVE` and whatever else the driver says of an archive
 */
export async function registerLayer(
  books: Books,
  archive: LayerArchive,
  request: RegisterRequest,
): Promise<RegisteredLayer> {
  const { diffId, parent, signal } = request;
  if (diffId === undefined) return await applyUnknown(books, archive, request);
  const key = chainId(digestKey(parent), diffId);
  using _lock = await lockBooks(books, layerUse(key), signal === undefined ? {} : { signal });
  const found = await shareLayer(books, key, request.work);
  if (found !== undefined) return { key, diffId, size: found.size, isNew: false };
  await using fresh = await makeFresh(books, { ...request, owner: layerUse(key) });
  const applied = await applyArchive(books, fresh, archive, request);
  if (applied.diffId !== diffId) throw digestMismatch('a layer', diffId, applied.diffId);
  await fresh.commit();
  await enterLayer(books, key, { ...applied, parent, driverLayer: fresh.id }, request.work);
  await fresh.keep();
  return { key, diffId, size: applied.size, isNew: true };
}

/** Without a digest beforehand it is only known afterwards whether the layer was there already. */
async function applyUnknown(books: Books, archive: LayerArchive, request: RegisterRequest): Promise<RegisteredLayer> {
  await using fresh = await makeFresh(books, { ...request, owner: NOBODY });
  const applied = await applyArchive(books, fresh, archive, request);
  return await settleLayer(books, fresh, { ...request, ...applied });
}

/** An owner for a layer whose key is not known yet. */
export const NOBODY = 'nobody';

/** What {@link settleLayer} is told of a layer whose files and assembly are complete. */
export interface Settling extends CallOptions, SummedArchive {
  readonly parent: LayerKey | null;
  readonly work: Work;
}

/** What is known of an archive once it has been read. */
export interface SummedArchive {
  readonly diffId: Digest;
  /** Content bytes of its files. */
  readonly size: number;
  readonly archiveSize: number;
}

/** Enters a layer whose digest is known only now, unless the same is there. */
export async function settleLayer(books: Books, fresh: FreshLayer, settling: Settling): Promise<RegisteredLayer> {
  const { parent, diffId, size, archiveSize, work, signal } = settling;
  const key = chainId(digestKey(parent), diffId);
  using _lock = await lockBooks(books, layerUse(key), signal === undefined ? {} : { signal });
  const found = await shareLayer(books, key, work);
  if (found !== undefined) return { key, diffId, size: found.size, isNew: false };
  fresh.dedicate(layerUse(key));
  throwIfAborted(signal, 'Making a layer');
  await fresh.commit();
  await enterLayer(books, key, { diffId, parent, driverLayer: fresh.id, size, archiveSize }, work);
  await fresh.keep();
  return { key, diffId, size, isNew: true };
}

/** The row of a layer, which `work` keeps from now on; `undefined` where there is none. */
export async function shareLayer(books: Books, key: LayerKey, work: Work): Promise<LayerRow | undefined> {
  if (!books.layers.has(key)) return undefined;
  return await books.metadata.change(() => {
    const row = books.layers.get(key);
    if (row !== undefined) work.hold(key);
    return row;
  });
}

/** The row of a layer. @throws {StoreError} `LAYER_NOT_FOUND` */
export function requireLayer(books: Books, key: LayerKey): LayerRow {
  const row = books.layers.get(key);
  if (row !== undefined) return row;
  throw new StoreError('LAYER_NOT_FOUND', `There is no layer ${key}.`, { details: { layer: key } });
}

/** A driver layer on top of `parent`. */
export async function makeFresh(
  books: Books,
  { parent, owner, signal }: CallOptions & { readonly parent: LayerKey | null; readonly owner: string },
): Promise<FreshLayer> {
  const below = parent === null ? null : requireLayer(books, parent).driverLayer;
  return await FreshLayer.make(books, { owner, parent: below, ...(signal === undefined ? {} : { signal }) });
}

async function enterLayer(books: Books, key: Digest, row: LayerRow, work: Work): Promise<void> {
  await books.metadata.change(() => {
    if (row.parent !== null) {
      requireLayer(books, row.parent);
      books.uses.add(layerUse(row.parent), layerUse(key));
      work.pass(row.parent);
    }
    books.layers.put(key, row);
    work.hold(key);
  });
}

/** Applies an archive and writes its assembly beside the layer, in one pass where that is possible. */
async function applyArchive(
  books: Books,
  fresh: FreshLayer,
  archive: LayerArchive,
  { signal, onProgress }: RegisterRequest,
): Promise<SummedArchive> {
  const options = signal === undefined ? {} : { signal };
  const digester = new Digester();
  const source = new WatchedSource(archive, digester, onProgress);
  const [forDriver, forAssembly] = splitStream(source.read());
  const path = assemblyPath(books.layout, fresh.id);
  const [applied, assembled] = await Promise.allSettled([
    books.driver.applyDiff(fresh.id, forDriver, options),
    stopping(forAssembly, (stream) => assemble(stream, path, options)),
  ]);
  // A source that fails is no fault of the archive's; what the driver says of a bad one comes next: it is the contract's.
  if (source.failure !== undefined) throw source.failure.error;
  if (applied.status === 'rejected') throw applied.reason;
  if (assembled.status === 'rejected') throw assembled.reason;
  await assembleAgain(archive, path, assembled.value, options);
  return { diffId: digester.digest(), size: applied.value.size, archiveSize: digester.size };
}

/** The second pass, for an archive with files that its own later members replace. */
export async function assembleAgain(
  archive: LayerArchive,
  path: string,
  shadowed: ShadowedFiles,
  options: CallOptions,
): Promise<void> {
  if (shadowed.isEmpty) return;
  const left = await assemble(archive(), path, { ...options, shadowed });
  if (!left.isEmpty) throw new StoreError('DIGEST_MISMATCH', 'An archive was another when it was read once more.');
}

/** Sums up an archive on its way, and remembers why it ended early. */
class WatchedSource {
  readonly #archive: LayerArchive;
  readonly #digester: Digester;
  readonly #onProgress: ((bytes: number) => void) | undefined;
  #failure: { readonly error: unknown } | undefined;

  constructor(archive: LayerArchive, digester: Digester, onProgress: ((bytes: number) => void) | undefined) {
    this.#archive = archive;
    this.#digester = digester;
    this.#onProgress = onProgress;
  }

  get failure(): { readonly error: unknown } | undefined {
    return this.#failure;
  }

  async *read(): AsyncGenerator<Uint8Array> {
    try {
      for await (const chunk of this.#archive()) {
        this.#digester.add(chunk);
        this.#onProgress?.(this.#digester.size);
        yield chunk;
      }
    } catch (error) {
      this.#failure = { error };
      throw error;
    }
  }
}

/** A branch that nobody reads any more must say so, or the other one waits for it. */
async function stopping<T>(
  stream: AsyncIterable<Uint8Array>,
  read: (stream: AsyncIterable<Uint8Array>) => Promise<T>,
): Promise<T> {
  try {
    return await read(stream);
  } finally {
    await stream[Symbol.asyncIterator]().return?.();
  }
}

function digestKey(key: LayerKey | null): Digest | null {
  if (key === null || key.startsWith('sha256:')) return key as Digest | null; // Every other key starts otherwise.
  throw new StoreError('INVALID_IMAGE', 'An image cannot stand on files that only containers share.');
}
