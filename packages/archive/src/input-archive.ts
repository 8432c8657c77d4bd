import { Readable } from 'node:stream';

const END: IteratorReturnResult<undefined> = { done: true, value: undefined };

/**
 * An archive on its way into a layer: read once, and in the end closed whatever became of the call.
 *
 * Reading starts at once. A stream that fails while the layer's lock is waited for would otherwise have nobody who listens, and end the
 * process with an uncaught error.
 */
export class InputArchive implements AsyncIterable<Uint8Array> {
  readonly #archive: AsyncIterable<Uint8Array>;
  readonly #iterator: AsyncIterator<Uint8Array>;
  #first: Promise<IteratorResult<Uint8Array>> | undefined;
  #isReading = true;
  #hasEnded = false;

  /** @throws {TypeError} for what cannot be read */
  constructor(archive: AsyncIterable<Uint8Array>) {
    const found: unknown = archive?.[Symbol.asyncIterator]; // Callers in JavaScript give anything.
    if (typeof found !== 'function')
      throw new TypeError('An archive is an AsyncIterable of Uint8Array, as every Readable is.');
    this.#archive = archive;
    this.#iterator = archive[Symbol.asyncIterator]();
    this.#first = this.#read();
    this.#first.catch(() => undefined);
  }

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    return { next: () => this.#next(), return: () => this.close().then(() => END) };
  }

  /** Lets go of the source unless it has come to its end. Waits for it to clean up, but not for a source that hangs. */
  async close(): Promise<void> {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    // A Readable that hangs is let go of by destroying it: its iterator would wait for the next chunk first.
    if (this.#archive instanceof Readable) this.#archive.destroy();
    const closed = Promise.resolve(this.#iterator.return?.()).catch(() => undefined);
    if (!this.#isReading) await closed;
  }

  #next(): Promise<IteratorResult<Uint8Array>> {
    const first = this.#first;
    this.#first = undefined;
    if (first !== undefined) return first;
    return this.#hasEnded ? Promise.resolve(END) : this.#read();
  }

  async #read(): Promise<IteratorResult<Uint8Array>> {
    this.#isReading = true;
    try {
      const result = await this.#iterator.next();
      if (result.done === true) this.#hasEnded = true;
      return result;
    } catch (error) {
      this.#hasEnded = true;
      throw error;
    } finally {
      this.#isReading = false;
    }
  }
}
