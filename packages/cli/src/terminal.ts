import { styleText } from 'node:util';

type Style = 'bold' | 'dim' | 'green' | 'red' | 'yellow' | 'cyan';

/** Colours `text` where `stream` is a terminal and the user has not asked for none (NO_COLOR). */
export function paint(style: Style, text: string, stream: NodeJS.WriteStream = process.stdout): string {
  const plain = stream.isTTY !== true || (process.env['NO_COLOR'] ?? '') !== '';
  return plain ? text : styleText(style, text);
}

let gone = false;

/** Lets a reader stop early, as `head` does, without an error: what is printed from then on goes nowhere. */
export function endWithReader(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    gone = true;
  });
}

/** Tells whether the reader of stdout has stopped. */
export function readerIsGone(): boolean {
  return gone;
}

/** Writes a result to stdout. */
export function print(text: string): void {
  process.stdout.write(text.endsWith('\n') ? text : `${text}\n`);
}

/** Writes a result as one JSON document to stdout. */
export function printJson(value: unknown): void {
  print(JSON.stringify(value, null, 2));
}

/** Says something that is not the result, on stderr. */
export function note(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** A line of progress on stderr that is overwritten by the next; silent where stderr is not a terminal. */
export function progress(text: string): void {
  if (process.stderr.isTTY !== true) return;
  const width = (process.stderr.columns ?? 80) - 1;
  process.stderr.write(`\r\x1b[2K${text.slice(0, width)}`);
}

/** Removes the line of progress. */
export function endProgress(): void {
  if (process.stderr.isTTY === true) process.stderr.write('\r\x1b[2K');
}

/**
 * Lines up columns with two spaces between them, under a header unless that is empty.
 * The last column is not padded, and on a terminal wrapped to its width.
 */
export function columns(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  width: number = process.stdout.columns ?? Number.POSITIVE_INFINITY,
): string {
  const all = header.length === 0 ? rows : [header, ...rows];
  const widths = (all[0] ?? []).map((_, column) => Math.max(...all.map((row) => visibleLength(row[column] ?? ''))));
  const indent = widths.slice(0, -1).reduce((sum, wide) => sum + wide + GAP, 0);
  const lines = all.flatMap((row) => {
    const padded = row.slice(0, -1).map((cell, column) => pad(cell, (widths[column] ?? 0) + GAP));
    const [first = '', ...more] = wrap(row.at(-1) ?? '', Math.max(width - indent, NARROWEST));
    return [`${padded.join('')}${first}`, ...more.map((line) => ' '.repeat(indent) + line)];
  });
  return lines.map((line) => line.trimEnd()).join('\n');
}

const GAP = 2;
/** A column narrower than this is harder to read than lines that the terminal breaks itself. */
const NARROWEST = 24;

/** Breaks text between words into lines of at most `width`; a longer word has a line of its own. */
function wrap(text: string, width: number): readonly string[] {
  if (visibleLength(text) <= width) return [text];
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line === '' || visibleLength(longer) <= width) {
      line = longer;
    } else {
      lines.push(line);
      line = word;
    }
  }
  return [...lines, line];
}

function pad(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - visibleLength(text)));
}

/** The answer that a person gives to a question with yes or no, which is asked on stderr. No, where nobody could answer. */
export async function confirmed(question: string): Promise<boolean> {
  if (process.stdin.isTTY !== true) return false;
  const { createInterface } = await import('node:readline/promises');
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await terminal.question(`${question} [y/N] `)).trim());
  } finally {
    terminal.close();
  }
}

/** Bytes as people read them: powers of 1024 with one decimal. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`;
}

function visibleLength(text: string): number {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are escape sequences, and take no room.
  return text.replace(/\x1b\[[0-9;]*m/g, '').length;
}
