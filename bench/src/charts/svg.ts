/** Attributes of an element; those that are undefined are left out. */
export type Attributes = Readonly<Record<string, string | number | undefined>>;

/** An element as text. Children are markup, one to a line, so that two versions of a chart can be compared. */
export function element(name: string, attributes: Attributes, children: readonly string[] = []): string {
  const written = Object.entries(attributes)
    .filter((entry): entry is [string, string | number] => entry[1] !== undefined)
    .map(([key, value]) => ` ${key}="${escapeMarkup(typeof value === 'number' ? round(value) : value)}"`)
    .join('');
  if (children.length === 0) return `<${name}${written}/>`;
  return `<${name}${written}>\n${children.join('\n')}\n</${name}>`;
}

/** An element that holds text alone. */
export function label(content: string, x: number, y: number, attributes: Attributes = {}): string {
  const opening = element('text', { x, y, ...attributes }).slice(0, -2);
  return `${opening}>${escapeMarkup(content)}</text>`;
}

/** A line from one point to another. */
export function line(x1: number, y1: number, x2: number, y2: number, attributes: Attributes = {}): string {
  return element('line', { x1, y1, x2, y2, ...attributes });
}

/** Text as it may stand in markup, in attributes too. */
export function escapeMarkup(text: string): string {
  return fitText(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

/** Text of other people's results: what no document may hold, and what turns the direction of the text around it, becomes U+FFFD. */
export function fitText(text: string): string {
  return Buffer.from(text).toString().replace(UNFIT, '\u{FFFD}');
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for.
const UNFIT = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\ufffe\uffff]/g;

/** Hundredths of a pixel are enough, and the same on every machine. */
function round(value: number): string {
  return String(Number(value.toFixed(2)));
}
