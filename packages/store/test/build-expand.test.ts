// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are the variables of a Dockerfile
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ExpansionError, expandWord, expandWords } from '../src/build/dockerfile/expand.ts';

const values: Readonly<Record<string, string>> = { x: 'X', empty: '', two: 'a b', dollar: '$x', _1: 'one' };
const lookup = (name: string): string | undefined => (Object.hasOwn(values, name) ? values[name] : undefined);
const expand = (word: string, escapeChar = '\\'): string => expandWord(word, lookup, escapeChar);

describe('expansion', () => {
  // What Docker's documentation and its shell say of each form.
  test.each([
    ['plain', 'plain'],
    ['$x', 'X'],
    ['${x}', 'X'],
    ['a$x-b', 'aX-b'],
    ['$xy', ''],
    ['${x}y', 'Xy'],
    ['$_1', 'one'],
    ['$none', ''],
    ['${none:-d}', 'd'],
    ['${none-d}', 'd'],
    ['${empty:-d}', 'd'],
    ['${empty-d}', ''],
    ['${x:-d}', 'X'],
    ['${x:+y}', 'y'],
    ['${x+y}', 'y'],
    ['${empty:+y}', ''],
    ['${empty+y}', 'y'],
    ['${none:+y}', ''],
    ['${none+y}', ''],
    ['${x:?no}', 'X'],
    ['${empty?no}', ''],
    ['${none:-${x}}', 'X'],
    ['${none:-${none2:-deep}}', 'deep'],
    ['${none:-"quoted }"}', 'quoted }'],
    ['\\$x', '$x'],
    ['\\${x}', '${x}'],
    ['\\\\$x', '\\X'],
    ["'$x'", '$x'],
    ['"$x"', 'X'],
    ['"\\$x"', '$x'],
    ['"a\\b"', 'a\\b'],
    ['a\\b', 'ab'],
    ['"a\\"b"', 'a"b'],
    ["'a\\'", 'a\\'],
    ['a"b c"d', 'ab cd'],
    ['$dollar', '$x'],
    ['$', '$'],
    ['a$', 'a$'],
    ['$ x', '$ x'],
    ['a\\', 'a\\'],
    ['💥$x', '💥X'],
  ])('%s becomes %s', (word, expected) => {
    expect(expand(word)).toBe(expected);
  });

  test('another escape character escapes, and the usual one does not', () => {
    expect(expand('`$x c:\\$x', '`')).toBe('$x c:\\X');
  });

  test.each([
    '${',
    '${x',
    '${}',
    '${:-a}',
    '${x:',
    '${x:-a',
    '${x:',
    '${x!a}',
    '${x:=a}',
    '${x#a}',
    '"a',
    "'a",
    '${none:?}',
    '${empty:?why}',
  ])('%s is an error', (word) => {
    expect(() => expand(word)).toThrow(ExpansionError);
  });

  test('an unquoted value may be several words, a quoted one is not', () => {
    expect(expandWords('$two "$two" x', lookup, '\\')).toEqual(['a', 'b', 'a b', 'x']);
    expect(expandWords('$none', lookup, '\\')).toEqual([]);
  });

  test('text that was quoted in full comes out as it was', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 40 }), (text) => {
        expect(expand(`"${text.replace(/["\\$]/g, '\\$&')}"`)).toBe(text);
        if (!text.includes("'")) expect(expand(`'${text}'`)).toBe(text);
        expect(expand(text.replace(/./gs, '\\$&'))).toBe(text);
      }),
    );
  });

  test('any text is expanded or refused by the one error', () => {
    const piece = fc.constantFrom(
      '$',
      '{',
      '}',
      '${x',
      ':-',
      ':+',
      ':?',
      '"',
      "'",
      '\\',
      'x',
      ' ',
      'two',
      '-',
      '+',
      '💥',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        for (const run of [expandWord, expandWords]) {
          try {
            run(pieces.join(''), lookup, '\\');
          } catch (error) {
            expect(error).toBeInstanceOf(ExpansionError);
          }
        }
      }),
      { numRuns: 3000 },
    );
  });

  test('variables that multiply and braces in braces come to an end', () => {
    const big = 'x'.repeat(1 << 16);
    expect(() => expandWord('$big'.repeat(100), () => big, '\\')).toThrow(ExpansionError);
    expect(() => expandWord(`${'${n:-'.repeat(100_000)}`, () => undefined, '\\')).toThrow(ExpansionError);
    expect(expandWord(`${'${n:-'.repeat(90)}a${'}'.repeat(90)}`, () => undefined, '\\')).toBe('a');
  });
});
