import { StorageError } from '@graphdriver/core';

/**
 * A stream of bytes that can be given up at any moment, even while it hangs.
 *
 * An abort of the signal, or `close`, fails the read that is under way with `ABORTED`; whatever runs on top of the stream is then
 * unwound by that error, from the bottom up. Neither waits for the stream.
 */
export class ArchiveSource implements AsyncIterable<Uint8Array>, AsyncIterator<Uint8Array> {
  readonly #source: AsyncIterator<Uint8Array>;
  readonly #signal: AbortSignal | undefined;
  #closed = false;
  #giveUp: ((error: StorageError) => void) | undefined;

  constructor(bytes: AsyncIterable<Uint8Array>, signal: AbortSignal | undefined) {
    this.#source = bytes[Symbol.asyncIterator]();
    this.#signal = signal;
    signal?.addEventListener('abort', this.#onAbort, { once: true });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<Uint8Array>> {
    // A promise of its own for every chunk: a race against one long-lived promise would collect a reaction for each.
    return new Promise((resolve, reject) => {
      if (this.#closed || this.#signal?.aborted === true) {
        reject(this.#givenUp());
        return;
      }
      this.#giveUp = reject;
      this.#source.next().then(resolve, reject);
    });
  }

  /** What the layers above call when they stop reading. */
  return(): Promise<IteratorResult<Uint8Array>> {
    this.close();
    return Promise.resolve({ done: true, value: undefined });
  }

  /** Tells the stream that nobody reads on. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#signal?.removeEventListener('abort', this.#onAbort);
    this.#giveUp?.(this.#givenUp());
    // What the stream says to being closed is its own affair: its reader has a result or an error already.
    this.#source.return?.().catch(() => undefined);
  }

  readonly #onAbort = (): void => this.close();

  #givenUp(): StorageError {
    return new StorageError('ABORTED', 'Reading the archive was aborted.', { cause: this.#signal?.reason });
  }
}
