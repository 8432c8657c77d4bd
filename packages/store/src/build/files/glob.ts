/** One piece of a pattern. */
type Piece =
  | { readonly kind: 'char'; readonly char: string }
  | {
      readonly kind: 'class';
      readonly negated: boolean;
      readonly ranges: readonly (readonly [from: string, to: string])[];
    }
  /** Any character but a slash. */
  | { readonly kind: 'one' }
  /** Any number of characters that are no slash. */
  | { readonly kind: 'some' }
  /** Any number of whole components, each with its slash: what two stars mean before more. Always followed by `within`. */
  | { readonly kind: 'directories' }
  /** The inside of those components: only a slash leads out. */
  | { readonly kind: 'within' }
  /** Everything: what two stars mean at the end. */
  | { readonly kind: 'all' };

/** A pattern that was understood. */
export type Glob = readonly Piece[];

/** Options of {@link compileGlob}. */
export interface GlobOptions {
  /** Two stars cross slashes, as in .dockerignore; otherwise they are two single ones. */
  readonly crossesSlashes?: boolean;
}

/**
 * Reads a pattern by the rules of Go's `filepath.Match`: `*`, `?`, `[a-z]`, `[^a-z]` and `\` before a character that is to be itself.
 * `undefined` for one that is malformed.
 */
export function compileGlob(pattern: string, options: GlobOptions = {}): Glob | undefined {
  const chars = [...pattern];
  const pieces: Piece[] = [];
  for (let at = 0; at < chars.length; ) {
    const char = chars[at] ?? '';
    if (char === '*' && options.crossesSlashes === true && chars[at + 1] === '*') {
      at += chars[at + 2] === '/' ? 3 : 2;
      if (at >= chars.length) pieces.push({ kind: 'all' });
      else if (pieces.at(-1)?.kind !== 'within') pieces.push({ kind: 'directories' }, { kind: 'within' });
    } else if (char === '[') {
      const found = readClass(chars, at + 1);
      if (found === undefined) return undefined;
      pieces.push(found.piece);
      at = found.next;
    } else if (char === '\\') {
      const escaped = chars[at + 1];
      if (escaped === undefined) return undefined;
      pieces.push({ kind: 'char', char: escaped });
      at += 2;
    } else {
      pieces.push(char === '*' ? { kind: 'some' } : char === '?' ? { kind: 'one' } : { kind: 'char', char });
      at += 1;
    }
  }
  return pieces;
}

function readClass(
  chars: readonly string[],
  start: number,
): { readonly piece: Piece; readonly next: number } | undefined {
  const negated = chars[start] === '^';
  const ranges: [string, string][] = [];
  let at = negated ? start + 1 : start;
  while (ranges.length === 0 || chars[at] !== ']') {
    const from = readBound(chars, at);
    if (from === undefined) return undefined;
    at = from.next;
    if (chars[at] !== '-') {
      ranges.push([from.char, from.char]);
      continue;
    }
    const to = readBound(chars, at + 1);
    if (to === undefined) return undefined;
    at = to.next;
    ranges.push([from.char, to.char]);
  }
  return { piece: { kind: 'class', negated, ranges }, next: at + 1 };
}

function readBound(chars: readonly string[], at: number): { readonly char: string; readonly next: number } | undefined {
  const char = chars[at];
  if (char === undefined || char === '-' || char === ']') return undefined;
  if (char !== '\\') return { char, next: at + 1 };
  const escaped = chars[at + 1];
  return escaped === undefined ? undefined : { char: escaped, next: at + 2 };
}

/** Tells whether all of `text` matches. Takes time in proportion to the lengths of both, multiplied, however the pattern is made. */
export function matchesGlob(glob: Glob, text: string): boolean {
  if (!startsAlike(glob, text)) return false;
  let states = new Uint8Array(glob.length + 1);
  let next = new Uint8Array(glob.length + 1);
  enter(glob, states, 0);
  for (const char of text) {
    next.fill(0);
    let alive = false;
    for (let state = 0; state < glob.length; state += 1) {
      if (states[state] === 1 && step(glob, state, char, next)) alive = true;
    }
    if (!alive) return false;
    [states, next] = [next, states];
  }
  return states[glob.length] === 1;
}

/** Most patterns begin with plain text, and most names with another. */
function startsAlike(glob: Glob, text: string): boolean {
  const [first] = glob;
  return first?.kind !== 'char' || text.startsWith(first.char);
}

/** Adds a state, and those that are reached from it without a character. */
function enter(glob: Glob, states: Uint8Array, start: number): void {
  let state = start;
  // Where a state is in already, so is everything behind it.
  while (states[state] !== 1) {
    states[state] = 1;
    const kind = glob[state]?.kind;
    if (kind === 'some' || kind === 'all') state += 1;
    else if (kind === 'directories') state += 2;
    else return;
  }
}

/** Adds to `next` where a character leads from a state; false where it leads nowhere. */
function step(glob: Glob, state: number, char: string, next: Uint8Array): boolean {
  const piece = glob[state];
  switch (piece?.kind) {
    case 'char':
      return piece.char === char && go(glob, next, state + 1);
    case 'one':
      return char !== '/' && go(glob, next, state + 1);
    case 'some':
      return char !== '/' && go(glob, next, state);
    case 'class':
      return inClass(piece.ranges, char) !== piece.negated && go(glob, next, state + 1);
    case 'all':
      return go(glob, next, state);
    case 'directories':
      return go(glob, next, char === '/' ? state + 2 : state + 1) && go(glob, next, state + 1);
    case 'within':
      return (char !== '/' || go(glob, next, state + 1)) && go(glob, next, state);
    default:
      return false;
  }
}

function go(glob: Glob, states: Uint8Array, state: number): true {
  enter(glob, states, state);
  return true;
}

function inClass(ranges: readonly (readonly [string, string])[], char: string): boolean {
  const point = char.codePointAt(0) ?? 0;
  return ranges.some(([from, to]) => (from.codePointAt(0) ?? 0) <= point && point <= (to.codePointAt(0) ?? 0));
}
