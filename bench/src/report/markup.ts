import { escapeMarkup, fitText } from '../charts/svg.ts';

/** Attributes of an element: `true` stands without a value, and what is `undefined` or false is left out. */
export type HtmlAttributes = Readonly<Record<string, string | number | boolean | undefined>>;

const VOID: ReadonlySet<string> = new Set(['meta', 'input', 'br']);

/** An HTML element as text. `children` are markup: text among them has to go through {@link text} first. */
export function html(name: string, attributes: HtmlAttributes = {}, children: readonly string[] = []): string {
  const written = Object.entries(attributes)
    .filter(([, value]) => value !== undefined && value !== false)
    .map(([key, value]) => (value === true ? ` ${key}` : ` ${key}="${escapeMarkup(String(value))}"`))
    .join('');
  return VOID.has(name) ? `<${name}${written}>` : `<${name}${written}>${children.join('')}</${name}>`;
}

/** Text as markup. */
export function text(content: string): string {
  return escapeMarkup(content);
}

/** An element that holds nothing but text. */
export function textElement(name: string, content: string, attributes: HtmlAttributes = {}): string {
  return html(name, attributes, [text(content)]);
}

/** JSON as it may stand in a script element: no `<` ends it early. */
export function jsonData(id: string, value: unknown): string {
  const json = fitText(JSON.stringify(value)).replaceAll('<', '\\u003c');
  return `<script type="application/json" id="${escapeMarkup(id)}">${json}</script>`;
}
