import { makedev } from '@graphdriver/host';
import fc from 'fast-check';
import type { TarEntry } from '../../src/tar-entry.ts';
import { directory, entry, file, whiteout } from './tar-bytes.ts';

// The names that random edits use too, so that archives meet what is there.
const NAMES = ['a', 'a!', 'b', 'c d', 'dir', 'x\xff\xe9'];

const name = fc.constantFrom(...NAMES);
const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'));
const given = fc.record({
  mode: fc.integer({ min: 0, max: 0o7777 }),
  uid: fc.nat(3),
  gid: fc.nat(3),
  mtime: fc.bigInt({ min: 0n, max: 2n ** 61n }),
  xattrs: fc.dictionary(fc.constantFrom('trusted.x0', 'trusted.x1', 'trusted.x2'), fc.string(), { maxKeys: 2 }),
});

const attributes = given.map(({ xattrs, ...rest }) => ({
  ...rest,
  xattrs: new Map(Object.entries(xattrs).map(([key, value]) => [key, Buffer.from(value)] as const)),
}));

/** Entries that make something new, whatever is there. */
const node: fc.Arbitrary<TarEntry> = fc
  .record({
    path,
    attributes,
    kind: fc.constantFrom('file', 'file', 'directory', 'directory', 'symlink', 'fifo', 'device'),
    text: fc.string(),
  })
  .map(({ path: at, attributes: has, kind, text }) => {
    if (kind === 'file') return file(at, text, has);
    if (kind === 'directory') return directory(at, has);
    if (kind === 'symlink') return entry({ path: at, type: 'symlink', linkTarget: '../a', ...has });
    if (kind === 'fifo') return entry({ path: at, type: 'fifo', ...has });
    return entry({ path: at, type: 'character', rdev: makedev(1, 3), ...has });
  });

/** Whiteouts and opaque markers, of the root too. */
export const deletion: fc.Arbitrary<TarEntry> = fc
  .tuple(
    fc.array(name, { maxLength: 2 }),
    fc.oneof({ weight: 3, arbitrary: name }, { weight: 1, arbitrary: fc.constant('.wh..opq') }),
  )
  .map(([parents, hidden]) => whiteout([...parents, `.wh.${hidden}`].join('/')));

const hardLink: fc.Arbitrary<TarEntry> = fc
  .tuple(path, path)
  .map(([at, linkTarget]) => entry({ path: at, type: 'hardlink', linkTarget }));

/** Members without hard links and deletions. */
export const nodes: fc.Arbitrary<TarEntry[]> = fc.array(node, { maxLength: 8 });

/** Members of any kind in any order; many such archives are refused. */
export const members: fc.Arbitrary<TarEntry[]> = fc.array(
  fc.oneof({ weight: 5, arbitrary: node }, { weight: 3, arbitrary: deletion }, { weight: 1, arbitrary: hardLink }),
  { maxLength: 10 },
);
