import assert from 'node:assert/strict';
import { chmodSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Check } from '../check.ts';
import { snapshotTree } from '../oracle/tree-snapshot.ts';
import { errorCodeOf, isThere, look, makeDirectories, put, textOf } from '../staging/files.ts';
import {
  assertRefused,
  assertView,
  editLayer,
  makeLayer,
  makeWritable,
  snapshotLayer,
  viewing,
} from '../staging/layers.ts';
import { writesTo } from '../staging/writes.ts';

/** What a layer shows, to itself and to those on top of it. */
export const contentBasicChecks: readonly Check[] = [
  {
    id: 'content/modes-and-owners-outlast-the-mount',
    title: 'files written through a mount show again with their exact modes and owners at the next mount',
    covers: ['moby:DriverTestCreateBase'],
    run: async ({ driver }) => {
      await makeWritable(driver, 'base', putBase);
      await editLayer(driver, 'base', assertBase);
    },
  },
  {
    id: 'content/a-child-shows-its-parent',
    title: 'a child shows what its parent shows, with modes and owners, before and after its own commit',
    covers: ['moby:DriverTestCreateSnap', 'containers/storage:DriverTestCreateSnap'],
    run: async (context) => {
      const { driver } = context;
      await makeLayer(driver, 'base', putBase);
      await driver.create('snap', { parent: 'base' });
      await editLayer(driver, 'snap', assertBase);
      await driver.commit('snap');
      await viewing(context, 'snap', assertBase);
    },
  },
  {
    id: 'content/root-metadata-is-inherited',
    title: 'the mode and owner that a layer gives its root directory show in the layers on top of it',
    covers: ['containers/storage:DriverTestCreateSnap', 'containerd:checkRootPermission'],
    run: async ({ driver }) => {
      await makeLayer(driver, 'base', (root) => put(root, 'file'));
      await makeLayer(driver, 'middle', (root) => look(root, '', { mode: 0o1711, uid: 12, gid: 34 }), 'base');
      await makeWritable(driver, 'top', undefined, 'middle');
      await editLayer(driver, 'top', async (root) => {
        const facts = (await snapshotTree(root)).get('');
        assert.deepEqual([facts?.mode, facts?.uid, facts?.gid], [0o1711, 12, 34]);
      });
    },
  },
  {
    id: 'content/a-parent-never-changes-under-its-children',
    title: 'a committed layer shows the same after its children have written, deleted, committed and gone',
    run: async (context) => {
      const { driver } = context;
      await makeLayer(driver, 'base', putManyFiles);
      const before = await snapshotLayer(context, 'base');
      await makeLayer(driver, 'left', (root) => put(root, 'd0/f0', 'left'), 'base');
      await makeWritable(driver, 'right', (root) => rmSync(join(root, 'd1'), { recursive: true }), 'base');
      await editLayer(driver, 'right', (root) => chmodSync(join(root, 'd2'), 0o700));
      await driver.remove('left');
      await assertView(context, 'base', before);
    },
  },
  {
    id: 'content/siblings-do-not-meet',
    title: 'two children of one layer, mounted at once, never see what the other one writes',
    run: async ({ driver }) => {
      await makeLayer(driver, 'base', (root) => put(root, 'shared', 'base'));
      await makeWritable(driver, 'left', undefined, 'base');
      await makeWritable(driver, 'right', undefined, 'base');
      await using left = await driver.get('left');
      await using right = await driver.get('right');
      put(left.path, 'shared', 'left');
      put(left.path, 'only-left');
      put(right.path, 'shared', 'right');
      assert.deepEqual([textOf(left.path, 'shared'), textOf(right.path, 'shared')], ['left', 'right']);
      assert.ok(!isThere(right.path, 'only-left'), 'a file of one sibling shows in the other');
    },
  },
  {
    id: 'content/commit-keeps-the-view',
    title: 'a layer shows after its commit exactly what it showed before',
    run: async (context) => {
      const { driver } = context;
      await makeLayer(driver, 'base', putManyFiles);
      await makeWritable(driver, 'layer', putBase, 'base');
      const before = await snapshotLayer(context, 'layer');
      await driver.commit('layer');
      await assertView(context, 'layer', before);
    },
  },
  {
    id: 'content/deleted-files-stay-deleted',
    title: 'what a layer deletes is gone from every layer on top of it',
    covers: ['containerd:checkDeletedFilesInChildSnapshot'],
    run: async (context) => {
      const { driver } = context;
      await makeLayer(driver, 'base', (root) => {
        for (const name of ['etc/a', 'etc/b', 'var/lib/c', 'var/lib/d', 'e']) put(root, name);
      });
      await makeLayer(driver, 'first', (root) => rmSync(join(root, 'etc/a')), 'base');
      await makeLayer(driver, 'second', (root) => rmSync(join(root, 'var/lib'), { recursive: true }), 'first');
      await makeLayer(driver, 'third', (root) => put(root, 'new'), 'second');
      await viewing(context, 'third', (root) => {
        assert.deepEqual(readdirSync(root).sort(), ['e', 'etc', 'new', 'var']);
        assert.deepEqual(readdirSync(join(root, 'etc')), ['b']);
        assert.deepEqual(readdirSync(join(root, 'var')), []);
        assert.ok(!isThere(root, 'etc/a') && !isThere(root, 'var/lib/c'), 'a deleted file can still be looked up');
      });
    },
  },
  {
    id: 'content/committed-views-refuse-writes',
    title: 'every kind of write into the mount of a committed layer fails with EROFS and changes nothing',
    covers: ['containerd:checkSnapshotterViewReadonly'],
    requires: ({ readOnlyViews }) => (readOnlyViews ? null : 'The driver does not promise read-only views.'),
    run: async (context) => {
      const { driver } = context;
      await makeLayer(driver, 'base', putManyFiles);
      await makeLayer(driver, 'layer', (root) => put(root, 'own'), 'base');
      for (const id of ['base', 'layer']) {
        const before = await snapshotLayer(context, id);
        await using mount = await driver.get(id);
        assert.equal(mount.readOnly, true);
        for (const [what, write] of Object.entries(writesTo(id === 'base' ? 'd0/f0' : 'own'))) {
          assert.equal(
            errorCodeOf(() => write(mount.path)),
            'EROFS',
            `${what} in the committed layer ${id}`,
          );
        }
        await assertView(context, id, before);
      }
    },
  },
  {
    id: 'content/no-read-only-views-without-the-promise',
    title: 'a driver without read-only views refuses to mount a committed layer, and a writable one read-only',
    requires: ({ readOnlyViews }) => (readOnlyViews ? 'The driver promises read-only views.' : null),
    run: async ({ driver }) => {
      await makeLayer(driver, 'base', putBase);
      await makeWritable(driver, 'layer', undefined, 'base');
      await assertRefused(driver.get('base'), 'UNSUPPORTED', 'get of a committed layer');
      await assertRefused(driver.get('layer', { readOnly: true }), 'UNSUPPORTED', 'get with readOnly');
    },
  },
];

/** The directory and the file of moby's first test, with modes that a careless copy loses. */
function putBase(root: string): void {
  makeDirectories(root, 'a subdir', { mode: 0o1705, uid: 1, gid: 2 });
  put(root, 'a file', 'some data', { mode: 0o4222 });
}

async function assertBase(root: string): Promise<void> {
  const tree = await snapshotTree(root);
  const [directory, file] = [tree.get('a subdir'), tree.get('a file')];
  assert.deepEqual([...tree.keys()], ['', 'a file', 'a subdir']);
  assert.deepEqual([directory?.type, directory?.mode, directory?.uid, directory?.gid], ['directory', 0o1705, 1, 2]);
  assert.deepEqual([file?.type, file?.mode, file?.uid, file?.gid, file?.size], ['file', 0o4222, 0, 0, 9]);
}

function putManyFiles(root: string): void {
  for (let index = 0; index < 20; index++) put(root, `d${index % 4}/f${index}`);
}
