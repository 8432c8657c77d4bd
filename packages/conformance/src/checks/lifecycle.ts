import assert from 'node:assert/strict';
import { lstatSync, readdirSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isStorageError } from '@graphdriver/core';
import type { Check } from '../check.ts';
import { put } from '../staging/files.ts';
import {
  assertRefused,
  changeLines,
  diffBytes,
  editLayer,
  makeLayer,
  makeWritable,
  streamOf,
} from '../staging/layers.ts';

/** Create, commit and remove: what is allowed when, and what is there afterwards. */
export const lifecycleChecks: readonly Check[] = [
  {
    id: 'lifecycle/a-new-layer-is-empty',
    title: 'a layer without a parent is an empty directory, 0755 and owned by 0:0',
    covers: ['moby:DriverTestCreateEmpty', 'moby:aufs/CreateNewDir', 'containerd:checkRootPermission'],
    async run({ driver }) {
      await driver.create('layer');
      await using mount = await driver.get('layer');
      const { mode, uid, gid } = lstatSync(mount.path);
      assert.equal((mode & 0o7777).toString(8), '755', 'the mode of the root directory');
      assert.deepEqual([uid, gid], [0, 0], 'the owner of the root directory');
      assert.deepEqual(readdirSync(mount.path), []);
    },
  },
  {
    id: 'lifecycle/the-umask-does-not-show',
    title: 'the umask of the process that makes a layer does not show in it',
    async run({ driver }) {
      const before = process.umask(0o077);
      try {
        await driver.create('layer');
      } finally {
        process.umask(before);
      }
      await using mount = await driver.get('layer');
      assert.equal((lstatSync(mount.path).mode & 0o7777).toString(8), '755');
    },
  },
  {
    id: 'lifecycle/create-write-commit-child',
    title:
      'a layer goes from create through writing and commit to being a parent, and its child shows what was written',
    covers: ['containerd:checkSnapshotterBasic', 'containers-storage:create-layer.bats'],
    async run({ driver }) {
      await makeLayer(driver, 'base', (root) => put(root, 'file', 'from the base'));
      await makeWritable(driver, 'child', (root) => put(root, 'other', 'from the child'), 'base');
      await using mount = await driver.get('child');
      assert.deepEqual(readdirSync(mount.path).sort(), ['file', 'other']);
      assert.deepEqual(await changeLines(driver, 'child'), ['A /other']);
    },
  },
  {
    id: 'lifecycle/an-id-is-taken-once',
    title:
      'create with the id of a layer fails with LAYER_EXISTS and changes nothing, whether it is writable or committed',
    covers: [
      'containerd:checkPrepareViewFailing',
      'containerd:MetaStore/CreateActiveExist',
      'containerd:MetaStore/CommitExist',
    ],
    async run({ driver }) {
      await makeLayer(driver, 'committed', (root) => put(root, 'file', 'kept'));
      await makeWritable(driver, 'writable', (root) => put(root, 'file', 'kept'));
      const before = await driver.list();
      for (const id of ['committed', 'writable']) {
        await assertRefused(driver.create(id), 'LAYER_EXISTS', `create of ${id}`);
        await assertRefused(
          driver.create(id, { parent: 'committed' }),
          'LAYER_EXISTS',
          `create of ${id} with a parent`,
        );
        assert.deepEqual(await changeLines(driver, id, { base: null }), ['A /file']);
      }
      assert.deepEqual(await driver.list(), before);
    },
  },
  {
    id: 'lifecycle/a-parent-must-exist',
    title: 'create on a parent that is not there fails with PARENT_NOT_FOUND and makes nothing',
    covers: ['moby:aufs/CreateWithInvalidParent', 'containerd:MetaStore/CreateActiveNotExist'],
    async run({ driver }) {
      await assertRefused(driver.create('child', { parent: 'missing' }), 'PARENT_NOT_FOUND', 'create');
      await assertRefused(driver.create('own', { parent: 'own' }), ['PARENT_NOT_FOUND'], 'create on itself');
      assert.deepEqual(await driver.list(), []);
      await driver.create('child');
    },
  },
  {
    id: 'lifecycle/a-parent-must-be-committed',
    title: 'create on a writable parent fails with PARENT_NOT_COMMITTED and makes nothing',
    covers: ['containerd:MetaStore/CreateActiveFromActive'],
    async run({ driver }) {
      await driver.create('base');
      await assertRefused(driver.create('child', { parent: 'base' }), 'PARENT_NOT_COMMITTED', 'create');
      assert.equal(await driver.exists('child'), false);
      await driver.commit('base');
      await driver.create('child', { parent: 'base' });
    },
  },
  {
    id: 'lifecycle/commit-happens-once',
    title: 'committing a committed layer fails with LAYER_COMMITTED, and a missing one with LAYER_NOT_FOUND',
    covers: ['containerd:MetaStore/CommitCommitted', 'containerd:MetaStore/CommitNotExist'],
    async run({ driver }) {
      await makeLayer(driver, 'layer');
      await assertRefused(driver.commit('layer'), 'LAYER_COMMITTED', 'commit again');
      await assertRefused(driver.commit('missing'), 'LAYER_NOT_FOUND', 'commit of a missing layer');
    },
  },
  {
    id: 'lifecycle/committed-never-changes-again',
    title: 'applyDiff to a committed layer fails with LAYER_COMMITTED, and new labels leave its content as it was',
    async run({ driver }) {
      await makeLayer(driver, 'layer', (root) => put(root, 'file', 'final'));
      const archive = await diffBytes(driver, 'layer');
      await makeLayer(driver, 'other', (root) => put(root, 'file', 'another'));
      const change = await diffBytes(driver, 'other');
      await assertRefused(driver.applyDiff('layer', streamOf(change)), 'LAYER_COMMITTED', 'applyDiff');
      await driver.setLabels('layer', { still: 'content is the same' });
      assert.deepEqual(await diffBytes(driver, 'layer'), archive);
    },
  },
  {
    id: 'lifecycle/a-child-does-not-change-its-parent',
    title: 'whatever is written to and deleted in a child, the parent stays as it was',
    covers: ['containers-storage:create-layer.bats'],
    async run({ driver }) {
      await makeLayer(driver, 'base', (root) => {
        put(root, 'changed', 'base');
        put(root, 'deleted', 'base');
      });
      const before = await diffBytes(driver, 'base');
      await makeWritable(
        driver,
        'child',
        (root) => {
          writeFileSync(join(root, 'changed'), 'child');
          unlinkSync(join(root, 'deleted'));
        },
        'base',
      );
      await driver.commit('child');
      assert.deepEqual(await diffBytes(driver, 'base'), before);
    },
  },
  {
    id: 'lifecycle/remove-takes-all-away',
    title: 'after remove there is no layer of this id, and a new one of the same id starts empty',
    covers: ['containerd:checkRemove', 'moby:aufs/RemoveImage', 'containers-storage:delete-layer.bats'],
    async run({ driver }) {
      await makeWritable(driver, 'layer', (root) => put(root, 'dir/file', 'old'));
      await driver.remove('layer');
      assert.equal(await driver.exists('layer'), false);
      assert.deepEqual(await driver.list(), []);
      await assertRefused(driver.stat('layer'), 'LAYER_NOT_FOUND', 'stat');
      await driver.create('layer');
      assert.deepEqual(await changeLines(driver, 'layer'), []);
    },
  },
  {
    id: 'lifecycle/remove-of-nothing-is-an-error',
    title: 'removing a layer that is not there fails with LAYER_NOT_FOUND, also the second time',
    covers: ['containerd:MetaStore/RemoveNotExist'],
    async run({ driver }) {
      await assertRefused(driver.remove('missing'), 'LAYER_NOT_FOUND', 'remove of what never was');
      await driver.create('layer');
      await driver.remove('layer');
      await assertRefused(driver.remove('layer'), 'LAYER_NOT_FOUND', 'remove again');
    },
  },
  {
    id: 'lifecycle/a-committed-layer-can-be-removed',
    title: 'a committed layer without children can be removed, and its parent after it',
    issue: 'https://github.com/moby/moby/issues/24309',
    covers: ['containerd:issues.go RemoveAfterCommit'],
    async run({ driver }) {
      await makeLayer(driver, 'base', (root) => put(root, 'file', 'base'));
      await makeLayer(driver, 'child', (root) => put(root, 'file', 'child'), 'base');
      await driver.remove('child');
      await driver.remove('base');
      assert.deepEqual(await driver.list(), []);
    },
  },
  {
    id: 'lifecycle/parents-outlive-children',
    title: 'removing a layer with children fails with LAYER_IN_USE, writable and committed ones, and harms neither',
    covers: [
      'containerd:checkRemoveIntermediateSnapshot',
      'containerd:MetaStore/RemoveWithChildren',
      'containers-storage:delete-layer.bats',
    ],
    async run({ driver }) {
      await makeLayer(driver, 'base', (root) => put(root, 'file', 'base'));
      await makeLayer(driver, 'middle', (root) => put(root, 'file', 'middle'), 'base');
      await driver.create('top', { parent: 'middle' });
      await assertRefused(driver.remove('base'), 'LAYER_IN_USE', 'remove under a committed child');
      await assertRefused(driver.remove('middle'), 'LAYER_IN_USE', 'remove under a writable child');
      assert.deepEqual(await changeLines(driver, 'top', { base: null }), ['A /file']);
      for (const id of ['top', 'middle', 'base']) await driver.remove(id);
    },
  },
  {
    id: 'lifecycle/list-backwards-removes-everything',
    title: 'removing all layers in the reverse order of list works',
    async run({ driver }) {
      await makeLayer(driver, 'z-base');
      for (const id of ['b', 'a']) await makeLayer(driver, id, undefined, 'z-base');
      await driver.create('0', { parent: 'a' });
      await driver.create('1', { parent: 'b' });
      for (const { id } of (await driver.list()).toReversed()) await driver.remove(id);
      assert.deepEqual(await driver.list(), []);
    },
  },
  {
    id: 'lifecycle/a-failed-create-leaves-no-child-behind',
    title: 'a parent can be removed after a create on top of it was refused',
    async run({ driver }) {
      await makeLayer(driver, 'base');
      await makeLayer(driver, 'taken');
      await assertRefused(driver.create('taken', { parent: 'base' }), 'LAYER_EXISTS', 'create');
      await assertRefused(driver.create('late', { parent: 'base', signal: AbortSignal.abort() }), 'ABORTED', 'create');
      await driver.remove('base');
    },
  },
  {
    id: 'lifecycle/the-depth-has-its-limit',
    title:
      'a chain longer than maxDepth is refused with DEPTH_EXCEEDED when its layer is made, or the one beneath is committed, and not when it is mounted',
    issue: 'https://github.com/moby/moby/issues/26380',
    requires: ({ maxDepth }) => (maxDepth === null ? 'The driver has no limit of its own.' : null),
    timeout: 300_000,
    async run({ driver, capabilities, skip }) {
      const limit = capabilities.maxDepth ?? 0;
      if (limit > 1000) skip(`A chain of ${limit} layers takes too long to make.`);
      await makeLayer(driver, 'l1', (root) => put(root, 'bottom', 'seen'));
      for (let depth = 2; depth < limit; depth += 1) await makeLayer(driver, `l${depth}`, undefined, `l${depth - 1}`);
      await driver.create('last', { parent: `l${limit - 1}` });
      await editLayer(driver, 'last', (root) => assert.deepEqual(readdirSync(root), ['bottom']));
      const refusal = await driver.commit('last').then(
        () => null,
        (error: unknown) => error,
      );
      if (refusal === null) {
        await assertRefused(driver.create('beyond', { parent: 'last' }), 'DEPTH_EXCEEDED', 'create');
        assert.equal(await driver.exists('beyond'), false);
      } else {
        assert.ok(isStorageError(refusal, 'DEPTH_EXCEEDED'), `commit failed with ${String(refusal)}`);
        await editLayer(driver, 'last', (root) => put(root, 'own', 'still writable'));
      }
    },
  },
];
