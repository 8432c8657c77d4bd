/** For things that have names. Wong's palette (Nature Methods 8, 441, 2011), which colour-blind readers tell apart; readable on black and white. */
export const CATEGORY_COLOURS = [
  '#0072b2',
  '#d55e00',
  '#009e73',
  '#cc79a7',
  '#e69f00',
  '#56b4e9',
  '#8c6bb1',
  '#7f7f7f',
] as const;

/** For what was kept and what was not. */
export const VERDICT_COLOURS = { met: '#009e73', missed: '#d55e00' } as const;

type Colour = readonly [red: number, green: number, blue: number];

// Nine steps of viridis (Smith and van der Walt, in the public domain): even to the eye, also in grey.
const RAMP: readonly Colour[] = [
  [68, 1, 84],
  [71, 44, 122],
  [59, 81, 139],
  [44, 113, 142],
  [33, 144, 141],
  [39, 173, 129],
  [92, 200, 99],
  [170, 220, 50],
  [253, 231, 37],
];

/** The colour of a share from 0 (dark) to 1 (bright), and one for text on it. */
export function rampColour(share: number): { readonly fill: string; readonly ink: string } {
  const place = Math.min(1, Math.max(0, share)) * (RAMP.length - 1);
  const below = RAMP[Math.floor(place)] ?? [0, 0, 0];
  const above = RAMP[Math.ceil(place)] ?? below;
  const mixed = below.map((part, index) => Math.round(part + ((above[index] ?? part) - part) * (place % 1)));
  // Relative luminance as WCAG 2 has it; at 0.179 black and white are equally far from it.
  const [red = 0, green = 0, blue = 0] = mixed.map((part) => ((part / 255 + 0.055) / 1.055) ** 2.4);
  const luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  return { fill: `rgb(${mixed.join(' ')})`, ink: luminance > 0.179 ? '#000000' : '#ffffff' };
}

/** The colour of the item at `index` of a list. */
export function categoryColour(index: number): string {
  return CATEGORY_COLOURS[index % CATEGORY_COLOURS.length] ?? CATEGORY_COLOURS[0];
}

/** Tells whether another item of the list has this one's colour already, so that lines and dots have to differ otherwise. */
export function repeatsColour(index: number): boolean {
  return index >= CATEGORY_COLOURS.length;
}
