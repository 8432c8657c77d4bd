import { fstatSync, read } from 'node:fs';
import { promisify } from 'node:util';

const readAsync = promisify(read);

/** A header, with what may stand before it for long names and times, and what a reader asks for ahead. */
const CHUNK = 16 * 1024;
const ZEROS = Buffer.alloc(1024 * 1024);

/** An archive in a file, for a reader that wants nothing but its headers: data that it says it passes over is not read, zeros stand for it. */
export class ArchiveHeaders implements AsyncIterable<Uint8Array> {
  readonly #fd: number;
  #passed = 0;

  constructor(fd: number) {
    this.#fd = fd;
  }

  /** Nothing before this offset is looked at. */
  passTo(offset: number): void {
    this.#passed = offset;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    const { size } = fstatSync(this.#fd);
    for (let at = 0; at < size; ) {
      const chunk = this.#passed > at ? ZEROS.subarray(0, Math.min(this.#passed, size) - at) : await this.#readAt(at);
      if (chunk.length === 0) return;
      at += chunk.length;
      yield chunk;
    }
  }

  async #readAt(offset: number): Promise<Uint8Array> {
    const { bytesRead, buffer } = await readAsync(this.#fd, Buffer.allocUnsafe(CHUNK), 0, CHUNK, offset);
    return buffer.subarray(0, bytesRead);
  }
}
