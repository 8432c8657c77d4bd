import { closeSync, constants, fstatSync, openSync, read, readSync } from 'node:fs';
import { promisify } from 'node:util';
import { type Driver, isStorageError, type Mount } from '@graphdriver/core';
import { isErrno, TimeSlice } from '@graphdriver/host';

const readAsync = promisify(read);

/** Files up to this size are read without waiting for another thread. */
const SMALL = 128 * 1024;
const CHUNK = 1024 * 1024;

/**
 * Reads many files of one committed layer.
 *
 * Through a mount of the layer where the driver can make one, for a file is then found in microseconds; through `openLayerFile`
 * otherwise. Nothing is followed out of the layer: the paths are those of an archive that was unpacked there, none of which led through a link,
 * and a committed layer does not change.
 */
export class LayerFiles implements AsyncDisposable {
  readonly #driver: Driver;
  readonly #layer: string;
  readonly #mount: Mount | undefined;
  readonly #slice = new TimeSlice();

  private constructor(driver: Driver, layer: string, mount: Mount | undefined) {
    this.#driver = driver;
    this.#layer = layer;
    this.#mount = mount;
  }

  static async open(driver: Driver, layer: string): Promise<LayerFiles> {
    return new LayerFiles(driver, layer, await mountIfPossible(driver, layer));
  }

  /** The content of a regular file. @throws {StorageError} `FILE_NOT_FOUND` */
  async *content(path: Buffer): AsyncGenerator<Uint8Array> {
    if (this.#slice.over) await this.#slice.pause();
    const file = this.#mount === undefined ? undefined : openIn(this.#mount.path, path);
    if (file === undefined) yield* this.#contentByDriver(path);
    else yield* contentOf(file);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#mount?.put();
  }

  async *#contentByDriver(path: Buffer): AsyncGenerator<Uint8Array> {
    await using file = await this.#driver.openLayerFile(this.#layer, path);
    yield* file.content();
  }
}

/** Drivers whose views of committed layers anybody could write to refuse them, and mounting takes rights. */
async function mountIfPossible(driver: Driver, layer: string): Promise<Mount | undefined> {
  if (!driver.capabilities.readOnlyViews) return undefined;
  try {
    return await driver.get(layer, { readOnly: true });
  } catch (error) {
    if (isStorageError(error, 'LAYER_NOT_FOUND')) throw error;
    return undefined;
  }
}

/** The file, or `undefined` where this way does not lead to a regular file: the driver then says why. */
function openIn(root: string, path: Buffer): { readonly fd: number; readonly size: number } | undefined {
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  let fd: number;
  try {
    fd = openSync(Buffer.concat([Buffer.from(`${root}/`), path]), flags);
  } catch (error) {
    // What is too long for the kernel together with the mount's own path is not for the driver.
    if (isErrno(error)) return undefined;
    throw error;
  }
  const stats = fstatSync(fd);
  if (stats.isFile()) return { fd, size: stats.size };
  closeSync(fd);
  return undefined;
}

async function* contentOf({ fd, size }: { readonly fd: number; readonly size: number }): AsyncGenerator<Uint8Array> {
  try {
    const buffer = Buffer.allocUnsafe(Math.min(size, CHUNK));
    for (let at = 0; at < size; ) {
      const length = Math.min(size - at, CHUNK);
      // A buffer that was handed on is its reader's.
      const piece = at === 0 ? buffer.subarray(0, length) : Buffer.allocUnsafe(length);
      const done =
        size <= SMALL ? readSync(fd, piece, 0, length, at) : (await readAsync(fd, piece, 0, length, at)).bytesRead;
      if (done === 0) return;
      at += done;
      yield piece.subarray(0, done);
    }
  } finally {
    closeSync(fd);
  }
}
