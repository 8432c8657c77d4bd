import type { FilePlace, GroundCase, Touch } from './bench-case.ts';
import { formatBytes } from './format-units.ts';

/** How tables and charts call the touches. */
export const TOUCH_WORDS: Readonly<Record<Touch, string>> = {
  append: 'append',
  middle: 'write in the middle',
  truncate: 'cut to half',
  empty: 'open with O_TRUNC',
  open: 'open for writing',
  chmod: 'chmod',
  chown: 'chown',
  rename: 'rename',
  link: 'link',
  utimens: 'utimens',
  setxattr: 'setxattr',
};

/** Where the file lies, in words: `16 MiB, 16 layers, 16 directories down`. */
export function placeWords({ size, ...depths }: FilePlace): string {
  return `${formatBytes(size)}, ${depthWords(depths)}`;
}

/** {@link placeWords} without the size. */
export function depthWords({ layers, directories }: Omit<FilePlace, 'size'>): string {
  return `${counted(layers, 'layer', 'layers')}, ${counted(directories, 'directory', 'directories')} down`;
}

/** The cases that have one place in common, by the words for it. */
export function byPlace<Case extends GroundCase>(
  cases: readonly Case[],
  words: (of: Case) => string = placeWords,
): [place: string, cases: Case[]][] {
  const found = new Map<string, Case[]>();
  for (const of of cases) found.set(words(of), [...(found.get(words(of)) ?? []), of]);
  return [...found];
}

function counted(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}
