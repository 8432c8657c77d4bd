import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { isStorageError } from '@graphdriver/core';
import { writeXattr } from '@graphdriver/host';
import type { Check, CheckContext } from '../check.ts';
import { snapshotTree } from '../oracle/tree-snapshot.ts';
import { isThere, look, put, textOf } from '../staging/files.ts';
import {
  assertRefused,
  assertView,
  editLayer,
  makeLayer,
  makeWritable,
  snapshotLayer,
  streamOf,
} from '../staging/layers.ts';
import { type RawEntry, rawEntry, rawTar } from '../staging/raw-tar.ts';
import { zstdFrame } from '../staging/zstd-frame.ts';

const DIRECTORY = { type: '5' } as const;

const SMALL: readonly RawEntry[] = [
  { name: 'dir/', ...DIRECTORY, mode: 0o2750, uid: 1, gid: 2 },
  { name: 'dir/file', content: 'content', mode: 0o4711, uid: 3, gid: 4 },
  { name: 'dir/hard', type: '1', linkname: 'dir/file' },
  { name: 'soft', type: '2', linkname: 'dir/file' },
];

/** What archives made elsewhere say, and what must become of it. */
export const archiveInputChecks: readonly Check[] = [
  {
    id: 'archive/whiteouts-delete-what-is-below',
    title: 'whiteouts delete lower files and whole directories, and those for nothing are no error',
    run: async ({ driver }) => {
      await makeLower(driver);
      const whiteouts = ['.wh.top', 'dir/.wh.sub', 'dir/.wh.one', 'dir/.wh.never-there', '.wh.nor-this'];
      await apply(
        driver,
        whiteouts.map((name) => ({ name })),
      );
      await editLayer(driver, 'layer', (root) => {
        assert.deepEqual([readdirSync(root).sort(), readdirSync(join(root, 'dir'))], [['dir', 'other'], ['two']]);
      });
    },
  },
  {
    id: 'archive/opaque-markers-hide-what-is-below',
    title:
      "an opaque marker hides the lower content of its directory, wherever it stands among the directory's own entries",
    run: async ({ driver }) => {
      await makeLower(driver);
      await apply(driver, [
        { name: 'dir/', ...DIRECTORY },
        { name: 'dir/before', content: 'b' },
        { name: 'dir/.wh..wh..opq' },
        { name: 'dir/after', content: 'a' },
        { name: 'dir/sub/', ...DIRECTORY },
      ]);
      await editLayer(driver, 'layer', (root) => {
        assert.deepEqual(readdirSync(join(root, 'dir')).sort(), ['after', 'before', 'sub']);
        assert.deepEqual(readdirSync(join(root, 'dir/sub')), []);
      });
    },
  },
  {
    id: 'archive/whiteouts-spare-their-own-archive',
    title: 'a whiteout hides only what is below, never an entry of the same archive, whichever comes first',
    run: async ({ driver }) => {
      await makeLower(driver);
      await apply(driver, [
        { name: 'dir/one', content: 'new one' },
        { name: 'dir/.wh.one' },
        { name: 'dir/.wh.two' },
        { name: 'dir/two', content: 'new two' },
        { name: 'dir/sub/', ...DIRECTORY },
        { name: 'dir/sub/fresh', content: 'f' },
        { name: 'dir/.wh.sub' },
      ]);
      await editLayer(driver, 'layer', (root) => {
        assert.deepEqual([textOf(root, 'dir/one'), textOf(root, 'dir/two')], ['new one', 'new two']);
        assert.deepEqual(readdirSync(join(root, 'dir/sub')), ['fresh']);
      });
    },
  },
  {
    id: 'archive/entries-replace-what-is-below-whatever-it-is',
    title: 'files, directories and links of an archive replace lower ones of another type',
    run: async ({ driver }) => {
      await makeLower(driver);
      await apply(driver, [
        { name: 'top/', ...DIRECTORY },
        { name: 'top/in', content: 'i' },
        { name: 'dir', content: 'now a file' },
        { name: 'other', type: '2', linkname: 'dir' },
      ]);
      await editLayer(driver, 'layer', async (root) => {
        const tree = await snapshotTree(root);
        assert.deepEqual([...tree].map(([path, { type }]) => `${path}:${type}`).slice(1), [
          'dir:file',
          'other:symlink',
          'top:directory',
          'top/in:file',
        ]);
      });
    },
  },
  {
    id: 'archive/parents-that-it-does-not-bring-stay-as-they-are',
    title: 'a lower directory that the archive only writes into keeps its mode, owner, time and attributes',
    run: async (context) => {
      const { driver } = context;
      await makeLower(driver);
      const before = (await snapshotLayer(context, 'base')).get('dir');
      await apply(driver, [{ name: 'dir/sub/new', content: 'n' }, { name: 'dir/.wh.one' }]);
      const after = (await snapshotLayer(context, 'layer')).get('dir');
      const looks = (facts: typeof after) => [facts?.mode, facts?.uid, facts?.gid, facts?.mtime, facts?.xattrs];
      assert.deepEqual(looks(after), looks(before));
      assert.equal(after?.mode, 0o1770);
    },
  },
  {
    id: 'archive/hard-links-reach-lower-files',
    title: 'a hard link in an archive may name a file that only the parent has; both names are then one file',
    run: async (context) => {
      const { driver } = context;
      await makeLower(driver);
      await apply(driver, [{ name: 'linked', type: '1', linkname: 'dir/one' }]);
      const tree = await snapshotLayer(context, 'layer');
      assert.deepEqual(tree.get('linked')?.names, ['dir/one', 'linked']);
      assert.equal(tree.get('linked')?.mode, 0o640);
    },
  },
  {
    id: 'archive/several-archives-add-up',
    title: 'a second archive for the same layer changes what the first one made, its whiteouts included',
    run: async ({ driver }) => {
      await makeLower(driver);
      await apply(driver, SMALL);
      await apply(driver, [{ name: 'dir/.wh.file' }, { name: '.wh.soft' }, { name: 'dir/third', content: '3' }]);
      await editLayer(driver, 'layer', (root) => {
        assert.deepEqual(readdirSync(join(root, 'dir')).sort(), ['hard', 'one', 'sub', 'third', 'two']);
        assert.ok(!isThere(root, 'soft'), 'the second archive did not delete what the first one made');
      });
    },
  },
  {
    id: 'archive/chunks-may-be-of-any-size',
    title: 'an archive that comes in chunks of one byte, or of odd sizes, makes the same layer',
    run: async (context) => {
      const { driver } = context;
      for (const [id, size] of [
        ['whole', 1 << 20],
        ['bytes', 1],
        ['odd', 511],
      ] as const) {
        await driver.create(id);
        assert.deepEqual(await driver.applyDiff(id, streamOf(rawTar(SMALL), size)), { size: 7 });
      }
      const expected = await snapshotLayer(context, 'whole');
      assert.equal(expected.size, 5);
      await assertView(context, 'bytes', expected);
      await assertView(context, 'odd', expected);
    },
  },
  {
    id: 'archive/gzip-is-taken',
    title: 'an archive compressed by gzip, in one member or several, makes the same layer as the plain one',
    covers: ['containers/storage:apply-junk.bats'],
    run: (context) => {
      const archive = rawTar(SMALL);
      const twoMembers = Buffer.concat([gzipSync(archive.subarray(0, 700)), gzipSync(archive.subarray(700))]);
      return assertSameLayer(context, archive, [gzipSync(archive), twoMembers]);
    },
  },
  {
    id: 'archive/zstd-is-taken',
    title: 'an archive compressed by Zstandard, in one frame or several, makes the same layer as the plain one',
    run: async (context) => {
      const archive = rawTar(SMALL);
      const twoFrames = Buffer.concat([zstdFrame(archive.subarray(0, 700)), zstdFrame(archive.subarray(700))]);
      try {
        await assertSameLayer(context, archive, [zstdFrame(archive), twoFrames]);
      } catch (error) {
        if (isStorageError(error, 'PREREQUISITE_MISSING')) context.skip('This host cannot decompress Zstandard.');
        throw error;
      }
    },
  },
  {
    id: 'archive/is-read-to-its-end',
    title: 'an archive is read to the end of its stream, past the end mark, so that whoever sends it is not cut off',
    run: async ({ driver }) => {
      await driver.create('layer');
      let read = 0;
      const counted = (async function* () {
        for await (const chunk of streamOf(Buffer.concat([rawTar(SMALL), Buffer.alloc(300_000)]), 10_240)) {
          yield chunk;
          read += chunk.length;
        }
      })();
      await driver.applyDiff('layer', counted);
      assert.equal(read, rawTar(SMALL).length + 300_000);
    },
  },
  {
    id: 'archive/foreign-notations-are-understood',
    title: 'names that start with `./`, GNU long names, global extended headers and old headers are understood',
    run: async ({ driver }) => {
      const long = `gnu/${'l'.repeat(200)}`;
      await driver.create('layer');
      await driver.applyDiff(
        'layer',
        streamOf(
          rawTar([
            { name: 'pax_global_header', type: 'g', content: '19 comment=nothing\n' },
            { name: './', ...DIRECTORY, mode: 0o711 },
            { name: './gnu/', ...DIRECTORY },
            { name: '././@LongLink', type: 'L', content: `${long}\0` },
            { name: long.slice(0, 100), content: 'long' },
            { name: '././@LongLink', type: 'K', content: `${long}\0` },
            { name: './pointer', type: '2', linkname: long.slice(0, 100) },
            { name: 'old', type: '\0', content: 'old' },
            { name: 'named', content: 'named', pax: { path: 'by-pax', 'LIBARCHIVE.creationtime': '1', mtime: '12.5' } },
          ]),
        ),
      );
      await editLayer(driver, 'layer', async (root) => {
        const tree = await snapshotTree(root);
        assert.deepEqual([...tree.keys()], ['', 'by-pax', 'gnu', long, 'old', 'pointer']);
        assert.deepEqual([tree.get('')?.mode, tree.get('pointer')?.target], [0o711, long]);
      });
    },
  },
  {
    id: 'archive/committed-and-held-layers-take-none',
    title: 'an archive for a committed layer is refused with LAYER_COMMITTED, for a held one with LAYER_IN_USE',
    run: async (context) => {
      const { driver } = context;
      await makeLayer(driver, 'base', (root) => put(root, 'file'));
      await makeWritable(driver, 'layer', undefined, 'base');
      const before = await snapshotLayer(context, 'base');
      await assertRefused(driver.applyDiff('base', streamOf(rawTar(SMALL))), 'LAYER_COMMITTED', 'applyDiff');
      await using mount = await driver.get('layer');
      await assertRefused(driver.applyDiff('layer', streamOf(rawTar(SMALL))), 'LAYER_IN_USE', 'applyDiff');
      assert.ok(!isThere(mount.path, 'dir'), 'a refused archive was unpacked');
      await assertView(context, 'base', before);
    },
  },
  {
    id: 'archive/can-be-aborted',
    title: 'an aborted applyDiff fails with ABORTED and leaves the layer as it was',
    run: async (context) => {
      const { driver } = context;
      await makeLower(driver);
      await editLayer(driver, 'layer', (root) => put(root, 'own'));
      const before = await snapshotLayer(context, 'layer');
      const stop = new AbortController();
      const long = (async function* () {
        yield rawEntry({ name: 'dir/one', content: 'new' });
        for (let index = 0; index < 500; index++) {
          if (index === 20) stop.abort();
          yield rawEntry({ name: `more-${index}`, content: Buffer.alloc(5000) });
        }
        yield Buffer.alloc(1024);
      })();
      await assertRefused(driver.applyDiff('layer', long, { signal: stop.signal }), 'ABORTED', 'an aborted applyDiff');
      await assertView(context, 'layer', before);
    },
  },
];

