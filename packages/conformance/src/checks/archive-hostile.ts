import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Check, CheckContext } from '../check.ts';
import { assertSameTree } from '../oracle/compare-snapshots.ts';
import { snapshotTree } from '../oracle/tree-snapshot.ts';
import { put } from '../staging/files.ts';
import {
  assertRefused,
  assertView,
  editLayer,
  makeLayer,
  makeWritable,
  snapshotLayer,
  streamOf,
} from '../staging/layers.ts';
import { type RawEntry, rawTar } from '../staging/raw-tar.ts';
import { zstdFrame } from '../staging/zstd-frame.ts';

const HARMLESS: readonly RawEntry[] = [
  { name: 'harmless/', type: '5' },
  { name: 'harmless/file', content: 'h' },
  { name: 'own', content: 'replaced' },
  { name: '.wh.below' },
];

/** Archives that want to write elsewhere, or break the layer. Each comes after harmless entries that must not stay either. */
export const archiveHostileChecks: readonly Check[] = [
  hostileCheck('dot-dot-names-are-refused', 'A name with `..` in it', () => [
    [{ name: '../escaped', content: 'x' }],
    [{ name: 'a/../../escaped', content: 'x' }],
    [{ name: 'a/..', type: '5' }],
    [{ name: '..', type: '5' }],
    [{ name: 'plain', pax: { path: '../escaped' }, content: 'x' }],
    [{ name: '../.wh.marker' }],
  ]),
  hostileCheck('absolute-names-are-refused', "A name that starts at the host's root", (outside) => [
    [{ name: `${outside}/escaped`, content: 'x' }],
    [{ name: 'plain', pax: { path: `${outside}/escaped` }, content: 'x' }],
  ]),
  hostileCheck(
    'links-in-the-archive-are-not-followed',
    'An entry behind a symbolic link of the same archive',
    (outside) => [
      [
        { name: 'way', type: '2', linkname: outside },
        { name: 'way/escaped', content: 'x' },
      ],
      [
        { name: 'way', type: '2', linkname: '../../../../..' },
        { name: 'way/tmp/escaped', content: 'x' },
      ],
      [{ name: 'way', type: '2', linkname: outside }, { name: 'way/.wh.marker' }],
      [{ name: 'way', type: '2', linkname: outside }, { name: 'way/.wh..wh..opq' }],
      [
        { name: 'way', type: '2', linkname: '.' },
        { name: 'way/escaped', content: 'x' },
      ],
    ],
  ),
  plantedCheck(
    'links-of-lower-layers-are-not-followed',
    'An entry behind a symbolic link that a lower layer planted',
    () => [
      [{ name: 'planted/escaped', content: 'x' }],
      [{ name: 'planted/deeper/escaped', content: 'x' }],
      [{ name: 'planted/.wh.marker' }],
      [{ name: 'planted/.wh..wh..opq' }],
      [{ name: 'stolen', type: '1', linkname: 'planted/marker' }],
    ],
  ),
  plantedCheck(
    'links-of-the-layer-itself-are-not-followed',
    'An entry behind a symbolic link that the layer has already',
    () => [[{ name: 'own-link/escaped', content: 'x' }], [{ name: 'own-link/.wh.marker' }]],
  ),
  hostileCheck(
    'hard-links-out-are-refused',
    'A hard link to a file outside, or behind a link, or to nothing',
    (outside) => [
      [{ name: 'stolen', type: '1', linkname: `${outside}/marker` }],
      [{ name: 'stolen', type: '1', linkname: '../../marker' }],
      [{ name: 'stolen', type: '1', linkname: 'never-there' }],
      [
        { name: 'way', type: '2', linkname: outside },
        { name: 'stolen', type: '1', linkname: 'way/marker' },
      ],
      [{ name: 'stolen', type: '1', linkname: 'harmless' }],
    ],
  ),
  hostileCheck('reserved-whiteout-names-are-refused', 'A whiteout of nothing, of `.` or of `..`', () => [
    [{ name: '.wh.' }],
    [{ name: 'dir/.wh..' }],
    [{ name: 'dir/.wh...' }],
    [{ name: 'plain', pax: { path: 'dir/.wh..' } }],
  ]),
  hostileCheck('driver-private-attributes-are-refused', 'An attribute that a driver keeps its own books in', () => [
    [{ name: 'f', content: 'x', pax: { 'SCHILY.xattr.trusted.overlay.redirect': '/etc' } }],
    [{ name: 'd/', type: '5', pax: { 'SCHILY.xattr.trusted.overlay.opaque': 'y' } }],
    [{ name: 'f', content: 'x', pax: { 'SCHILY.xattr.user.overlay.metacopy': '' } }],
  ]),
  hostileCheck(
    'names-that-no-file-can-have-are-refused',
    'A name too long for a file, or with a zero byte in it',
    () => [
      [{ name: 'plain', pax: { path: 'n'.repeat(256) }, content: 'x' }],
      [{ name: 'plain', pax: { path: `${'p/'.repeat(2500)}f` }, content: 'x' }],
      [{ name: 'plain', pax: { path: 'with\0zero' }, content: 'x' }],
      [{ name: 'link', type: '2', pax: { linkpath: 't'.repeat(5000) } }],
    ],
  ),
  hostileCheck(
    'broken-numbers-are-refused',
    'An extended header of gigabytes, a size that is none, and a broken record',
    () => [
      [{ name: 'bomb', type: 'x', claimedSize: 8 * 2 ** 30 - 1, content: 'x' }],
      [{ name: 'bomb', type: 'L', claimedSize: 2 ** 32, content: 'x' }],
      [{ name: 'f', pax: { size: '-1' }, content: 'x' }],
      [{ name: 'f', pax: { size: 'many' }, content: 'x' }],
      [
        { name: 'x', type: 'x', content: '999 path=short\n' },
        { name: 'f', content: 'x' },
      ],
      [
        { name: 'x', type: 'x', content: 'no record at all' },
        { name: 'f', content: 'x' },
      ],
    ],
  ),
  {
    id: 'archive/truncated-archives-are-refused',
    title: 'an archive cut off anywhere fails with INVALID_ARCHIVE and leaves the layer as it was',
    run: (context) => {
      const whole = rawTar([...HARMLESS, { name: 'last', content: Buffer.alloc(3000, 'l'), pax: { mtime: '1.5' } }]);
      const ends = [1, 100, 511, 513, 1000, 1536, 2050, 3500, whole.length - 1024 - 512, whole.length - 1025];
      const zipped = gzipSync(whole);
      const archives = ends.map((end) => whole.subarray(0, end));
      return assertEachRefused(context, [
        ...archives,
        zipped.subarray(0, 15),
        zipped.subarray(0, zipped.length - 9),
        zstdFrame(whole).subarray(0, -20),
      ]);
    },
  },
  {
    id: 'archive/junk-is-refused',
    title:
      'bytes that are no archive, plain, in gzip and in Zstandard, fail with INVALID_ARCHIVE and leave the layer as it was',
    covers: ['containers/storage:apply-junk.bats'],
    run: (context) => {
      const junk = noise(context.seed, 20_000);
      const badSum = rawTar(HARMLESS);
      badSum.writeUInt8(badSum.readUInt8(10) ^ 1, 10);
      const broken = gzipSync(rawTar(HARMLESS));
      broken.fill(0xa5, 30, 60);
      const notGzip = Buffer.concat([Buffer.from([0x1f, 0x8b]), junk]);
      const notZstd = Buffer.concat([Buffer.from([0x28, 0xb5, 0x2f, 0xfd]), junk]);
      return assertEachRefused(context, [junk, gzipSync(junk), zstdFrame(junk), badSum, broken, notGzip, notZstd]);
    },
  },
];

