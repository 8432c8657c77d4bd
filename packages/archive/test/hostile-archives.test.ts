import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { makedev, makeSymlink } from '@graphdriver/host';
import { privilegeReason, requireOrSkip, scratchRoot } from '@graphdriver/testkit';
import { describe, expect, it } from 'vitest';
import type { ArchiveLimits } from '../src/archive-limits.ts';
import { directoryTree } from '../src/directory-tree.ts';
import { unpackLayer } from '../src/unpack-layer.ts';
import type { UnpackTarget } from '../src/unpack-target.ts';
import {
  archiveOf,
  blocks,
  directory,
  ended,
  entry,
  file,
  paxBlock,
  rawHeader,
  record,
  streamOf,
  whiteout,
} from './support/tar-bytes.ts';
import { snapshotOf } from './support/tree-snapshot.ts';

const reason = requireOrSkip('archive', privilegeReason());

interface HostileCase {
  readonly what: string;
  readonly bytes: Buffer | Promise<Buffer>;
  readonly limits?: ArchiveLimits;
}

const xattrs = (name: string, value = 'y'): ReadonlyMap<string, Buffer> => new Map([[name, Buffer.from(value)]]);
const link = (path: string, linkTarget: string) => entry({ path, type: 'symlink', linkTarget });
const hardLink = (path: string, linkTarget: string) => entry({ path, type: 'hardlink', linkTarget });
const device = (path: string, rdev: number) => entry({ path, type: 'character', rdev });
const sparse = (map: string, size = '1000', data = 'abcde'): Buffer =>
  ended(
    paxBlock(record('GNU.sparse.size', size) + record('GNU.sparse.map', map)),
    rawHeader({ size: data.length.toString(8).padStart(11, '0') }),
    blocks(data),
  );

const names: readonly HostileCase[] = [
  ['..', '../outside/evil'],
  ['.. in the middle', 'dir/../../outside/evil'],
  ['.. at the end', 'dir/..'],
  ['a leading slash', '/outside/evil'],
  ['a component of 256 bytes', 'x'.repeat(256)],
  ['a path of more than PATH_MAX', `${'d/'.repeat(2100)}f`],
  ['a path that is too long only with the root in front', 'd/'.repeat(2040)],
  ['nothing', ''],
].map(([what, name = '']) => ({
  what: `a name with ${what}`,
  bytes: ended(paxBlock(record('path', name)), rawHeader({ name: '' })),
}));

