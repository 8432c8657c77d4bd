import { type Chart, MARGIN, textWidth } from '../charts/chart.ts';
import { element, escapeMarkup, label } from '../charts/svg.ts';
import { type Facets, facetAttributes } from './facets.ts';
import { html, text, textElement } from './markup.ts';
import { type ReportTable, tableHtml } from './report-table.ts';
import { chartFileStyle, targetClass } from './theme.ts';

/** A small chart, one of several that are read together. */
export interface Panel {
  /** For its heading, and what those who do not see it are told. */
  readonly title: string;
  readonly facets: Facets;
  readonly width: number;
  readonly height: number;
  /** Without the room for labels on the right, which small screens have no place for: a legend stands in. */
  readonly narrowWidth?: number;
  /** Height of a row of a panel that has one for each target, from top to bottom: what is hidden makes room. */
  readonly row?: number;
  /** SVG, its origin in the top left corner. */
  readonly body: readonly string[];
}

/** Panels that are read together, their numbers, and what they were measured on. */
export interface Figure {
  /** Unique in the report; also the name of its files. */
  readonly id: string;
  readonly title: string;
  /** How to read it. */
  readonly subtitle: string;
  readonly panels: readonly Panel[];
  readonly table: ReportTable;
  /** A sentence: machine, software, date. */
  readonly environment: string;
  /** Names and colours of the targets, for charts whose labels do not say them. */
  readonly legend: readonly LegendEntry[];
}

/** A target as a legend names it. */
export interface LegendEntry {
  readonly index: number;
  readonly name: string;
}

const GAP = 28;
/** Between the margins of a chart in a file: three columns of lines, four of strips. */
const WIDEST = 1440;

/** A figure as part of the page. */
export function figureHtml(figure: Figure): string {
  const { id, title, subtitle, panels, table, environment, legend } = figure;
  const keys = legend.map(({ index, name }) =>
    html('span', { class: 'key', 'data-target': index }, [
      html('span', { class: `swatch ${targetClass(index)}` }),
      text(name),
    ]),
  );
  return html('figure', { id, class: 'figure' }, [
    textElement('h3', title),
    textElement('p', subtitle, { class: 'subtitle' }),
    ...(keys.length === 0 ? [] : [html('p', { class: 'legend' }, keys)]),
    html('div', { class: 'panels', style: `--least: ${leastWidth(panels)}px` }, panels.map(panelHtml)),
    html('figcaption', { class: 'environment' }, [
      text(`${environment} `),
      textElement('a', 'All facts', { href: '#machines' }),
    ]),
    html('details', { class: 'numbers' }, [textElement('summary', 'The numbers as a table'), tableHtml(table)]),
  ]);
}

/** Columns become narrower than what a panel was drawn for, but not by more than text stands. */
function leastWidth(panels: readonly Panel[]): number {
  return Math.round(Math.max(...panels.map(({ width }) => Math.min(width, 460))) * 0.88);
}

function panelHtml({ title, facets, width, height, narrowWidth = width, row, body }: Panel): string {
  const drawn = element(
    'svg',
    {
      class: 'chart',
      viewBox: `0 0 ${width} ${height}`,
      preserveAspectRatio: 'xMinYMin slice',
      role: 'img',
      'aria-label': title,
      'data-row': row,
      'data-box': row === undefined ? undefined : `0 0 ${width} ${height}`,
      style: `--wide: ${width} / ${height}; --narrow: ${narrowWidth} / ${height}; max-width: ${Math.round(width * 1.25)}px`,
    },
    body,
  );
  return html(
    'div',
    { class: Object.keys(facets).length === 0 ? 'panel always' : 'panel', ...facetAttributes(facets) },
    [drawn],
  );
}

/** A figure as a file of its own: its panels in rows, its legend, and under them what they were measured on. */
export function figureChart(figure: Figure): Chart {
  const { id, title, subtitle, panels, environment, legend } = figure;
  // A scale of colours may reach into the empty place beside it.
  const own = panels.filter(({ facets }) => Object.keys(facets).length > 0 || panels.length === 1);
  const widths = own.length === 0 ? panels : own;
  const cell = {
    width: Math.max(...widths.map((one) => one.width)),
    height: Math.max(...panels.map((one) => one.height)),
  };
  const columns = Math.max(1, Math.min(panels.length, Math.floor((WIDEST + GAP) / (cell.width + GAP))));
  const width = Math.max(760, 2 * MARGIN + columns * (cell.width + GAP) - GAP);
  const lines = wrapped(subtitle, width - 2 * MARGIN);
  const top = 54 + lines.length * 17;
  const placed = panels.map((panel, index) => {
    const [x, y] = [
      MARGIN + (index % columns) * (cell.width + GAP),
      top + Math.floor(index / columns) * (cell.height + GAP),
    ];
    return element('g', { transform: `translate(${x} ${y})` }, panel.body);
  });
  const under = top + Math.ceil(panels.length / columns) * (cell.height + GAP);
  const keys = legendMarks(legend, width, under);
  const notes = wrapped(environment, width - 2 * MARGIN);
  const total = { width, height: keys.bottom + 12 + notes.length * 16 + 8 };
  const children = [
    `<title>${escapeMarkup(title)}</title>`,
    `<style>${chartFileStyle()}</style>`,
    element('rect', { class: 'page', ...total }),
    label(title, MARGIN, 34, { class: 'title' }),
    ...lines.map((line, index) => label(line, MARGIN, 54 + index * 17, { class: 'faint' })),
    ...placed,
    ...keys.markup,
    ...notes.map((line, index) => label(line, MARGIN, keys.bottom + 14 + index * 16, { class: 'faint small' })),
  ];
  const attributes = {
    xmlns: 'http://www.w3.org/2000/svg',
    viewBox: `0 0 ${total.width} ${total.height}`,
    ...total,
    role: 'img',
  };
  return { name: `${id}.svg`, title, svg: `${element('svg', attributes, children)}\n` };
}

function legendMarks(legend: readonly LegendEntry[], width: number, top: number): { markup: string[]; bottom: number } {
  if (legend.length === 0) return { markup: [], bottom: top };
  const markup: string[] = [];
  let [x, y] = [MARGIN, top + 8];
  for (const { index, name } of legend) {
    const taken = textWidth(name) + 34;
    if (x + taken > width - MARGIN && x > MARGIN) [x, y] = [MARGIN, y + 20];
    markup.push(
      element('path', { class: `dot ${targetClass(index)}`, d: `M${x + 6} ${y - 4}h0` }),
      label(name, x + 18, y),
    );
    x += taken;
  }
  return { markup, bottom: y + 12 };
}

/** Text in lines of at most `width` pixels. */
function wrapped(content: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of content.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && textWidth(`${last} ${word}`) <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
