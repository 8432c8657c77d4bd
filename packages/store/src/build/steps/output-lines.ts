import { StringDecoder } from 'node:string_decoder';
import type { OutputSink } from '../build-host.ts';

type Stream = 'stdout' | 'stderr';

/** A line that does not end is handed on in pieces of this many characters. */
const LONGEST = 64 << 10;

/** Makes lines of what a process writes. */
export class OutputLines {
  readonly #onLine: (stream: Stream, line: string) => void;
  readonly #decoders: Readonly<Record<Stream, StringDecoder>> = {
    stdout: new StringDecoder('utf8'),
    stderr: new StringDecoder('utf8'),
  };
  readonly #open: Record<Stream, string> = { stdout: '', stderr: '' };

  constructor(onLine: (stream: Stream, line: string) => void) {
    this.#onLine = onLine;
  }

  readonly sink: OutputSink = (stream, bytes) => this.#add(stream, this.#decoders[stream].write(Buffer.from(bytes)));

  /** Hands on last lines that have no end. */
  end(): void {
    for (const stream of ['stdout', 'stderr'] as const) {
      this.#add(stream, this.#decoders[stream].end());
      if (this.#open[stream] !== '') this.#onLine(stream, this.#open[stream]);
      this.#open[stream] = '';
    }
  }

  #add(stream: Stream, text: string): void {
    const lines = `${this.#open[stream]}${text}`.split('\n');
    let last = lines.pop() ?? '';
    for (const line of lines) this.#onLine(stream, line.replace(/\r$/, ''));
    while (last.length > LONGEST) {
      this.#onLine(stream, last.slice(0, LONGEST));
      last = last.slice(LONGEST);
    }
    this.#open[stream] = last;
  }
}