const structure: readonly HostileCase[] = [
  { what: 'an empty stream', bytes: Buffer.alloc(0) },
  { what: 'a stream that ends in a header', bytes: rawHeader({}).subarray(0, 300) },
  { what: 'a stream that ends between members', bytes: rawHeader({}) },
  { what: 'a stream that ends in content', bytes: Buffer.concat([rawHeader({ size: '00000002000' }), blocks('x')]) },
  {
    what: 'a stream that ends in the filling of a block',
    bytes: Buffer.concat([rawHeader({ size: '00000000003' }), Buffer.from('abc')]),
  },
  {
    what: 'a stream that ends in an extended header',
    bytes: paxBlock(record('path', 'x'.repeat(900))).subarray(0, 600),
  },
  { what: 'an extended header without a member', bytes: ended(paxBlock(record('path', 'x'))) },
  { what: 'junk', bytes: Buffer.from('this is no archive'.repeat(100)) },
  { what: 'a wrong checksum', bytes: ended(rawHeader({ checksum: '000001\0 ' })) },
  { what: 'a checksum that is no number', bytes: ended(rawHeader({ checksum: 'abcdefgh' })) },
  { what: 'a second archive behind the first', bytes: Buffer.concat([ended(rawHeader({})), ended(rawHeader({}))]) },
  { what: 'a member behind a single block of zeros', bytes: Buffer.concat([Buffer.alloc(512), ended(rawHeader({}))]) },
  { what: 'junk behind the end', bytes: Buffer.concat([ended(rawHeader({})), Buffer.alloc(5000), Buffer.from('x')]) },
  { what: 'a negative size', bytes: ended(rawHeader({ size: '\xff'.repeat(12) })) },
  { what: 'a size beyond counting', bytes: ended(rawHeader({ size: `\x80${'\xff'.repeat(11)}` })) },
  { what: 'a size that is no number', bytes: ended(rawHeader({ size: '12x4' })) },
  { what: 'a negative size of an extended header', bytes: ended(rawHeader({ type: 'x', size: '\xff'.repeat(12) })) },
  { what: 'an extended header over the limit', bytes: ended(rawHeader({ type: 'x', size: '77777777777' })) },
  { what: 'a long name over the limit', bytes: ended(rawHeader({ type: 'L', size: '77777777777' })) },
  {
    what: 'extended headers that are over the limit together',
    bytes: ended(...Array.from({ length: 10 }, () => paxBlock(record('comment', 'x'.repeat(500))))),
    limits: { headerBytes: 4000 },
  },
  {
    what: 'global headers that are over the limit together',
    bytes: ended(...Array.from({ length: 10 }, () => paxBlock(record('comment', 'x'.repeat(500)), 'g'))),
    limits: { headerBytes: 4000 },
  },
  { what: 'a pax record without a length', bytes: ended(paxBlock('path=x\n'), rawHeader({})) },
  { what: 'a pax record that is longer than its header', bytes: ended(paxBlock('99 path=x\n'), rawHeader({})) },
  { what: 'a pax record that is too short to be one', bytes: ended(paxBlock('3 path=x\n'), rawHeader({})) },
  { what: 'a pax record of no length', bytes: ended(paxBlock('0 path=x\n'), rawHeader({})) },
  { what: 'a pax record without a key', bytes: ended(paxBlock('5 =x\n'), rawHeader({})) },
  { what: 'a pax record without an end', bytes: ended(paxBlock('9 path=xyz'), rawHeader({})) },
  { what: 'a pax size that is no number', bytes: ended(paxBlock(record('size', '-1')), rawHeader({})) },
  { what: 'a pax time that is none', bytes: ended(paxBlock(record('mtime', 'soon')), rawHeader({})) },
  { what: 'a pax name with a NUL', bytes: ended(paxBlock(record('path', 'a\0b')), rawHeader({})) },
  { what: 'a user id that means "do not change"', bytes: ended(rawHeader({ uid: '\x80\0\0\0\xff\xff\xff\xff' })) },
  { what: 'a negative group id', bytes: ended(rawHeader({ gid: '\xff'.repeat(8) })) },
  { what: 'a member of an unknown type', bytes: ended(rawHeader({ type: 'Q' })) },
  { what: 'a part of an archive on several tapes', bytes: ended(rawHeader({ type: 'M' })) },
  {
    what: 'a directory with data',
    bytes: ended(rawHeader({ name: 'd/', type: '\0', size: '00000000003' }), blocks('abc')),
  },
  { what: 'a root that is a file', bytes: ended(rawHeader({ name: './', type: '2', link: 'x' })) },
  { what: 'more members than allowed', bytes: archiveOf(file('a'), file('b'), file('c')), limits: { entries: 2 } },
  { what: 'more bytes than allowed', bytes: archiveOf(file('a', 'xxx'), file('b', 'xxx')), limits: { bytes: 5 } },
  { what: 'a hole larger than allowed', bytes: sparse('0,5', '1000000'), limits: { bytes: 999_999 } },
];

const sparseMaps: readonly HostileCase[] = [
  { what: 'a sparse map that leads outside', bytes: sparse('998,5') },
  { what: 'a sparse map that goes backwards', bytes: sparse('500,3,10,2') },
  { what: 'a sparse map that overlaps itself', bytes: sparse('10,3,12,2') },
  { what: 'a sparse map for more data than there is', bytes: sparse('10,6') },
  { what: 'a sparse map for less data than there is', bytes: sparse('10,4') },
  { what: 'a sparse map of half a segment', bytes: sparse('10') },
  { what: 'a sparse map of no numbers', bytes: sparse('x,y') },
  { what: 'a sparse format from the future', bytes: ended(paxBlock(record('GNU.sparse.major', '2')), rawHeader({})) },
  { what: 'a leading sparse map that does not end', bytes: leadingMap('9999999\n'.repeat(64)) },
  { what: 'a leading sparse map that is none', bytes: leadingMap('x'.repeat(512)) },
  {
    what: 'an old sparse header that goes on for ever',
    bytes: Buffer.concat([
      rawHeader({
        type: 'S',
        patch: [
          [386, '00000000000\x0000000000000'],
          [482, '1'],
          [483, '00000000000'],
        ],
      }),
      ...Array.from({ length: 300 }, () => Buffer.alloc(512, '1')),
      Buffer.alloc(1024),
    ]),
    limits: { headerBytes: 5000 },
  },
  {
    what: 'an old sparse file of negative size',
    bytes: ended(rawHeader({ type: 'S', magic: 'ustar  \0', patch: [[483, '\xff'.repeat(12)]] })),
  },
];

