import { styleText } from 'node:util';

type Style = 'bold' | 'dim' | 'green' | 'red' | 'yellow' | 'cyan';

/** Colours `text` where `stream` is a terminal and the user has not asked for none (NO_COLOR). */
export function paint(style: Style, text: string, stream: NodeJS.WriteStream = process.stdout): string {
  const plain = stream.isTTY !== true || (process.env['NO_COLOR'] ?? '') !== '';
  return plain ? text : styleText(style, text);
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

/** Lines up columns with two spaces between them. The last column is not padded; lines of a cell stay under each other. */
export function columns(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [header, ...rows];
  const widths = header.map((_, column) => Math.max(...all.map((row) => visibleLength(row[column] ?? ''))));
  const lines = all.map((row) =>
    row
      .map((cell, column) =>
        column === header.length - 1 ? cell : cell + ' '.repeat((widths[column] ?? 0) - visibleLength(cell)),
      )
      .join('  ')
      .trimEnd(),
  );
  return lines.join('\n');
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
