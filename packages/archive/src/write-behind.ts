import { closeFile, writeBytesInThread } from '@graphdriver/host';

/** A smaller write is done sooner than it is handed to another thread, whose processor may have to be woken up for it. */
const WORTH_A_THREAD = 512 * 1024;
/** Bounds what is kept in memory: the bytes themselves, and the chunks of the archive that they are views of. */
const MOST_BYTES = 4 * 1024 * 1024;
const MOST_WRITES = 8;

/** The last write to a new file, after which it is finished and closed. */
export interface LastWrite {
  readonly fd: number;
  readonly bytes: Uint8Array;
  readonly position: number;
  /** Puts in place what the file has beside its content. */
  readonly finish: () => void;
}

/** Files whose last bytes other threads write, while whoever has handed them over goes on to what comes next. */
export class WriteBehind {
  readonly #files = new Set<Promise<void>>();
  #bytes = 0;
  #failure: { readonly error: unknown } | undefined;

  /** Tells whether to hand over a write of this many bytes: it is large enough, and not too much is under way. */
  takes(bytes: number): boolean {
    return bytes >= WORTH_A_THREAD && this.#files.size < MOST_WRITES && this.#bytes + bytes <= MOST_BYTES;
  }

  /** Takes over a file: nobody else may write to it or close it, and `bytes` must stay what they are. */
  start(write: LastWrite): void {
    const file = this.#run(write)
      .catch((error: unknown) => {
        this.#failure ??= { error };
      })
      .finally(() => this.#files.delete(file));
    this.#files.add(file);
  }

  /** Throws what one of the files has failed by. */
  check(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  /** Waits until all files are closed, failed or not. */
  async settle(): Promise<void> {
    await Promise.all(this.#files);
  }

  async #run({ fd, bytes, position, finish }: LastWrite): Promise<void> {
    this.#bytes += bytes.length;
    try {
      await writeBytesInThread(fd, bytes, position);
      finish();
    } finally {
      this.#bytes -= bytes.length;
      closeFile(fd);
    }
  }
}
