/** Colours of one brightness. Targets have eight; a ninth has the first again, dashed. */
interface Theme {
  readonly ink: string;
  readonly faint: string;
  readonly page: string;
  readonly rule: string;
  readonly axis: string;
  readonly hole: string;
  readonly better: string;
  readonly worse: string;
  readonly targets: readonly string[];
  /** The same for text, which has to stand out more. */
  readonly names: readonly string[];
}

// Hues of Wong's palette (Nature Methods 8, 441, 2011), which colour-blind readers tell apart, as dark or as bright as it takes to
// stand out from the page three to one, and text four and a half to one (WCAG 2.2, 1.4.11 and 1.4.3).
const LIGHT: Theme = {
  ink: '#1f2328',
  faint: '#59636e',
  page: '#ffffff',
  rule: '#d8dee4',
  axis: '#818b98',
  hole: '#eff2f5',
  better: '#0072b2',
  worse: '#c44e00',
  targets: ['#0072b2', '#d55e00', '#00875f', '#b8578d', '#a86f00', '#2b8cc4', '#7b57ab', '#6b6b6b'],
  names: ['#0069a6', '#b85000', '#007a55', '#a84a7e', '#8f5e00', '#1f78ab', '#7450a5', '#666666'],
};
const BRIGHT = ['#4aa3e8', '#ff7a3d', '#2fc796', '#ea9ac6', '#f0b429', '#9fdcff', '#b99af0', '#b3b9c1'];
const DARK: Theme = {
  ink: '#f0f6fc',
  faint: '#9aa4af',
  page: '#0d1117',
  rule: '#2f363f',
  axis: '#656c76',
  hole: '#161b22',
  better: '#5aa9e6',
  worse: '#ff8a4c',
  targets: BRIGHT,
  names: BRIGHT,
};

/** How many targets have a colour of their own. */
export const TARGET_COLOURS: number = LIGHT.targets.length;

/** The class of everything that is drawn for a target. */
export function targetClass(index: number): string {
  return index < TARGET_COLOURS ? `t${index}` : `t${index % TARGET_COLOURS} again`;
}

/** The style of a chart in a file: colours follow the reader's choice. */
export function chartFileStyle(): string {
  return `${fixedRules('')}\n${colourRules('', LIGHT)}\n@media (prefers-color-scheme: dark) {\n${colourRules('', DARK)}\n}`;
}

/** The same for charts in the page, whose switch may overrule the system's choice. */
export function chartPageStyle(): string {
  const dark = ':root[data-theme="dark"]';
  const unless = ':root:not([data-theme="light"])';
  return [
    fixedRules('.chart '),
    colourRules('.chart ', LIGHT),
    colourRules(`${dark} .chart `, DARK),
    `@media (prefers-color-scheme: dark) {\n${colourRules(`${unless} .chart `, DARK)}\n}`,
    swatchRules(':root', LIGHT),
    swatchRules(dark, DARK),
    `@media (prefers-color-scheme: dark) {\n${swatchRules(unless, DARK)}\n}`,
  ].join('\n');
}

function fixedRules(within: string): string {
  return [
    `${within}text { font-family: system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', Arial, sans-serif; font-size: 12px; }`,
    `${within}.title { font-size: 17px; font-weight: 600; }`,
    `${within}.heading { font-weight: 600; }`,
    `${within}.small { font-size: 11px; }`,
    `${within}.line { fill: none; stroke-width: 2; stroke-linejoin: round; }`,
    `${within}.interval { fill: none; stroke-width: 5; stroke-opacity: 0.35; }`,
    `${within}.span { fill: none; stroke-width: 9; stroke-opacity: 0.3; }`,
    `${within}.dot { fill: none; stroke-width: 7; stroke-linecap: round; }`,
    `${within}.sample { fill: none; stroke-width: 4.5; stroke-linecap: round; stroke-opacity: 0.55; }`,
    `${within}.median { fill: none; stroke-width: 2.5; }`,
    `${within}.line.again { stroke-dasharray: 6 3; }`,
  ].join('\n');
}

function colourRules(within: string, theme: Theme): string {
  return [
    `${within}text { fill: ${theme.ink}; }`,
    `${within}.faint { fill: ${theme.faint}; }`,
    `${within}.page { fill: ${theme.page}; }`,
    `${within}.rule { stroke: ${theme.rule}; }`,
    `${within}.minor { stroke: ${theme.rule}; stroke-opacity: 0.5; }`,
    `${within}.axis { stroke: ${theme.axis}; }`,
    `${within}.hole { fill: ${theme.hole}; stroke: ${theme.rule}; }`,
    `${within}.band { fill: ${theme.axis}; fill-opacity: 0.16; }`,
    `${within}.floor { stroke: ${theme.axis}; }`,
    `${within}.better { stroke: ${theme.better}; }`,
    `${within}.worse { stroke: ${theme.worse}; }`,
    `${within}.even { stroke: ${theme.axis}; }`,
    ...theme.targets.flatMap((colour, index) => [
      `${within}.t${index} { stroke: ${colour}; }`,
      `${within}text.t${index} { fill: ${theme.names[index] ?? theme.ink}; stroke: none; }`,
    ]),
  ].join('\n');
}

function swatchRules(root: string, theme: Theme): string {
  return [
    `${root} { --better: ${theme.better}; --worse: ${theme.worse}; }`,
    ...theme.targets.map((colour, index) => `${root} .swatch.t${index} { background: ${colour}; }`),
  ].join('\n');
}
