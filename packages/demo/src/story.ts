import { styleText } from 'node:util';
import { wrapText } from './wrap-text.ts';

/** Where text goes: a stream, or a list in a test. */
export interface Sink {
  write(text: string): unknown;
}

/** Options of {@link Story}. */
export interface StoryOptions {
  readonly colour: boolean;
  /** Characters in a line. */
  readonly width: number;
  /** Called before each piece of output, so that a progress line can get out of its way. */
  readonly before?: () => void;
}

/** A colour that means something. */
export type Tone = 'good' | 'bad' | 'quiet' | 'strong';

/** Options of {@link Story.fact}. */
export interface FactOptions {
  /** Of the text; the name keeps its colour. */
  readonly tone?: Tone | undefined;
  /** Characters from the beginning of the name to that of the text; 14 unless given. */
  readonly column?: number;
}

const STYLES = { good: 'green', bad: 'red', quiet: 'dim', strong: 'bold' } as const;

/** The demonstration's narrative: chapters, paragraphs, facts and tables on one output. */
export class Story {
  readonly #sink: Sink;
  readonly #options: StoryOptions;
  #chapters = 0;

  constructor(sink: Sink, options: StoryOptions) {
    this.#sink = sink;
    this.#options = options;
  }

  /** Characters that a line can have. */
  get width(): number {
    return this.#options.width;
  }

  /** Begins the next numbered chapter. */
  chapter(title: string): void {
    this.#chapters += 1;
    const heading = `${this.#chapters}  ${title}`;
    this.#write(`\n${this.tint(heading, 'strong')}\n${this.tint('─'.repeat(heading.length), 'quiet')}\n`);
  }

  /** A paragraph. */
  say(text: string): void {
    this.#write(`${wrapText(text, this.width).join('\n')}\n`);
  }

  /** A thing and what there is to say about it, which is wrapped beside it. Facts of one `column` stand in line. */
  fact(name: string, text: string, options: FactOptions = {}): void {
    const { tone, column: wanted = 14 } = options;
    const column = Math.max(wanted, name.length + 2);
    const lines = wrapText(text, this.width - column - 2);
    const shown = lines.map(
      (line, index) => `  ${index === 0 ? name.padEnd(column) : ' '.repeat(column)}${this.tint(line, tone)}`,
    );
    this.#write(`${shown.length === 0 ? `  ${name}` : shown.join('\n')}\n`);
  }

  /** Text that keeps its lines: a table, a list. Indented by two. */
  block(text: string): void {
    const lines = text.replace(/\n$/, '').split('\n');
    this.#write(`${lines.map((line) => (line === '' ? '' : `  ${line}`)).join('\n')}\n`);
  }

  /** An empty line. */
  gap(): void {
    this.#write('\n');
  }

  /** The text in a colour, where there are colours. */
  tint(text: string, tone: Tone | undefined): string {
    return tone === undefined || !this.#options.colour
      ? text
      : styleText(STYLES[tone], text, { validateStream: false });
  }

  #write(text: string): void {
    this.#options.before?.();
    this.#sink.write(text);
  }
}

/** Whether to write colours to a stream: to a terminal unless `NO_COLOR` is set; to anything where `FORCE_COLOR` is. */
export function wantsColour(isTerminal: boolean, environment: Readonly<Record<string, string | undefined>>): boolean {
  const { NO_COLOR: no = '', FORCE_COLOR: force = '' } = environment;
  if (no !== '') return false;
  return force === '' ? isTerminal : force !== '0';
}
