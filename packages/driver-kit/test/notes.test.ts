import { lstatSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setFaultHandler } from '@graphdriver/host';
import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { hasName, readNote, replaceNote, writeNote } from '../src/notes.ts';
import { scratchFolder } from './scratch-root.ts';

afterEach(() => setFaultHandler(undefined));

describe('a note', () => {
  test('is a link whose target is its text, and is there although the link leads nowhere', () => {
    const path = join(scratchFolder(), 'note');
    expect([hasName(path), readNote(path)]).toEqual([false, undefined]);
    writeNote(path, '{"id":"x"}\n');
    expect([hasName(path), readNote(path)]).toEqual([true, '{"id":"x"}\n']);
    expect(lstatSync(path).isSymbolicLink()).toBe(true);
  });

  test('is never followed, even where its text is the path of a file', () => {
    const folder = scratchFolder();
    const [path, other] = [join(folder, 'note'), join(folder, 'other')];
    writeFileSync(other, 'not this');
    writeNote(path, other);
    expect(readNote(path)).toBe(other);
    replaceNote(path, join(folder, 'aside'), 'new');
    expect(readFileSync(other, 'utf8')).toBe('not this');
  });

  test('is a file where it is empty or too long for a link', () => {
    const folder = scratchFolder();
    for (const [name, text] of Object.entries({ empty: '', long: 'x'.repeat(10_000), wide: 'é'.repeat(3_000) })) {
      writeNote(join(folder, name), text);
      expect(readNote(join(folder, name))).toBe(text);
      expect(lstatSync(join(folder, name)).isFile()).toBe(true);
    }
  });

  test('is what was written last, whatever the lengths, also where a crash has left something aside', () => {
    const folder = scratchFolder();
    const [path, aside] = [join(folder, 'note'), join(folder, 'aside')];
    const texts = fc.array(fc.string({ unit: 'grapheme', maxLength: 40 }).map((text) => text.replaceAll('\0', '')));
    fc.assert(
      fc.property(texts, fc.boolean(), fc.nat(400), (written, stale, times) => {
        if (stale && !hasName(aside)) symlinkSync('stale', aside);
        for (const text of written) {
          replaceNote(path, aside, text.repeat(times));
          expect(readNote(path)).toBe(text.repeat(times));
        }
      }),
      { numRuns: 50 },
    );
  });

  test('is not there, or is the former one, when it cannot be written', () => {
    const folder = scratchFolder();
    const [path, aside] = [join(folder, 'note'), join(folder, 'aside')];
    expect(() => writeNote(join(folder, 'none/note'), 'x')).toThrow(expect.objectContaining({ code: 'ENOENT' }));
    writeNote(path, 'former');
    expect(() => writeNote(path, 'other')).toThrow(expect.objectContaining({ code: 'EEXIST' }));
    setFaultHandler((call) => {
      if (call === 'rename' || call === 'write') throw Object.assign(new Error(call), { code: 'ENOSPC', errno: -28 });
    });
    expect(() => replaceNote(path, aside, 'other')).toThrow();
    expect(() => writeNote(join(folder, 'long'), 'x'.repeat(10_000))).toThrow();
    expect([readNote(path), hasName(join(folder, 'long'))]).toEqual(['former', false]);
  });
});
