import { type DockerfilePlace, invalidAt } from '../build-error.ts';
import { type Heredoc, type HeredocStart, heredocStarts } from './heredoc.ts';
import { splitWords } from './split-words.ts';

/** An instruction with its continuations joined, before anybody has asked what it means. */
export interface LogicalLine extends DockerfilePlace {
  /** The whole instruction in one line, without the text of heredocs. */
  readonly text: string;
  readonly heredocs: readonly Heredoc[];
}

/** The character that continues lines and takes away the meaning of others. */
export type EscapeCharacter = '\\' | '`';

/** A Dockerfile as the list of its instructions. */
export interface DockerfileLines {
  readonly escapeChar: EscapeCharacter;
  readonly lines: readonly LogicalLine[];
}

const HAS_HEREDOCS = /^(?:RUN|COPY|ADD)(?:\s|$)/i;
const COMMENT = /^\s*#/;
const DIRECTIVE = /^#\s*([A-Za-z][A-Za-z0-9]*)\s*=(.*)$/;
const KNOWN_DIRECTIVES = ['syntax', 'escape', 'check'];

/**
 * Takes a Dockerfile apart into instructions: comments and empty lines go, an escape character at the end of a line joins the next one,
 * and lines after `<<EOF` belong to the instruction until one that says `EOF`.
 *
 * Takes time proportional to the text.
 *
 * @throws {StoreError} `INVALID_DOCKERFILE` for a heredoc without an end and for an unknown escape character
 */
export function readLogicalLines(text: string): DockerfileLines {
  const source = text.replace(/^\uFEFF/, '').split('\n');
  const { escapeChar, next } = readDirectives(source);
  return { escapeChar, lines: new LineReader(source, next, escapeChar).read() };
}

function readDirectives(source: readonly string[]): { readonly escapeChar: EscapeCharacter; readonly next: number } {
  let escapeChar: EscapeCharacter = '\\';
  const seen = new Set<string>();
  for (let next = 0; next < source.length; next += 1) {
    const line = source[next] ?? '';
    const [, name = '', text = ''] = DIRECTIVE.exec(line.trimEnd()) ?? [];
    const [directive, value] = [name.toLowerCase(), text.trim()];
    // The first line that is no directive ends them: what follows is a comment.
    if (!KNOWN_DIRECTIVES.includes(directive)) return { escapeChar, next };
    const place = { line: next + 1, source: line };
    if (seen.has(directive)) throw invalidAt(place, `the directive ${directive} stands here for the second time.`);
    seen.add(directive);
    if (directive !== 'escape') continue;
    if (value !== '\\' && value !== '`') throw invalidAt(place, 'the escape character is neither \\ nor `.');
    escapeChar = value;
  }
  return { escapeChar, next: source.length };
}

class LineReader {
  readonly #source: readonly string[];
  readonly #escape: EscapeCharacter;
  #next: number;

  constructor(source: readonly string[], next: number, escapeChar: EscapeCharacter) {
    this.#source = source;
    this.#next = next;
    this.#escape = escapeChar;
  }

  read(): LogicalLine[] {
    const lines: LogicalLine[] = [];
    while (this.#next < this.#source.length) {
      const line = this.#readInstruction();
      if (line !== undefined) lines.push(line);
    }
    return lines;
  }

  #readInstruction(): LogicalLine | undefined {
    const place = { line: this.#next + 1, source: this.#take() };
    if (isSkipped(place.source)) return undefined;
    const pieces: string[] = [];
    let piece = this.#continued(place.source);
    pieces.push(piece.text);
    while (piece.goesOn && this.#next < this.#source.length) {
      const line = this.#take();
      // Comments and empty lines between continued lines do not end the instruction.
      if (isSkipped(line)) continue;
      piece = this.#continued(line);
      pieces.push(piece.text);
    }
    const text = pieces.join('').trim();
    if (text === '') return undefined;
    return { ...place, text, heredocs: this.#readHeredocs(text, place) };
  }

  #readHeredocs(text: string, place: DockerfilePlace): readonly Heredoc[] {
    if (!HAS_HEREDOCS.test(text) || !text.includes('<<')) return [];
    return heredocStarts(splitWords(text, this.#escape), this.#escape).map((start) => ({
      ...start,
      content: this.#readUntil(start, place),
    }));
  }

  #readUntil({ name, stripsTabs }: HeredocStart, place: DockerfilePlace): string {
    let content = '';
    while (this.#next < this.#source.length) {
      // The last line break of the file starts no line.
      if (this.#next === this.#source.length - 1 && this.#source[this.#next] === '') break;
      const line = this.#take();
      const end = line.replace(/\r$/, '');
      if ((stripsTabs ? end.replace(/^\t+/, '') : end) === name) return content;
      content += `${line}\n`;
    }
    throw invalidAt(place, `the text that << begins is not ended by a line ${JSON.stringify(name)}.`);
  }

  #take(): string {
    const line = this.#source[this.#next] ?? '';
    this.#next += 1;
    return line;
  }

  /** Goes on where the last character but blanks is the escape, and not itself escaped. */
  #continued(line: string): { readonly text: string; readonly goesOn: boolean } {
    const end = line.trimEnd();
    if (!end.endsWith(this.#escape) || end.at(-2) === this.#escape)
      return { text: line.replace(/\r$/, ''), goesOn: false };
    return { text: end.slice(0, -1), goesOn: true };
  }
}

function isSkipped(line: string): boolean {
  return COMMENT.test(line) || line.trim() === '';
}
