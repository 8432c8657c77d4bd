import assert from 'node:assert/strict';
import { closeSync, existsSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Driver } from '@graphdriver/core';
import { mountsUnder } from '@graphdriver/host';
import type { Check } from '../check.ts';
import { isThere, put, textOf } from '../staging/files.ts';
import { assertRefused, makeLayer, makeWritable, streamOf, viewing } from '../staging/layers.ts';
import { rawTar } from '../staging/raw-tar.ts';

/** What a held layer is safe from, what open files are, and what close gives back. */
export const heldLayerChecks: readonly Check[] = [
  {
    id: 'holding/a-busy-mount-stays',
    title:
      'put fails with LAYER_IN_USE while a file in the mount is open; the layer then stays held and mounted, and put works later',
    covers: ['moby:aufs/RemoveMountedDir'],
    issue: 'https://github.com/moby/moby/issues/22260',
    async run({ driver }) {
      await makeWritable(driver, 'layer', (root) => put(root, 'file'));
      const mount = await driver.get('layer');
      const file = openSync(join(mount.path, 'file'), 'r+');
      try {
        await assertRefused(mount.put(), 'LAYER_IN_USE', 'put with an open file');
        assert.equal((await driver.holders('layer')).length, 1);
        await assertRefused(driver.remove('layer'), 'LAYER_IN_USE', 'remove after the put that failed');
        put(mount.path, 'file', 'written');
        assert.equal(textOf(mount.path, 'file'), 'written');
      } finally {
        closeSync(file);
      }
      await mount.put();
      assert.deepEqual(await driver.holders('layer'), []);
      assert.equal(isThere(mount.path, 'file'), false);
    },
  },
  {
    id: 'holding/a-busy-lease-stays',
    title: 'put of a lease fails with LAYER_IN_USE while a file in the mount is open, and works later',
    async run({ driver }) {
      await makeWritable(driver, 'layer', (root) => put(root, 'file'));
      const { path } = await driver.get('layer', { holder: 'web' });
      const file = openSync(join(path, 'file'), 'r');
      try {
        await assertRefused(driver.put('layer', { holder: 'web' }), 'LAYER_IN_USE', 'put with an open file');
        assert.deepEqual(
          (await driver.holders('layer')).map(({ name }) => name),
          ['web'],
        );
      } finally {
        closeSync(file);
      }
      await driver.put('layer', { holder: 'web' });
      assert.deepEqual(await driver.holders('layer'), []);
    },
  },
  {
    id: 'holding/only-the-last-put-meets-open-files',
    title: 'put works while files are open as long as somebody else holds the layer, whose view stays',
    async run({ driver }) {
      await makeWritable(driver, 'layer', (root) => put(root, 'file'));
      const [first, second] = [await driver.get('layer'), await driver.get('layer')];
      const file = openSync(join(first.path, 'file'), 'r');
      try {
        await first.put();
        assert.equal(textOf(second.path, 'file'), 'file');
      } finally {
        closeSync(file);
      }
      await second.put();
    },
  },
  {
    id: 'holding/detach-takes-busy-mounts-away',
    title: 'put with detach takes a busy mount away at once, and the files that are open in it stay usable',
    covers: ['containers-storage:mount-layer.bats'],
    async run(context) {
      const { driver } = context;
      await makeWritable(driver, 'layer', (root) => put(root, 'file', 'old'));
      const mount = await driver.get('layer');
      const file = openSync(join(mount.path, 'file'), 'r+');
      try {
        await mount.put({ detach: true });
        assert.deepEqual(await driver.holders('layer'), []);
        assert.equal(isThere(mount.path, 'file'), false);
        assert.equal(writeSync(file, 'new'), 3);
      } finally {
        closeSync(file);
      }
      await viewing(context, 'layer', (root) => assert.equal(textOf(root, 'file'), 'new'));
      await driver.get('layer', { holder: 'web' });
      await driver.put('layer', { holder: 'web', detach: true });
      assert.deepEqual(await driver.holders('layer'), []);
    },
  },
  {
    id: 'holding/a-held-layer-does-not-change-its-state',
    title: 'commit, remove and applyDiff of a held layer fail with LAYER_IN_USE and change nothing',
    covers: ['containers-storage:mount-layer.bats'],
    issue: 'https://github.com/moby/moby/issues/9665',
    async run({ driver }) {
      await makeWritable(driver, 'layer', (root) => put(root, 'file'));
      const archive = rawTar([{ name: 'file', content: 'from the archive' }]);
      for (const options of [{}, { holder: 'web' }]) {
        await using mount = await driver.get('layer', options);
        await assertRefused(driver.commit('layer'), 'LAYER_IN_USE', 'commit');
        await assertRefused(driver.remove('layer'), 'LAYER_IN_USE', 'remove');
        await assertRefused(driver.applyDiff('layer', streamOf(archive)), 'LAYER_IN_USE', 'applyDiff');
        assert.equal(textOf(mount.path, 'file'), 'file');
        assert.equal((await driver.stat('layer')).kind, 'writable');
      }
      await driver.applyDiff('layer', streamOf(archive));
      await driver.commit('layer');
      await driver.remove('layer');
    },
  },
  {
    id: 'holding/a-held-layer-can-be-read',
    title: 'diff, changes, usage and stat of a held layer work, and give its content as it is',
    covers: ['containers-storage:changes.bats'],
    async run({ driver }) {
      await makeLayer(driver, 'base', (root) => put(root, 'file'));
      await driver.create('layer', { parent: 'base' });
      await using mount = await driver.get('layer');
      put(mount.path, 'added', 'twelve bytes');
      assert.deepEqual(await driver.changes('layer'), [{ kind: 'add', path: '/added' }]);
      assert.equal(await driver.diffSize('layer'), 12);
      assert.equal((await driver.usage('layer')).apparent >= 12, true);
      await using file = await driver.openLayerFile('layer', '/added');
      assert.equal(file.size, 12);
      assert.equal((await driver.stat('layer')).kind, 'writable');
    },
  },
  {
    id: 'holding/a-held-committed-layer-can-be-a-parent',
    title: 'a committed layer that is held can get children, and cannot be removed',
    requires: ({ readOnlyViews }) => (readOnlyViews ? null : 'The driver does not promise read-only views.'),
    async run(context) {
      const { driver } = context;
      await makeLayer(driver, 'base', (root) => put(root, 'file'));
      await using _mount = await driver.get('base');
      await driver.create('child', { parent: 'base' });
      await viewing(context, 'child', (root) => assert.equal(textOf(root, 'file'), 'file'));
      await driver.remove('child');
      await assertRefused(driver.remove('base'), 'LAYER_IN_USE', 'remove of a held layer');
    },
  },
  {
    id: 'holding/volatile-and-durable-do-not-mix',
    title:
      'a layer that is held volatile is refused with LAYER_IN_USE to whoever wants it without, until it is given back',
    requires: ({ volatile }) => (volatile ? null : 'The driver does not promise volatile mounts.'),
    covers: ['containers-storage:create-and-mount-volatile-container', 'xfstests:overlay/087'],
    async run({ driver }) {
      await makeLayer(driver, 'base');
      await driver.create('layer', { parent: 'base' });
      const careless = await driver.get('layer', { volatile: true });
      await assertRefused(driver.get('layer'), 'LAYER_IN_USE', 'get without volatile');
      assert.equal((await driver.holders('layer')).length, 1);
      put(careless.path, 'file');
      await using again = await driver.get('layer', { volatile: true });
      assert.equal(textOf(again.path, 'file'), 'file');
      await careless.put();
      await again.put();
      await using mount = await driver.get('layer');
      assert.equal(textOf(mount.path, 'file'), 'file');
      await using careful = await driver.get('layer', { volatile: true });
      assert.equal(textOf(careful.path, 'file'), 'file');
    },
  },
  {
    id: 'holding/volatile-is-nothing-without-the-promise',
    title: 'a driver without volatile mounts takes `volatile`, and mixes it with holds that did not ask for it',
    requires: ({ volatile }) => (volatile ? 'The driver promises volatile mounts.' : null),
    async run({ driver }) {
      await driver.create('layer');
      await using careless = await driver.get('layer', { volatile: true });
      await using mount = await driver.get('layer');
      put(careless.path, 'file');
      assert.equal(textOf(mount.path, 'file'), 'file');
    },
  },
  {
    id: 'holding/close-gives-back',
    title:
      'close gives back what was held through this driver, and what is left of its mounts can be put without effect',
    async run({ driver, open }) {
      await makeWritable(driver, 'layer', (root) => put(root, 'file'));
      const mounts = [await driver.get('layer'), await driver.get('layer', { nosuid: true })];
      await driver.close();
      for (const mount of mounts) assert.equal(isThere(mount.path, 'file'), false, 'a view outlived the driver');
      for (const mount of mounts) await mount.put();
      const again = await open();
      assert.deepEqual(await again.holders('layer'), []);
      await again.commit('layer');
    },
  },
  {
    id: 'holding/close-gives-back-nothing-of-others',
    title: 'close leaves what is held through another driver of the same root',
    async run({ driver, open }) {
      await makeWritable(driver, 'layer', (root) => put(root, 'file'));
      const other = await open();
      await driver.get('layer');
      await using mount = await other.get('layer');
      assert.equal((await other.holders('layer')).length, 2);
      await driver.close();
      assert.equal(textOf(mount.path, 'file'), 'file');
      assert.equal((await other.holders('layer')).length, 1);
      await assertRefused(other.commit('layer'), 'LAYER_IN_USE', 'commit of what is still held');
    },
  },
  {
    id: 'holding/leases-outlive-the-driver',
    title: 'a lease is still there, and its layer mounted, when the driver was closed and the root is opened again',
    async run({ driver, open }) {
      await makeWritable(driver, 'layer', (root) => put(root, 'file'));
      const { path } = await driver.get('layer', { holder: 'web' });
      await driver.close();
      const again = await open();
      assert.deepEqual(
        (await again.holders('layer')).map(({ name, live }) => ({ name, live })),
        [{ name: 'web', live: true }],
      );
      assert.equal(textOf(path, 'file'), 'file');
      await assertRefused(again.remove('layer'), 'LAYER_IN_USE', 'remove of a leased layer');
      await again.put('layer', { holder: 'web' });
      assert.equal(isThere(path, 'file'), false);
      await again.remove('layer');
    },
  },
  {
    id: 'holding/open-files-outlast-close',
    title:
      'a driver that is closed while files are open in its mounts leaves nothing that opening the root later does not heal',
    async run({ driver, open }) {
      await makeWritable(driver, 'layer', (root) => put(root, 'file'));
      const { path } = await driver.get('layer');
      const file = openSync(join(path, 'file'), 'r');
      await driver.close().finally(() => closeSync(file));
      const again = await open();
      assert.deepEqual(await again.holders('layer'), []);
      assert.deepEqual(mountsUnder(again.root), []);
      await again.remove('layer');
    },
  },
  {
    id: 'holding/a-name-is-free-again',
    title: 'a layer that is removed takes its holders with it: one of the same id has none',
    async run({ driver }) {
      for (const round of [1, 2]) {
        await makeWritable(driver, 'layer', (root) => put(root, `round-${round}`));
        assert.deepEqual(await driver.holders('layer'), []);
        const mount = await driver.get('layer', { holder: 'web' });
        assert.equal(textOf(mount.path, `round-${round}`), `round-${round}`);
        assert.equal(isThere(mount.path, `round-${round - 1}`), false);
        await mount.put();
        await removeAndLook(driver, mount.path);
      }
    },
  },
];

async function removeAndLook(driver: Driver, path: string): Promise<void> {
  await driver.remove('layer');
  assert.equal(existsSync(path), false, 'the mount point of a removed layer is still there');
}
