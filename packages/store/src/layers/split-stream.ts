/**
 * Lets two readers read one stream, chunk by chunk in step: the next chunk is asked for when both want it, so that nothing is kept
 * for the slower one. A reader that stops early, or fails, no longer counts.
 */
export function splitStream<T>(stream: AsyncIterable<T>): readonly [AsyncIterable<T>, AsyncIterable<T>] {
  const split = new Split(stream[Symbol.asyncIterator]());
  return [split.branch(0), split.branch(1)];
}

interface Waiting<T> {
  readonly resolve: (result: IteratorResult<T>) => void;
  readonly reject: (error: unknown) => void;
}

class Split<T> {
  readonly #source: AsyncIterator<T>;
  readonly #waiting: (Waiting<T> | undefined)[] = [undefined, undefined];
  readonly #reading = [true, true];
  #ended = false;

  constructor(source: AsyncIterator<T>) {
    this.#source = source;
  }

  branch(index: 0 | 1): AsyncIterable<T> {
    const iterator: AsyncIterator<T> = {
      next: () => this.#next(index),
      return: async () => {
        await this.#stop(index);
        return { done: true, value: undefined };
      },
    };
    return { [Symbol.asyncIterator]: () => iterator };
  }

  #next(index: number): Promise<IteratorResult<T>> {
    if (this.#ended || this.#reading[index] !== true) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve, reject) => {
      this.#waiting[index] = { resolve, reject };
      this.#pull();
    });
  }

  async #stop(index: number): Promise<void> {
    if (this.#reading[index] !== true) return;
    this.#reading[index] = false;
    this.#waiting[index]?.resolve({ done: true, value: undefined });
    this.#waiting[index] = undefined;
    if (this.#reading.includes(true)) this.#pull();
    else if (!this.#ended) {
      this.#ended = true;
      await this.#source.return?.();
    }
  }

  /** Asks for the next chunk when everybody who still reads waits for it. */
  #pull(): void {
    const all = this.#waiting;
    if (!this.#reading.includes(true)) return;
    if (this.#reading.some((reads, index) => reads && all[index] === undefined)) return;
    const waiting = all.filter((one) => one !== undefined);
    all.fill(undefined);
    this.#source.next().then(
      (result) => {
        if (result.done === true) this.#ended = true;
        for (const { resolve } of waiting) resolve(result);
      },
      (error: unknown) => {
        this.#ended = true;
        for (const { reject } of waiting) reject(error);
      },
    );
  }
}
