import { describe, expect, test } from 'vitest';
import { HELP, parseArguments } from '../src/demo-arguments.ts';
import { formatDuration } from '../src/format-duration.ts';
import { wrapText } from '../src/wrap-text.ts';

describe('parseArguments', () => {
  test('runs in full and writes into the current directory unless told', () => {
    expect(parseArguments([], '/home/me')).toEqual({
      action: 'run',
      quick: false,
      out: '/home/me/graphdriver-demo-result.json',
    });
  });

  test('takes a file relative to the directory, or absolute', () => {
    expect(parseArguments(['--out', 'a.json', '--quick'], '/home/me')).toMatchObject({
      quick: true,
      out: '/home/me/a.json',
    });
    expect(parseArguments(['--out=/tmp/a.json'], '/home/me')).toMatchObject({ out: '/tmp/a.json' });
  });

  test('lets the flag of the starting script pass', () => {
    expect(parseArguments(['--no-install'], '/')).toMatchObject({ action: 'run' });
  });

  test.each([[['--help']], [['-h']], [['--help', '--quick']]])('gives help for %j', (args) => {
    expect(parseArguments(args, '/')).toEqual({ action: 'help' });
  });

  test.each([[['--fast']], [['--out']], [['--out=']], [['extra']], [['--quick=yes']]])('refuses %j', (args) => {
    expect(parseArguments(args, '/')).toMatchObject({ action: 'refuse' });
  });

  test('the help names every flag and exit code', () => {
    for (const word of ['--quick', '--out', '--no-install', '--help', '0', '1', '2', '3', '130'])
      expect(HELP).toContain(word);
  });
});

describe('formatDuration', () => {
  test.each([
    [0, '0.0 s'],
    [440, '0.4 s'],
    [9_940, '9.9 s'],
    [9_960, '10 s'],
    [59_400, '59 s'],
    [59_600, '1 min'],
    [65_000, '1 min 5 s'],
    [119_900, '2 min'],
  ])('%d ms are %s', (milliseconds, text) => {
    expect(formatDuration(milliseconds)).toBe(text);
  });
});

describe('wrapText', () => {
  test('breaks at spaces, at the last that fits', () => {
    expect(wrapText('one two three', 7)).toEqual(['one two', 'three']);
    expect(wrapText('one two three', 6)).toEqual(['one', 'two', 'three']);
  });

  test('gives a long word a line of its own', () => {
    expect(wrapText('a supercalifragilistic b', 5)).toEqual(['a', 'supercalifragilistic', 'b']);
  });

  test('makes nothing of nothing', () => {
    expect(wrapText('  \n ', 5)).toEqual([]);
  });
});
