import { stripVTControlCharacters } from 'node:util';

/** For a terminal, or for a document. */
export type TableFormat = 'text' | 'markdown';

/** A column: its heading, and which way its cells lean. */
export interface Column {
  readonly heading: string;
  readonly align?: 'left' | 'right';
}

/**
 * Renders a table. Terminal colours in cells do not upset the widths; `text` ends no line in spaces.
 * Rows that are too short are filled up with empty cells.
 */
export function renderTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  format: TableFormat = 'text',
): string {
  const filled = rows.map((row) =>
    columns.map((_, index) => (format === 'markdown' ? escapePipes(row[index] ?? '') : (row[index] ?? ''))),
  );
  const widths = columns.map(({ heading }, index) =>
    Math.max(3, width(heading), ...filled.map((row) => width(row[index] ?? ''))),
  );
  const line = (cells: readonly string[]): string => {
    const padded = cells.map((cell, index) => pad(cell, widths[index] ?? 0, columns[index]?.align ?? 'left'));
    return format === 'markdown' ? `| ${padded.join(' | ')} |` : padded.join('  ').trimEnd();
  };
  const head = line(columns.map(({ heading }) => heading));
  const rule = widths.map((length, index) => {
    if (format === 'text') return '─'.repeat(length);
    return columns[index]?.align === 'right' ? `${'-'.repeat(length - 1)}:` : '-'.repeat(length);
  });
  return `${[head, line(rule), ...filled.map(line)].join('\n')}\n`;
}

function pad(cell: string, length: number, align: 'left' | 'right'): string {
  const space = ' '.repeat(Math.max(0, length - width(cell)));
  return align === 'right' ? `${space}${cell}` : `${cell}${space}`;
}

function width(cell: string): number {
  return [...stripVTControlCharacters(cell)].length;
}

function escapePipes(cell: string): string {
  return cell.replaceAll('|', '\\|');
}