const links: readonly HostileCase[] = [
  { what: 'a file under its own symbolic link', bytes: archiveOf(link('way', '../outside'), file('way/evil')) },
  {
    what: 'a directory under its own symbolic link',
    bytes: archiveOf(link('way', '../outside'), directory('way/evil')),
  },
  { what: 'a file under a symbolic link further up', bytes: archiveOf(link('way', '..'), file('way/outside/evil')) },
  { what: 'a file under a symbolic link of the target', bytes: archiveOf(file('target-link/evil')) },
  { what: 'a file under a symbolic link underneath', bytes: archiveOf(file('lower-link/evil')) },
  { what: 'a whiteout under a symbolic link', bytes: archiveOf(link('way', '../outside'), whiteout('way/.wh.kept')) },
  { what: 'a whiteout under a symbolic link underneath', bytes: archiveOf(whiteout('lower-link/.wh.kept')) },
  {
    what: 'an opaque marker under a symbolic link',
    bytes: archiveOf(link('way', '../outside'), whiteout('way/.wh..wh..opq')),
  },
  { what: 'a file under a file', bytes: archiveOf(file('a'), file('a/b')) },
  { what: 'a file under a fifo', bytes: archiveOf(entry({ path: 'a', type: 'fifo' }), file('a/b')) },
  {
    what: 'a directory turned into a symbolic link, and then written to',
    bytes: archiveOf(directory('d'), link('d', '../outside'), file('d/evil')),
  },
  { what: 'a hard link upwards', bytes: archiveOf(hardLink('a', '../outside/kept')) },
  { what: 'a hard link to an absolute name', bytes: archiveOf(hardLink('a', '/etc/passwd')) },
  {
    what: 'a hard link through a symbolic link',
    bytes: archiveOf(link('way', '../outside'), hardLink('a', 'way/kept')),
  },
  { what: 'a hard link through a symbolic link underneath', bytes: archiveOf(hardLink('a', 'lower-link/kept')) },
  { what: 'a hard link to nothing', bytes: archiveOf(hardLink('a', 'missing')) },
  { what: 'a hard link into nothing', bytes: archiveOf(hardLink('a', 'missing/file')) },
  { what: 'a hard link to a directory', bytes: archiveOf(directory('d'), hardLink('a', 'd')) },
  { what: 'a hard link to the root', bytes: archiveOf(hardLink('a', './')) },
  { what: 'a hard link to itself', bytes: archiveOf(file('a'), hardLink('a', 'a')) },
  {
    what: 'a hard link in the place of the directory of its target',
    bytes: archiveOf(directory('d'), file('d/a'), hardLink('d', 'd/a')),
  },
  { what: 'a hard link without a target', bytes: ended(rawHeader({ type: '1' })) },
  { what: 'a symbolic link to nothing at all', bytes: ended(rawHeader({ type: '2' })) },
  { what: 'a symbolic link of 5000 bytes', bytes: archiveOf(link('a', 'x'.repeat(5000))) },
];

const forged: readonly HostileCase[] = [
  { what: 'a whiteout of nothing', bytes: archiveOf(whiteout('.wh.')) },
  { what: 'a whiteout of .', bytes: archiveOf(whiteout('.wh..')) },
  { what: 'a whiteout of ..', bytes: archiveOf(whiteout('d/.wh...')) },
  { what: 'a whiteout of a whiteout', bytes: archiveOf(whiteout('.wh..wh.x')) },
  { what: 'a whiteout with content', bytes: archiveOf(file('.wh.a')) },
  { what: 'a whiteout that is a directory', bytes: archiveOf(directory('.wh.a')) },
  { what: 'a whiteout that is a symbolic link', bytes: archiveOf(link('.wh.a', 'b')) },
  { what: 'a file under a whiteout', bytes: archiveOf(file('.wh.a/b')) },
  { what: 'a device that overlayfs takes for a whiteout', bytes: archiveOf(device('a', 0)) },
  { what: 'a block device 0:0', bytes: archiveOf(entry({ path: 'a', type: 'block', rdev: 0 })) },
  {
    what: 'a device number that would be cut to 0:0',
    bytes: ended(rawHeader({ type: '3', major: '\x80\0\0\0\0\x01\0\0' })),
  },
  { what: 'an opaque attribute', bytes: archiveOf(directory('d', { xattrs: xattrs('trusted.overlay.opaque') })) },
  {
    what: 'a redirect attribute',
    bytes: archiveOf(directory('d', { xattrs: xattrs('trusted.overlay.redirect', '/etc') })),
  },
  {
    what: 'a whiteout attribute of unprivileged overlays',
    bytes: archiveOf(file('a', '', { xattrs: xattrs('user.overlay.whiteout') })),
  },
  { what: 'an attribute of no known kind', bytes: archiveOf(file('a', '', { xattrs: xattrs('nobody.knows') })) },
  {
    what: 'an attribute whose name is too long',
    bytes: archiveOf(file('a', '', { xattrs: xattrs(`user.${'x'.repeat(300)}`) })),
  },
  {
    what: 'a user attribute of a symbolic link',
    bytes: archiveOf(entry({ path: 'a', type: 'symlink', linkTarget: 'b', xattrs: xattrs('user.a') })),
  },
  {
    what: 'a capability that is none',
    bytes: archiveOf(file('a', '', { xattrs: xattrs('security.capability', 'x') })),
  },
  {
    what: 'an access control list that is none',
    bytes: archiveOf(file('a', '', { xattrs: xattrs('system.posix_acl_access', 'x') })),
  },
];

