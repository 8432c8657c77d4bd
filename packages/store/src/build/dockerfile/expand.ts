/** What can go wrong in an expansion; the caller knows where. */
export class ExpansionError extends Error {
  override readonly name = 'ExpansionError';
}

/** The value of a variable, or `undefined` where it is not set. */
export type Lookup = (name: string) => string | undefined;

/** Options of {@link expandWord}. */
export interface ExpandOptions {
  /** Quotes stay as they are and mean nothing, as in the text of a heredoc. */
  readonly keepQuotes?: boolean;
}

/** The longest that a word may become: variables in variables multiply. */
const LONGEST = 1 << 20;
/** How deep `${a:-${b:-…}}` may go. */
const DEEPEST = 100;
const NAME = /[A-Za-z_][A-Za-z0-9_]*|[0-9]+|[@*#?$!-]|/y;

/**
 * Replaces variables, and takes quotes and escapes away.
 *
 * Knows `$x`, `${x}`, `${x:-y}`, `${x-y}`, `${x:+y}`, `${x+y}`, `${x:?y}` and `${x?y}`, where `y` is expanded in turn. A variable that is not
 * set is the empty string. Between single quotes nothing is replaced, between double quotes everything is; the escape character takes
 * the meaning from `$`, quotes and itself there, and from any character elsewhere.
 *
 * @throws {ExpansionError} for an open quote or brace, an unknown modifier, a bad name, and for what `?` demands
 */
export function expandWord(word: string, lookup: Lookup, escapeChar: string, options: ExpandOptions = {}): string {
  return new Expansion(word, lookup, escapeChar, options.keepQuotes === true).whole();
}

/** The same, and then taken apart at those blanks that were not quoted: a variable may stand for several words. */
export function expandWords(text: string, lookup: Lookup, escapeChar: string): string[] {
  return new Expansion(text, lookup, escapeChar, false).words();
}

class Expansion {
  readonly #text: string;
  readonly #lookup: Lookup;
  readonly #escape: string;
  readonly #keepQuotes: boolean;
  #at = 0;
  #depth = 0;
  #length = 0;

  constructor(text: string, lookup: Lookup, escapeChar: string, keepQuotes: boolean) {
    this.#text = text;
    this.#lookup = lookup;
    this.#escape = escapeChar;
    this.#keepQuotes = keepQuotes;
  }

  whole(): string {
    return this.#until('', []);
  }

  words(): string[] {
    const breaks: number[] = [];
    const text = this.#until('', breaks);
    const starts = [0, ...breaks.map((end) => end + 1)];
    return starts.map((start, index) => text.slice(start, breaks[index])).filter((word) => word !== '');
  }

  /** Expands up to an unquoted `end`, which is taken too. Notes in `breaks` where the result has unquoted blanks. */
  #until(end: string, breaks: number[]): string {
    let result = '';
    while (this.#at < this.#text.length) {
      const char = this.#text.charAt(this.#at);
      if (char === end) {
        this.#at += 1;
        return result;
      }
      if (char === "'" && !this.#keepQuotes) result += this.#singleQuoted();
      else if (char === '"' && !this.#keepQuotes) result += this.#doubleQuoted();
      else if (char === '$') result += noting(this.#variable(), result.length, breaks);
      else if (char === this.#escape) result += this.#escaped();
      else {
        this.#at += 1;
        result += noting(char, result.length, breaks);
      }
      this.#count(result);
    }
    if (end !== '') throw new ExpansionError('a ${ is not closed');
    return result;
  }

  #count(result: string): void {
    this.#length = Math.max(this.#length, result.length);
    if (this.#length > LONGEST) throw new ExpansionError(`the text grows beyond ${LONGEST} characters`);
  }

  /** Outside of quotes any character loses its meaning; a last escape stays. */
  #escaped(): string {
    this.#at += 1;
    if (this.#at >= this.#text.length) return this.#escape;
    const char = this.#text.charAt(this.#at);
    this.#at += 1;
    return this.#keepQuotes && char !== '$' && char !== this.#escape ? `${this.#escape}${char}` : char;
  }

  #singleQuoted(): string {
    const end = this.#text.indexOf("'", this.#at + 1);
    if (end === -1) throw new ExpansionError("a ' is not closed");
    const text = this.#text.slice(this.#at + 1, end);
    this.#at = end + 1;
    return text;
  }

  #doubleQuoted(): string {
    this.#at += 1;
    let result = '';
    while (this.#at < this.#text.length) {
      const char = this.#text.charAt(this.#at);
      if (char === '"') {
        this.#at += 1;
        return result;
      }
      if (char === '$') result += this.#variable();
      else if (char === this.#escape) result += this.#escapedInQuotes();
      else {
        this.#at += 1;
        result += char;
      }
      this.#count(result);
    }
    throw new ExpansionError('a " is not closed');
  }

  #escapedInQuotes(): string {
    const next = this.#text.charAt(this.#at + 1);
    const isSpecial = next !== '' && (next === '"' || next === '$' || next === this.#escape);
    this.#at += isSpecial ? 2 : 1;
    return isSpecial ? next : this.#escape;
  }

  #variable(): string {
    this.#at += 1;
    if (this.#text.charAt(this.#at) === '{') return this.#braced();
    const name = this.#name();
    return name === '' ? '$' : (this.#lookup(name) ?? '');
  }

  #braced(): string {
    this.#at += 1;
    const name = this.#name();
    if (name === '')
      throw new ExpansionError(
        this.#text.charAt(this.#at) === '' ? 'a ${ is not closed' : 'a ${ has no name of a variable',
      );
    if (this.#text.charAt(this.#at) === '}') {
      this.#at += 1;
      return this.#lookup(name) ?? '';
    }
    const colon = this.#text.charAt(this.#at) === ':';
    if (colon) this.#at += 1;
    const modifier = this.#text.charAt(this.#at);
    this.#at += 1;
    if (modifier === '') throw new ExpansionError('a ${ is not closed');
    if (!'-+?'.includes(modifier))
      throw new ExpansionError(
        `\${${name}${colon ? ':' : ''}${modifier}…} is not a form of expansion that is known here`,
      );
    this.#depth += 1;
    if (this.#depth > DEEPEST) throw new ExpansionError(`variables stand in each other more than ${DEEPEST} deep`);
    const word = this.#until('}', []);
    this.#depth -= 1;
    return this.#modified(name, modifier, colon, word);
  }

  #modified(name: string, modifier: string, colon: boolean, word: string): string {
    const value = this.#lookup(name);
    const counts = value !== undefined && !(colon && value === '');
    if (modifier === '+') return counts ? word : '';
    if (counts) return value;
    if (modifier === '-') return word;
    throw new ExpansionError(
      `${name} is ${value === undefined ? 'not set' : 'empty'}${word === '' ? '' : `: ${word}`}`,
    );
  }

  /** Letters, digits and underscores that do not begin with a digit, or digits, or one sign of the shell's own. */
  #name(): string {
    NAME.lastIndex = this.#at;
    const [word = ''] = NAME.exec(this.#text) ?? [];
    this.#at += word.length;
    return word;
  }
}

/** Hands on a piece of text that is not quoted, and notes its blanks as they will stand in the whole. */
function noting(piece: string, offset: number, breaks: number[]): string {
  for (let at = 0; at < piece.length; at += 1) if (/\s/.test(piece.charAt(at))) breaks.push(offset + at);
  return piece;
}
