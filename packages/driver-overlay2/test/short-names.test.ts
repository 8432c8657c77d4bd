import { describe, expect, test } from 'vitest';
import { Overlay2Layout } from '../src/layout.ts';
import { chainLine, isShortName, namesInLine, randomName, SHORTEST_NAME } from '../src/short-names.ts';

describe('a short name', () => {
  test('is a word of four letters, and grows by one after four that were taken', () => {
    const lengths = Array.from({ length: 9 }, (_, attempt) => randomName(attempt).length);
    expect(lengths).toEqual([4, 4, 4, 4, 5, 5, 5, 5, 6]);
    for (let attempt = 0; attempt < 64; attempt += 1) expect(isShortName(randomName(attempt))).toBe(true);
  });

  test('differs from the one before', () => {
    expect(new Set(Array.from({ length: 100 }, () => randomName(0))).size).toBeGreaterThan(95);
  });

  test('may be one of Docker’s, and is nothing that a crash makes of a file', () => {
    expect(isShortName('ABCDEFGHIJKLMNOPQRSTUVWXYZ')).toBe(true);
    for (const text of ['', 'ABC', 'abcd', '\0\0\0\0', 'ABC1', 'AB/D', '../X', 'ABCD.aside'])
      expect([text, isShortName(text)]).toEqual([text, false]);
  });
});

describe('the line of a chain', () => {
  test('says its names from top to bottom, as Docker’s lower does', () => {
    const line = chainLine('CCCC', chainLine('BBBB', chainLine('AAAA', null)));
    expect(line).toBe('l/CCCC:l/BBBB:l/AAAA');
    expect(namesInLine(line)).toEqual(['CCCC', 'BBBB', 'AAAA']);
  });

  test('is told from a torn one', () => {
    for (const text of ['', 'l/', 'l/AAAA:', 'l/AAAA:l/BB', '/AAAA', 'AAAA', '\0\0', 'l/AAAA:l/BBBB\n'])
      expect([text, namesInLine(text)]).toEqual([text, undefined]);
  });

  test('of 500 layers fits the page that mount(2) takes, with some to spare', () => {
    const names = Array.from({ length: 500 }, () => 'A'.repeat(SHORTEST_NAME));
    const line = names.reduce<string | null>((below, name) => chainLine(name, below), null);
    expect(line?.length).toBe(3499);
  });
});

describe('the layout', () => {
  const layout = new Overlay2Layout('/root');

  test('gives the layer l a directory that no other layer has', () => {
    expect(layout.diff('l')).toBe('/root/_l/diff');
    expect(layout.target('l')).toBe('../_l/diff');
    expect(layout.names).toBe('/root/l');
  });

  test('knows whose a directory is', () => {
    expect(
      ['_l', 'l', 'a', 'L', 'l.1', '.graphdriver', '_a', 'lost+found'].map((name) => layout.idOfFolder(name)),
    ).toEqual(['l', undefined, 'a', 'L', 'l.1', undefined, undefined, undefined]);
  });

  test('knows whom a link leads to', () => {
    for (const id of ['l', 'a', 'l.1']) expect(layout.idOfTarget(layout.target(id))).toBe(id);
    for (const target of ['../l/diff', '../a/diff/b', '../a', '/a/diff', '../../a/diff', '../.a/diff', ''])
      expect(layout.idOfTarget(target)).toBeUndefined();
  });
});