type Driver = CheckContext['driver'];

/** A committed `base` with files and directories, and an untouched writable `layer` on it. */
async function makeLower(driver: Driver): Promise<void> {
  await makeLayer(driver, 'base', (root) => {
    for (const path of ['top', 'dir/one', 'dir/two', 'dir/sub/three'])
      put(root, path, path, { mode: 0o640, uid: 7, gid: 8 });
    put(root, 'other');
    look(root, 'dir', { mode: 0o1770, uid: 21, gid: 22 });
    writeXattr(join(root, 'dir'), 'trusted.kept', Buffer.from('kept'));
  });
  await driver.create('layer', { parent: 'base' });
}

function apply(driver: Driver, entries: readonly RawEntry[]): Promise<unknown> {
  return driver.applyDiff('layer', streamOf(rawTar(entries)));
}

async function assertSameLayer(context: CheckContext, plain: Buffer, compressed: readonly Buffer[]): Promise<void> {
  const { driver } = context;
  await driver.create('plain');
  await driver.applyDiff('plain', streamOf(plain));
  const expected = await snapshotLayer(context, 'plain');
  for (const [index, archive] of compressed.entries()) {
    await driver.create(`compressed-${index}`);
    assert.deepEqual(await driver.applyDiff(`compressed-${index}`, streamOf(archive, 100)), { size: 7 });
    await assertView(context, `compressed-${index}`, expected);
  }
}
