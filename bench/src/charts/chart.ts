import { element, escapeMarkup, label } from './svg.ts';

/** A chart as a file of its own. */
export interface Chart {
  /** Of the file, without the folder: `copy-up-lines.svg`. */
  readonly name: string;
  /** What is seen, as a sentence: its title, and the text for those who do not see it. */
  readonly title: string;
  /** A whole SVG document. */
  readonly svg: string;
}

/** What {@link makeChart} frames. */
export interface ChartPlan {
  readonly name: string;
  readonly title: string;
  /** How to read it, in a line or two under the title. */
  readonly subtitles: readonly string[];
  readonly width: number;
  /** Of the body. */
  readonly height: number;
  /** Markup whose origin is below the titles. */
  readonly body: readonly string[];
}

/** Space left and right of everything. */
export const MARGIN = 24;

// The page is drawn as well: an image in a document does not know on what it is shown. Colours follow the reader's choice.
const STYLE = `
text { font-family: system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', Arial, sans-serif; font-size: 12px; fill: #1f2328; }
.title { font-size: 17px; font-weight: 600; }
.heading { font-weight: 600; }
.faint { fill: #59636e; }
.page { fill: #ffffff; }
.rule { stroke: #d8dee4; stroke-width: 1; }
.axis { stroke: #818b98; stroke-width: 1; }
.hole { fill: #eff2f5; stroke: #d8dee4; }
.target { stroke: #1f2328; stroke-width: 1.5; stroke-dasharray: 5 3; }
@media (prefers-color-scheme: dark) {
text { fill: #f0f6fc; }
.faint { fill: #9198a1; }
.page { fill: #0d1117; }
.rule { stroke: #2f363f; }
.axis { stroke: #656c76; }
.hole { fill: #161b22; stroke: #2f363f; }
.target { stroke: #f0f6fc; }
}
`;

/** Frames a chart: document, style, title and subtitles. */
export function makeChart({ name, title, subtitles, width, height, body }: ChartPlan): Chart {
  const top = 34 + subtitles.length * 17 + 12;
  const total = { width, height: top + height + MARGIN };
  const children = [
    `<title>${escapeMarkup(title)}</title>`,
    `<style>${STYLE}</style>`,
    element('rect', { class: 'page', ...total }),
    label(title, MARGIN, 34, { class: 'title' }),
    ...subtitles.map((subtitle, index) => label(subtitle, MARGIN, 54 + index * 17, { class: 'faint' })),
    element('g', { transform: `translate(0 ${top})` }, body),
  ];
  const attributes = {
    xmlns: 'http://www.w3.org/2000/svg',
    viewBox: `0 0 ${total.width} ${total.height}`,
    ...total,
    role: 'img',
  };
  return { name, title, svg: `${element('svg', attributes, children)}\n` };
}

/** Room that a text of the usual size takes at most. */
export function textWidth(text: string): number {
  return text.length * 6.9;
}

/** A name as it may stand in a file name: `overlay2 volatile on ext4` becomes `overlay2-volatile-on-ext4`. */
export function fileNamePart(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
}
