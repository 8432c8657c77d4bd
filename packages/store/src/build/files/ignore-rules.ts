import { StoreError } from '../../store-error.ts';
import { cleanPath } from './clean-path.ts';
import { compileGlob, type Glob, matchesGlob } from './glob.ts';

interface Rule {
  readonly glob: Glob;
  /** Began with `!`: takes back what earlier rules have left out. */
  readonly isException: boolean;
}

const MOST_REMEMBERED = 4096;

/** What a .dockerignore leaves out of a build context. */
export class IgnoreRules {
  readonly #rules: readonly Rule[];
  // Which rules match a directory or one above it: asked again for everything in it.
  readonly #directories = new Map<string, readonly boolean[]>();

  private constructor(rules: readonly Rule[]) {
    this.#rules = rules;
  }

  /**
   * Reads a .dockerignore: a pattern per line, `#` in the first column for comments, `!` for exceptions. `name` is the file's, for errors.
   *
   * @throws {StoreError} `INVALID_DOCKERFILE` for a malformed pattern, with `details.line`
   */
  static parse(text: string, name = '.dockerignore'): IgnoreRules {
    const rules = text
      .replace(/^\uFEFF/, '')
      .split('\n')
      .flatMap((line, index) => readRule(line, { name, line: index + 1 }) ?? []);
    return new IgnoreRules(rules);
  }

  /** Something that is left out may have parts that are not. */
  get hasExceptions(): boolean {
    return this.#rules.some(({ isException }) => isException);
  }

  /**
   * Tells whether a path of the context, relative and clean, is left out: the last rule that matches it, or a directory it is in, decides.
   * Case matters.
   */
  ignores(path: string): boolean {
    if (path === '' || this.#rules.length === 0) return false;
    const matches = this.#matches(path, this.#ofDirectory(path));
    return this.#rules.reduce(
      (ignored, { isException }, index) => (matches[index] === true ? !isException : ignored),
      false,
    );
  }

  #ofDirectory(path: string): readonly boolean[] | undefined {
    const slash = path.lastIndexOf('/');
    if (slash === -1) return undefined;
    const directory = path.slice(0, slash);
    const known = this.#directories.get(directory);
    if (known !== undefined) return known;
    // From the top down, so that a deep path needs no deep stack.
    let matches: readonly boolean[] | undefined;
    for (let end = directory.indexOf('/'); ; end = directory.indexOf('/', end + 1)) {
      const ancestor = end === -1 ? directory : directory.slice(0, end);
      matches = this.#directories.get(ancestor) ?? this.#matches(ancestor, matches);
      if (this.#directories.size >= MOST_REMEMBERED) this.#directories.clear();
      this.#directories.set(ancestor, matches);
      if (end === -1) return matches;
    }
  }

  #matches(path: string, above: readonly boolean[] | undefined): readonly boolean[] {
    return this.#rules.map(({ glob }, index) => above?.[index] === true || matchesGlob(glob, path));
  }
}

function readRule(text: string, place: { readonly name: string; readonly line: number }): Rule | undefined {
  if (text.startsWith('#')) return undefined;
  const trimmed = text.trim();
  if (trimmed === '') return undefined;
  const isException = trimmed.startsWith('!');
  const pattern = isException ? trimmed.slice(1).trim() : trimmed;
  if (pattern === '') throw malformed(text, place);
  const clean = cleanPath(pattern);
  const glob = compileGlob(clean.length > 1 && clean.startsWith('/') ? clean.slice(1) : clean, {
    crossesSlashes: true,
  });
  if (glob === undefined) throw malformed(text, place);
  return { glob, isException };
}

function malformed(text: string, { name, line }: { readonly name: string; readonly line: number }): StoreError {
  return new StoreError(
    'INVALID_DOCKERFILE',
    `${name} line ${line}: ${JSON.stringify(text.trim())} is not a pattern.`,
    {
      hint: 'Patterns are those of filepath.Match: *, ?, [a-z], and \\ before a character that is to be itself.',
      details: { file: name, line, source: text },
    },
  );
}
