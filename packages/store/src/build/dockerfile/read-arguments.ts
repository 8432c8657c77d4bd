import { invalidAt } from '../build-error.ts';
import type { Command, NamedWord } from './instruction.ts';
import type { LogicalLine } from './logical-lines.ts';
import { isBlank, splitBlanks, splitWords } from './split-words.ts';

/**
 * Reads `["a", "b"]`. Anything that is not a list in JSON is not the exec form, and `undefined`: Docker then takes it for a script.
 *
 * @throws {StoreError} `INVALID_DOCKERFILE` for a list that holds anything but strings
 */
export function jsonStrings(line: LogicalLine, rest: string): readonly string[] | undefined {
  if (!rest.startsWith('[')) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(rest);
  } catch {
    return undefined;
  }
  if (!Array.isArray(value)) return undefined;
  return value.map((item: unknown) => {
    if (typeof item !== 'string') throw invalidAt(line, 'a list in JSON holds nothing but strings here.');
    return item;
  });
}

/** Reads a command in either form. */
export function readCommand(line: LogicalLine, rest: string): Command {
  const args = jsonStrings(line, rest);
  return args === undefined ? { form: 'shell', script: rest } : { form: 'exec', args };
}

/** Reads a list in JSON, or else words between blanks. */
export function readList(line: LogicalLine, rest: string): readonly string[] {
  return jsonStrings(line, rest) ?? splitBlanks(rest);
}

/**
 * Reads `name=value` words, or the old form `name the rest of the line`.
 *
 * @throws {StoreError} `INVALID_DOCKERFILE`
 */
export function readPairs(line: LogicalLine, keyword: string, rest: string, escapeChar: string): readonly NamedWord[] {
  const words = splitWords(rest, escapeChar);
  const [first = ''] = words;
  if (words.length === 0) throw invalidAt(line, `${keyword} needs a name and a value.`, `Write ${keyword} NAME=VALUE.`);
  if (!first.includes('=')) {
    const value = afterFirstWord(rest);
    if (value === '') throw invalidAt(line, `${keyword} ${first} has no value.`, `Write ${keyword} ${first}=VALUE.`);
    return [{ name: first, value }];
  }
  return words.map((word) => {
    const equals = word.indexOf('=');
    if (equals === -1) throw invalidAt(line, `${word} is not NAME=VALUE.`, 'Quote a value that has blanks.');
    if (equals === 0) throw invalidAt(line, `${word} has no name.`);
    return { name: word.slice(0, equals), value: word.slice(equals + 1) };
  });
}

function afterFirstWord(text: string): string {
  for (let at = 0; at < text.length; at += 1) if (isBlank(text.charAt(at))) return text.slice(at).trim();
  return '';
}
