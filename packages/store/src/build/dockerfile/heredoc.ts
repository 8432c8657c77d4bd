/** Text that stands in a Dockerfile below the instruction that uses it. */
export interface Heredoc {
  /** The word that ends it. */
  readonly name: string;
  /** What stood before `<<`: the descriptor that a shell is to read it from, most often `''`. */
  readonly descriptor: string;
  /** Written `<<-`: tabs at the start of lines do not count. */
  readonly stripsTabs: boolean;
  /** Variables in it are expanded; not so where any part of the name was quoted. */
  readonly expands: boolean;
  /** The lines as they stand in the file, each with its end. */
  readonly content: string;
}

/** A heredoc whose text is not read yet. */
export type HeredocStart = Omit<Heredoc, 'content'>;

const START = /^(\d*)<<(-?)([^<]+)$/;

/**
 * Finds where words of an instruction announce heredocs: `<<EOF`, `<<-EOF`, `3<<"END OF IT"`.
 *
 * A word that merely contains `<<`, quoted or in the middle as in `$((1<<2))`, announces none, and `<<<` is a shell's own.
 */
export function heredocStarts(words: readonly string[], escapeChar: string): readonly HeredocStart[] {
  return words.flatMap((word) => {
    const start = heredocStart(word, escapeChar);
    return start === undefined ? [] : [start];
  });
}

/** The heredoc that one word announces, or `undefined`. */
export function heredocStart(word: string, escapeChar: string): HeredocStart | undefined {
  const [, descriptor, dash, rest] = START.exec(word) ?? [];
  if (descriptor === undefined || rest === undefined) return undefined;
  const name = withoutQuotes(rest, escapeChar);
  if (name === '') return undefined;
  return { name, descriptor, stripsTabs: dash === '-', expands: name === rest };
}

/** The text as its reader is to get it. */
export function heredocText({ content, stripsTabs }: Heredoc): string {
  return stripsTabs ? content.replace(/^\t+/gm, '') : content;
}

function withoutQuotes(text: string, escapeChar: string): string {
  let name = '';
  let quote = '';
  for (let at = 0; at < text.length; at += 1) {
    const char = text.charAt(at);
    if (char === escapeChar && quote !== "'" && at + 1 < text.length) {
      at += 1;
      name += text.charAt(at);
    } else if (char === quote) quote = '';
    else if (quote === '' && (char === '"' || char === "'")) quote = char;
    else name += char;
  }
  return name;
}
