import fc from 'fast-check';
import { expect, test } from 'vitest';
import { escapeOverlay, flagBits, mountData } from '../src/mount-options.ts';

test('lower layers become one option with colons, in front, and the rest follows in order', () => {
  const data = mountData('overlay', [
    ['volatile'],
    ['lowerdir', '/a'],
    ['upperdir', '/u'],
    ['lowerdir', '/b'],
    ['workdir', '/w'],
    ['xino', 'off'],
  ]);
  expect(data?.toString()).toBe('lowerdir=/a:/b,volatile,upperdir=/u,workdir=/w,xino=off');
});

test('colons, commas and backslashes in paths of an overlay are escaped', () => {
  expect(escapeOverlay('/a:b,c\\d').toString()).toBe('/a\\:b\\,c\\\\d');
});

test('an overlay reads back the very path that was escaped', () => {
  // The kernel's parser, as in fs/overlayfs/params.c: a backslash makes the next character an ordinary one.
  const parse = (text: string): string[] =>
    [...text.matchAll(/(?:\\.|[^:\\])+/gs)].map(([part]) => part.replace(/\\(.)/gs, '$1'));
  const path = fc
    .array(fc.constantFrom(':', ',', '\\', 'a', '/', ' ', '\n', '\xff'), { minLength: 1, maxLength: 12 })
    .map((parts) => parts.join(''));
  fc.assert(
    fc.property(fc.array(path, { minLength: 1, maxLength: 4 }), (paths) => {
      const data = mountData(
        'overlay',
        paths.map((each) => ['lowerdir', Buffer.from(each, 'latin1')] as const),
      );
      expect(parse((data?.toString('latin1') ?? '').slice('lowerdir='.length))).toEqual(paths);
    }),
  );
});

test('another file system has no escape: a comma in a value cannot be said', () => {
  expect(
    mountData('tmpfs', [
      ['size', '1M'],
      ['mode', '0700'],
    ])?.toString(),
  ).toBe('size=1M,mode=0700');
  expect(mountData('ext4', [['journal_path', '/a,b']])).toBeNull();
  expect(mountData('tmpfs', [])?.length).toBe(0);
});

test('flags are the bits of mount(2)', () => {
  expect(flagBits([])).toBe(0);
  expect(flagBits(['ro', 'nosuid', 'nodev', 'noexec'])).toBe(15);
  expect(flagBits(['nodev', 'nodev'])).toBe(4);
});
