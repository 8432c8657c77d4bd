import { constants, createReadStream } from 'node:fs';
import { join } from 'node:path';
import { closeFile, createFile, makeDirectory, removeTree, STREAM_PIECE, writeBytes } from '@graphdriver/host';
import type { Books } from '../books.ts';
import type { LayerArchive } from '../layers/register-layer.ts';
import type { Work } from '../layers/work.ts';

/** A folder for the files of one work. If its process is killed, the next opening of the store removes it. */
export class Spool implements AsyncDisposable {
  readonly #folder: string;
  #made = false;
  #count = 0;

  constructor(books: Books, work: Work) {
    this.#folder = join(books.layout.spool, work.id);
  }

  /** Writes a stream to a file, and returns its path. */
  async write(stream: AsyncIterable<Uint8Array>): Promise<string> {
    const path = this.#newPath();
    for await (const _chunk of this.#passing(stream, path));
    return path;
  }

  /**
   * A stream that can be read more than once: the first reading passes it on while it is written to a file, every other reads the file.
   */
  rereadable(stream: AsyncIterable<Uint8Array>): LayerArchive {
    let path: string | undefined;
    return () => {
      if (path !== undefined) return createReadStream(path, { highWaterMark: STREAM_PIECE });
      path = this.#newPath();
      return this.#passing(stream, path);
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#made) await removeTree(this.#folder);
  }

  #newPath(): string {
    if (!this.#made) makeDirectory(this.#folder, 0o700);
    this.#made = true;
    return join(this.#folder, `${this.#count++}`);
  }

  async *#passing(stream: AsyncIterable<Uint8Array>, path: string): AsyncGenerator<Uint8Array> {
    const fd = createFile(path, constants.S_IRUSR | constants.S_IWUSR);
    try {
      for await (const chunk of stream) {
        writeBytes(fd, chunk);
        yield chunk;
      }
    } finally {
      closeFile(fd);
    }
  }
}