function leadingMap(map: string): Buffer {
  const records =
    record('GNU.sparse.major', '1') + record('GNU.sparse.minor', '0') + record('GNU.sparse.realsize', '1000');
  return ended(paxBlock(records), rawHeader({ size: map.length.toString(8).padStart(11, '0') }), blocks(map));
}

/** A target and a tree underneath that both offer ways out, and something outside that must not change. */
function scene(path: string, whiteouts: UnpackTarget['whiteouts']): UnpackTarget {
  for (const name of ['target', 'lower', 'outside']) mkdirSync(`${path}/${name}`);
  writeFileSync(`${path}/outside/kept`, 'kept');
  symlinkSync('../outside', `${path}/target/target-link`);
  const linked = whiteouts === 'overlay' ? 'lower' : 'target';
  makeSymlink('../outside', `${path}/${linked}/lower-link`);
  return { root: `${path}/target`, whiteouts, lower: whiteouts === 'overlay' ? directoryTree(`${path}/lower`) : null };
}

describe.skipIf(reason !== null).each(['remove', 'overlay'] as const)(
  'unpackLayer with whiteouts %s refuses',
  (whiteouts) => {
    it.each([...names, ...structure, ...sparseMaps, ...links, ...forged])(
      '$what, and changes nothing outside',
      async ({ bytes, limits }) => {
        await using scratch = await scratchRoot();
        const target = scene(scratch.path, whiteouts);
        const outside = snapshotOf(directoryTree(`${scratch.path}/outside`));
        const unpacking = unpackLayer(streamOf(await bytes), target, limits === undefined ? {} : { limits });
        await expect(unpacking).rejects.toMatchObject({ name: 'StorageError', code: 'INVALID_ARCHIVE' });
        expect(snapshotOf(directoryTree(`${scratch.path}/outside`))).toEqual(outside);
        expect(readdirSync(scratch.path).sort()).toEqual(['lower', 'outside', 'target']);
        expect(readFileSync(`${scratch.path}/outside/kept`, 'utf8')).toBe('kept');
      },
    );
  },
);

describe.skipIf(reason !== null)('unpackLayer accepts', () => {
  it('a symbolic link that points anywhere, since nobody follows it', async () => {
    await using scratch = await scratchRoot();
    const target = scene(scratch.path, 'remove');
    await unpackLayer(streamOf(await archiveOf(link('abs', '/etc/passwd'), link('up', '../../..'))), target);
    expect(readdirSync(target.root).sort()).toEqual(['abs', 'lower-link', 'target-link', 'up']);
  });

  it('a directory in the place of a symbolic link', async () => {
    await using scratch = await scratchRoot();
    const target = scene(scratch.path, 'overlay');
    await unpackLayer(
      streamOf(
        await archiveOf(directory('target-link'), file('target-link/a'), directory('lower-link'), file('lower-link/b')),
      ),
      target,
    );
    expect(readdirSync(`${target.root}/target-link`)).toEqual(['a']);
    expect(readdirSync(`${target.root}/lower-link`)).toEqual(['b']);
    expect(readdirSync(`${scratch.path}/outside`)).toEqual(['kept']);
  });

  it('devices whose number is the greatest there is', async () => {
    await using scratch = await scratchRoot();
    const target = scene(scratch.path, 'remove');
    const rdev = makedev(0xfff, 0xf_ffff);
    await unpackLayer(streamOf(await archiveOf(device('a', rdev))), target);
    expect(directoryTree(target.root).node('a')?.rdev).toBe(rdev);
  });
});
