import type { LayerArchive } from '../layers/register-layer.ts';

/** How many bytes are kept of an archive that nobody reads yet. */
const AHEAD = 16 * 1024 * 1024;

/**
 * An archive that is read, unpacked and verified beforehand, as far as a little memory reaches, while the layer underneath is still being
 * written: much of that time the disk is waited for.
 */
export class ReadAhead implements AsyncDisposable {
  readonly #archive: LayerArchive;
  readonly #chunks: Uint8Array[] = [];
  #bytes = 0;
  #source: AsyncIterator<Uint8Array> | undefined;
  #reading: Promise<void> | undefined;
  #failure: { readonly error: unknown } | undefined;
  #ended = false;
  #wanted = false;

  constructor(archive: LayerArchive) {
    this.#archive = archive;
  }

  /** Begins to read. */
  start(): void {
    this.#source = this.#archive()[Symbol.asyncIterator]();
    this.#reading = this.#fill(this.#source);
  }

  /** The archive: the first time what was read ahead and then the rest, later from its start. */
  readonly open: LayerArchive = () => {
    const source = this.#source;
    if (source === undefined || this.#wanted) return this.#archive();
    this.#wanted = true;
    return this.#rest(source);
  };

  /** Lets go of what nobody has wanted. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#source === undefined || this.#wanted) return;
    this.#wanted = true;
    await this.#reading;
    await this.#source.return?.();
  }

  /** Stops when there is enough, or somebody reads on. Never fails: whoever reads meets the error. */
  async #fill(source: AsyncIterator<Uint8Array>): Promise<void> {
    try {
      while (this.#bytes < AHEAD && !this.#wanted) {
        const next = await source.next();
        if (next.done === true) {
          this.#ended = true;
          return;
        }
        this.#chunks.push(next.value);
        this.#bytes += next.value.length;
      }
    } catch (error) {
      this.#failure = { error };
    }
  }

  async *#rest(source: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
    try {
      await this.#reading;
      for (let chunk = this.#chunks.shift(); chunk !== undefined; chunk = this.#chunks.shift()) yield chunk;
      if (this.#failure !== undefined) throw this.#failure.error;
      while (!this.#ended) {
        const next = await source.next();
        if (next.done === true) return;
        yield next.value;
      }
    } finally {
      await source.return?.();
    }
  }
}
