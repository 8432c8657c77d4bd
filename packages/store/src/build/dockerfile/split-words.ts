/**
 * Splits at blanks that are neither quoted nor escaped. Quotes and escapes stay in the words, for the expansion to take away.
 *
 * An open quote runs to the end of the text, as for Docker.
 */
export function splitWords(text: string, escapeChar: string): string[] {
  const words: string[] = [];
  let word = '';
  let quote = '';
  for (let at = 0; at < text.length; at += 1) {
    const char = text.charAt(at);
    if (quote === '' && isBlank(char)) {
      if (word !== '') words.push(word);
      word = '';
      continue;
    }
    word += char;
    if (char === escapeChar && quote !== "'" && at + 1 < text.length) {
      at += 1;
      word += text.charAt(at);
    } else if (char === quote) quote = '';
    else if (quote === '' && (char === '"' || char === "'")) quote = char;
  }
  if (word !== '') words.push(word);
  return words;
}

/** Splits at blanks, whatever is quoted. */
export function splitBlanks(text: string): string[] {
  return text.split(/[ \t\v\f\r\n]+/).filter((word) => word !== '');
}

/** Tells whether a character sets words apart. */
export function isBlank(char: string): boolean {
  return char === ' ' || char === '\t' || char === '\n' || char === '\v' || char === '\f' || char === '\r';
}
