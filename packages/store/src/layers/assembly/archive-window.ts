/** A stream that passes by, whose bytes can be had once more by their place until they are let go of. */
export class ArchiveWindow implements AsyncIterable<Uint8Array> {
  readonly #source: AsyncIterable<Uint8Array>;
  readonly #chunks: Uint8Array[] = [];
  /** Where in the stream the first chunk begins. */
  #start = 0;

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    for await (const chunk of this.#source) {
      this.#chunks.push(chunk);
      yield chunk;
    }
  }

  /** Lets go of everything before `end`. Returns it, in pieces, none of which is copied. */
  until(end: number): readonly Uint8Array[] {
    const pieces: Uint8Array[] = [];
    for (let [chunk] = this.#chunks; chunk !== undefined && this.#start < end; [chunk] = this.#chunks) {
      const wanted = end - this.#start;
      if (wanted < chunk.length) {
        pieces.push(chunk.subarray(0, wanted));
        this.#chunks[0] = chunk.subarray(wanted);
        this.#start = end;
      } else {
        pieces.push(chunk);
        this.#chunks.shift();
        this.#start += chunk.length;
      }
    }
    return pieces;
  }
}