type Hostile = (outside: string) => readonly (readonly RawEntry[])[];

/** Archives that are hostile by themselves: also an empty layer must refuse them. */
function hostileCheck(words: string, subject: string, archives: Hostile): Check {
  const { run, ...check } = plantedCheck(words, subject, archives);
  return {
    ...check,
    run: async (context) => {
      await run(context);
      await assertEmptyLayerRefuses(context, packed(archives(await context.scratch())));
    },
  };
}

/** Archives that are hostile by what lies in the layer, or below it, already. */
function plantedCheck(words: string, subject: string, archives: Hostile): Check {
  return {
    id: `archive/${words}`,
    title: `${subject} fails with INVALID_ARCHIVE; nothing outside changes, and the layer is as it was`,
    run: async (context) => {
      const outside = await context.scratch();
      await assertEachRefused(context, packed(archives(outside)), outside);
    },
  };
}

function packed(archives: readonly (readonly RawEntry[])[]): Buffer[] {
  return archives.map((entries) => rawTar([...HARMLESS, ...entries]));
}

async function assertEachRefused(context: CheckContext, archives: readonly Buffer[], given?: string): Promise<void> {
  const { driver } = context;
  const outside = given ?? (await context.scratch());
  writeFileSync(join(outside, 'marker'), 'untouched');
  const untouched = await snapshotTree(outside);
  await makeLayer(driver, 'base', (root) => {
    for (const path of ['below', 'dir/lower']) put(root, path);
    symlinkSync(outside, join(root, 'planted'));
  });
  await makeWritable(driver, 'layer', undefined, 'base');
  await editLayer(driver, 'layer', (root) => {
    put(root, 'own', 'content');
    symlinkSync(outside, join(root, 'own-link'));
  });
  const before = await snapshotLayer(context, 'layer');
  for (const [index, archive] of archives.entries()) {
    await assertRefused(driver.applyDiff('layer', streamOf(archive)), 'INVALID_ARCHIVE', `archive ${index}`);
    assertSameTree(await snapshotTree(outside), untouched, `What lies outside, after archive ${index}`);
    await assertView(context, 'layer', before);
    assert.ok(!existsSync('/tmp/escaped'), `archive ${index} wrote into the host's /tmp`);
  }
}

async function assertEmptyLayerRefuses(context: CheckContext, archives: readonly Buffer[]): Promise<void> {
  await context.driver.create('empty');
  for (const [index, archive] of archives.entries()) {
    await assertRefused(context.driver.applyDiff('empty', streamOf(archive)), 'INVALID_ARCHIVE', `archive ${index}`);
    assert.deepEqual(
      [...(await snapshotLayer(context, 'empty')).keys()],
      [''],
      `an empty layer after archive ${index}`,
    );
  }
}

/** The same bytes for the same seed, without any pattern; the first is not zero, which would be the end of an archive. */
function noise(seed: number, length: number): Buffer {
  const blocks = Array.from({ length: Math.ceil(length / 32) }, (_, index) =>
    createHash('sha256').update(`${seed}:${index}`).digest(),
  );
  const bytes = Buffer.concat(blocks).subarray(0, length);
  bytes.writeUInt8(0x41, 0);
  return bytes;
}
