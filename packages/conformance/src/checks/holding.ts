import assert from 'node:assert/strict';
import { mountsUnder } from '@graphdriver/host';
import type { Check } from '../check.ts';
import { isThere, put, textOf } from '../staging/files.ts';
import { assertRefused, editLayer, makeLayer, makeWritable, viewing } from '../staging/layers.ts';

/** Get and put: how holders of one layer are counted, named and told. */
export const holdingChecks: readonly Check[] = [
  {
    id: 'holding/put-unmounts',
    title: 'get shows the view at an absolute path, and after put nothing of it is there',
    covers: ['moby:aufs/MountedFalseResponse', 'moby:aufs/MountedTrueResponse', 'moby:aufs/GetWithoutParent'],
    async run({ driver }) {
      await makeWritable(driver, 'layer', (root) => put(root, 'file'));
      const before = mountsUnder(driver.root).length;
      const mount = await driver.get('layer');
      assert.deepEqual([mount.id, mount.readOnly, mount.holder], ['layer', false, null]);
      assert.ok(mount.path.startsWith('/'), `${mount.path} must be absolute`);
      assert.equal(textOf(mount.path, 'file'), 'file');
      await mount.put();
      assert.equal(isThere(mount.path, 'file'), false, 'the view is still to be seen after put');
      assert.equal(mountsUnder(driver.root).length, before);
    },
  },
  {
    id: 'holding/every-get-needs-its-put',
    title: 'a layer that was gotten twice stays mounted until it is given back twice',
    covers: ['containers-storage:mount-layer.bats'],
    async run({ driver }) {
      await makeWritable(driver, 'layer', (root) => put(root, 'file'));
      const [first, second] = [await driver.get('layer'), await driver.get('layer')];
      assert.equal((await driver.holders('layer')).length, 2);
      await first.put();
      assert.equal(textOf(second.path, 'file'), 'file', 'the view went with the first put');
      assert.equal((await driver.holders('layer')).length, 1);
      await second.put();
      assert.equal(isThere(second.path, 'file'), false, 'the view outlived the last put');
      assert.deepEqual(await driver.holders('layer'), []);
    },
  },
  {
    id: 'holding/holders-share-one-mount',
    title: 'all who hold a layer in the same way have the same path, and see at once what one of them writes',
    async run({ driver }) {
      await makeLayer(driver, 'base', (root) => put(root, 'file', 'old'));
      await driver.create('layer', { parent: 'base' });
      await using first = await driver.get('layer');
      await using second = await driver.get('layer');
      await using lease = await driver.get('layer', { holder: 'lease' });
      assert.deepEqual([second.path, lease.path], [first.path, first.path]);
      put(first.path, 'file', 'new');
      assert.equal(textOf(second.path, 'file'), 'new');
    },
  },
  {
    id: 'holding/a-committed-layer-has-many-holders',
    title: 'a committed layer may be held several times, also while its children are',
    requires: ({ readOnlyViews }) => (readOnlyViews ? null : 'The driver does not promise read-only views.'),
    async run({ driver }) {
      await makeLayer(driver, 'base', (root) => put(root, 'file'));
      await driver.create('child', { parent: 'base' });
      const mounts = [await driver.get('base'), await driver.get('child'), await driver.get('base')];
      for (const mount of mounts) assert.equal(textOf(mount.path, 'file'), 'file');
      await mounts[0]?.put();
      for (const mount of mounts.slice(1)) assert.equal(textOf(mount.path, 'file'), 'file');
      for (const mount of mounts.slice(1)) await mount.put();
      assert.deepEqual(await driver.holders('base'), []);
    },
  },
  {
    id: 'holding/putting-twice-is-putting-once',
    title: 'a second put of the same mount does nothing, and takes no hold of anybody else away',
    async run({ driver }) {
      await makeWritable(driver, 'layer', (root) => put(root, 'file'));
      const [first, second] = [await driver.get('layer'), await driver.get('layer')];
      await first.put();
      await first.put();
      await first[Symbol.asyncDispose]();
      assert.equal(textOf(second.path, 'file'), 'file');
      assert.equal((await driver.holders('layer')).length, 1);
      await Promise.all([second.put(), second.put()]);
      assert.deepEqual(await driver.holders('layer'), []);
      await using third = await driver.get('layer');
      await second.put();
      assert.equal(textOf(third.path, 'file'), 'file');
    },
  },
  {
    id: 'holding/disposal-gives-back',
    title: 'leaving the block of an `await using` gives the layer back, also by an exception',
    async run({ driver }) {
      await makeWritable(driver, 'layer', (root) => put(root, 'file'));
      await assert.rejects(async () => {
        await using mount = await driver.get('layer');
        assert.equal(textOf(mount.path, 'file'), 'file');
        throw new RangeError('an end that nobody planned');
      }, RangeError);
      assert.deepEqual(await driver.holders('layer'), []);
      await driver.commit('layer');
    },
  },
  {
    id: 'holding/writes-outlast-the-mount',
    title: 'what is written through one mount is there in the next one, however often it comes and goes',
    covers: ['containers-storage:create-and-mount-volatile-container'],
    async run(context) {
      const { driver } = context;
      await makeLayer(driver, 'base', (root) => put(root, 'base'));
      await driver.create('layer', { parent: 'base' });
      for (let round = 0; round < 5; round++) await editLayer(driver, 'layer', (root) => put(root, `round-${round}`));
      await viewing(context, 'layer', (root) => {
        for (let round = 0; round < 5; round++) assert.equal(textOf(root, `round-${round}`), `round-${round}`);
        assert.equal(textOf(root, 'base'), 'base');
      });
    },
  },
  {
    id: 'holding/holders-tell-who',
    title:
      'holders tells of every hold whether it is a lease and of which name, which process took it, and that it lives',
    async run({ driver }) {
      await driver.create('layer');
      assert.deepEqual(await driver.holders('layer'), []);
      await using _process = await driver.get('layer');
      await using _web = await driver.get('layer', { holder: 'web' });
      await using _backup = await driver.get('layer', { holder: 'backup' });
      const holders = await driver.holders('layer');
      assert.deepEqual(holders.map(({ name }) => name ?? '').sort(), ['', 'backup', 'web']);
      assert.equal(holders.find(({ name }) => name === null)?.pid, process.pid);
      for (const { name, pid, live } of holders) {
        assert.equal(live, true, `the hold of ${name ?? 'this process'}`);
        assert.ok(pid === null || pid === process.pid, `the hold of ${name ?? 'this process'} was taken by ${pid}`);
      }
    },
  },
  {
    id: 'holding/holders-are-those-of-the-layer',
    title: 'holding a layer does not show among the holders of its parent or of its siblings',
    async run({ driver }) {
      await makeLayer(driver, 'base');
      await driver.create('layer', { parent: 'base' });
      await driver.create('sibling', { parent: 'base' });
      await using _mount = await driver.get('layer');
      assert.deepEqual(await driver.holders('base'), []);
      assert.deepEqual(await driver.holders('sibling'), []);
      await driver.commit('sibling');
    },
  },
  {
    id: 'holding/a-lease-is-given-back-by-name',
    title: 'a lease is given back by its name, without the mount that get returned',
    async run({ driver }) {
      await makeWritable(driver, 'layer', (root) => put(root, 'file'));
      const mount = await driver.get('layer', { holder: 'web' });
      assert.equal(mount.holder, 'web');
      await driver.put('layer', { holder: 'web' });
      assert.deepEqual(await driver.holders('layer'), []);
      assert.equal(isThere(mount.path, 'file'), false);
      await mount.put();
      await driver.commit('layer');
    },
  },
  {
    id: 'holding/a-lease-counts',
    title: 'a lease that is taken twice must be given back twice, and no third time',
    async run({ driver }) {
      await makeWritable(driver, 'layer', (root) => put(root, 'file'));
      const { path } = await driver.get('layer', { holder: 'web' });
      await driver.get('layer', { holder: 'web' });
      assert.deepEqual(
        (await driver.holders('layer')).map(({ name }) => name),
        ['web', 'web'],
      );
      await driver.put('layer', { holder: 'web' });
      assert.equal(textOf(path, 'file'), 'file');
      await assertRefused(driver.commit('layer'), 'LAYER_IN_USE', 'commit between the two');
      await driver.put('layer', { holder: 'web' });
      await assertRefused(driver.put('layer', { holder: 'web' }), 'HOLDER_NOT_FOUND', 'a third put');
      await driver.commit('layer');
    },
  },
  {
    id: 'holding/a-name-must-hold-what-it-gives-back',
    title: 'put in a name that does not hold the layer fails with HOLDER_NOT_FOUND and takes nothing away',
    async run({ driver }) {
      await makeWritable(driver, 'layer', (root) => put(root, 'file'));
      await driver.create('other');
      await using mount = await driver.get('layer', { holder: 'web' });
      await using _process = await driver.get('other');
      await assertRefused(driver.put('layer', { holder: 'we' }), 'HOLDER_NOT_FOUND', 'the start of a name');
      await assertRefused(driver.put('layer', { holder: 'Web' }), 'HOLDER_NOT_FOUND', 'another case');
      await assertRefused(driver.put('other', { holder: 'web' }), 'HOLDER_NOT_FOUND', 'the lease of another layer');
      assert.equal(textOf(mount.path, 'file'), 'file');
      assert.equal((await driver.holders('other')).length, 1);
    },
  },
  {
    id: 'holding/leases-and-processes-are-apart',
    title: 'a process that gives back its hold leaves the lease, and the lease leaves the process',
    async run({ driver }) {
      await makeWritable(driver, 'layer', (root) => put(root, 'file'));
      const mount = await driver.get('layer');
      await driver.get('layer', { holder: 'web' });
      await driver.put('layer', { holder: 'web' });
      assert.equal(textOf(mount.path, 'file'), 'file');
      const lease = await driver.get('layer', { holder: 'web' });
      await mount.put();
      assert.equal(textOf(lease.path, 'file'), 'file');
      assert.deepEqual(
        (await driver.holders('layer')).map(({ name }) => name),
        ['web'],
      );
      await lease.put();
    },
  },
];
