import { fitText } from '../charts/svg.ts';
import { renderTable } from '../text-table.ts';
import { type Facets, facetAttributes } from './facets.ts';
import { html, text, textElement } from './markup.ts';
import { targetClass } from './theme.ts';

/** A column of a report's table. */
export interface ReportColumn {
  readonly heading: string;
  readonly align?: 'left' | 'right';
  readonly facets?: Facets;
}

/** A cell that is more than its text on the page. */
export interface ReportCell {
  readonly text: string;
  /** From 0 to 1: how much of its row it makes out. */
  readonly share?: number;
  /** Markup behind the text. */
  readonly drawn?: string;
}

/** A row; its first cell is its heading. */
export interface ReportRow {
  readonly cells: readonly (string | ReportCell)[];
  readonly facets?: Facets;
}

/** A table for the page, for Markdown and for CSV. */
export interface ReportTable {
  /** Of its files, without an ending. */
  readonly name: string;
  /** What is in it, as a sentence without a full stop. */
  readonly caption: string;
  readonly columns: readonly ReportColumn[];
  readonly rows: readonly ReportRow[];
}

/** The table in a region that scrolls by itself, also by keyboard, with a caption and scopes. */
export function tableHtml({ caption, columns, rows }: ReportTable): string {
  const head = columns.map(({ heading, align, facets }) =>
    html('th', { scope: 'col', class: align, ...facetAttributes(facets ?? {}) }, [...swatch(facets), text(heading)]),
  );
  const body = rows.map(({ cells, facets }) =>
    html(
      'tr',
      facetAttributes(facets ?? {}),
      columns.map((column, index) => cellHtml(cells[index] ?? '', column, index, facets)),
    ),
  );
  const table = html('table', {}, [
    html('caption', {}, [textElement('span', caption)]),
    html('thead', {}, [html('tr', {}, head)]),
    html('tbody', {}, body),
  ]);
  return html('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': caption }, [table]);
}

/** The colour by which charts know the target. */
function swatch(facets: Facets | undefined): string[] {
  return facets?.target === undefined ? [] : [html('span', { class: `swatch ${targetClass(facets.target)}` }), ' '];
}

function cellHtml(
  cell: string | ReportCell,
  { align, facets }: ReportColumn,
  index: number,
  ofRow: Facets | undefined,
): string {
  const { text: content, share, drawn = '' } = typeof cell === 'string' ? { text: cell } : cell;
  const attributes = {
    class: align,
    style: share === undefined ? undefined : `--share: ${share.toFixed(2)}`,
    ...facetAttributes(facets ?? {}),
  };
  if (index === 0) return html('th', { scope: 'row', ...attributes }, [...swatch(ofRow), text(content)]);
  const shown = share === undefined ? content : `${content} · ${Math.round(share * 100)} %`;
  return html('td', attributes, [textElement('span', shown), drawn]);
}

/** The table in Markdown, under its caption. */
export function tableMarkdown({ caption, columns, rows }: ReportTable): string {
  const table = renderTable(
    columns.map(({ heading, align }) => ({ heading: oneLine(heading), ...(align === undefined ? {} : { align }) })),
    rows.map(({ cells }) => cells.map((cell) => oneLine(plain(cell)))),
    'markdown',
  );
  return `# ${oneLine(caption)}\n\n${table}`;
}

/** The table as comma-separated values with a header. */
export function tableCsv({ columns, rows }: ReportTable): string {
  const lines = [columns.map(({ heading }) => heading), ...rows.map(({ cells }) => cells.map(plain))];
  return `${lines.map((line) => line.map(csvField).join(',')).join('\n')}\n`;
}

function plain(cell: string | ReportCell): string {
  return typeof cell === 'string' ? cell : cell.text;
}

/** Markup in Markdown is markup on many sites: angle brackets become entities. */
function oneLine(content: string): string {
  return fitText(content).replace(/\s+/g, ' ').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** Spreadsheets take what begins with = + - @ for a formula, so that such text, but no number, gets a quotation mark before it. */
function csvField(content: string): string {
  const fit = fitText(content);
  const safe = /^[=+@\t\r-]/.test(fit) && !/^-?[\d.]/.test(fit) ? `'${fit}` : fit;
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
