import { closeSync, constants, fstatSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openInRoot, openInRootIfAny, openRoot, withRoot } from '../src/open-in-root.ts';
import { scratch } from './scratch.ts';

const READ = constants.O_RDONLY;

/** A root with a secret beside it, and links that would lead there. */
function trap(): { readonly root: string } & Disposable {
  const place = scratch();
  const root = join(place.path, 'root');
  mkdirSync(join(root, 'etc'), { recursive: true });
  writeFileSync(join(place.path, 'secret'), 'outside');
  writeFileSync(join(root, 'secret'), 'inside');
  writeFileSync(join(root, 'etc/file'), 'file');
  symlinkSync('/secret', join(root, 'absolute'));
  symlinkSync('../../../secret', join(root, 'etc/upwards'));
  symlinkSync('/etc', join(root, 'directory'));
  symlinkSync('loop', join(root, 'loop'));
  symlinkSync('/proc/self/root/etc/hostname', join(root, 'magic'));
  return { root, [Symbol.dispose]: () => place[Symbol.dispose]() };
}

function read(root: number, path: string, links?: 'refuse'): string {
  const fd = openInRoot(root, path, READ, links === undefined ? {} : { links });
  try {
    return readFileSync(fd, 'utf8');
  } finally {
    closeSync(fd);
  }
}

describe('opening inside a root', () => {
  test.each([
    'secret',
    '/secret',
    '../secret',
    '/../../secret',
    'absolute',
    'etc/upwards',
    'etc/../../secret',
    'directory/../secret',
  ])('%s is the file of the root', async (path) => {
    using place = trap();
    expect(await withRoot(place.root, (root) => read(root, path))).toBe('inside');
  });

  test.each(['absolute', 'directory/file', 'etc/upwards'])('%s is refused where links are', async (path) => {
    using place = trap();
    await withRoot(place.root, (root) => {
      expect(() => read(root, path, 'refuse')).toThrow(expect.objectContaining({ code: 'ELOOP' }));
    });
  });

  test('what is not there is undefined, and loops are errors', async () => {
    using place = trap();
    await withRoot(place.root, (root) => {
      expect(openInRootIfAny(root, 'none/x', READ)).toBeUndefined();
      expect(openInRootIfAny(root, 'etc/file/x', READ)).toBeUndefined();
      expect(openInRootIfAny(root, 'magic', READ)).toBeUndefined();
      expect(() => openInRoot(root, 'loop', READ)).toThrow(expect.objectContaining({ code: 'ELOOP' }));
    });
  });

  test('a file is made inside the root with its mode, and never through a link that leads out', async () => {
    using place = trap();
    await withRoot(place.root, (root) => {
      const fd = openInRoot(root, '../../made', constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, {
        mode: 0o640,
      });
      expect(fstatSync(fd).mode & 0o777).toBe(0o640);
      closeSync(fd);
      expect(read(root, 'made')).toBe('');
    });
  });

  test('the empty path is the root', () => {
    using place = trap();
    const root = openRoot(place.root);
    const fd = openInRoot(root, '', READ | constants.O_DIRECTORY);
    expect(fstatSync(fd).ino).toBe(fstatSync(root).ino);
    closeSync(fd);
    closeSync(root);
  });
});
