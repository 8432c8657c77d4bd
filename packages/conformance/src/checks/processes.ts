import assert from 'node:assert/strict';
import { mountsUnder } from '@graphdriver/host';
import type { Check } from '../check.ts';
import { isThere, put, textOf } from '../staging/files.ts';
import { assertRefused, makeLayer, makeWritable, streamOf, viewing } from '../staging/layers.ts';
import { rawTar } from '../staging/raw-tar.ts';
import { endingThere, getThere, needsPersistence, needsSharedRoot } from '../staging/two-processes.ts';

/** Two processes on one root: books and holds are those of the root, and not of a process. */
export const processChecks: readonly Check[] = [
  {
    id: 'processes/records-are-shared',
    title: 'what one process makes, labels, commits and removes, another one with the same root open sees at once',
    requires: needsSharedRoot,
    covers: ['containers-storage:create-layer.bats', 'containers-storage:TestStoreMultiList'],
    async run({ driver, startWorker }) {
      const worker = await startWorker();
      await worker.call('create', 'there', { labels: { of: 'worker' } });
      assert.deepEqual((await driver.stat('there')).labels, { of: 'worker' });
      await driver.create('here');
      assert.deepEqual(await worker.call('list'), await driver.list());
      await driver.commit('there');
      await worker.call('create', 'child', { parent: 'there' });
      await worker.call('setLabels', 'here', { a: 'b' });
      assert.deepEqual((await driver.stat('here')).labels, { a: 'b' });
      await driver.remove('here');
      assert.equal(await worker.call('exists', 'here'), false);
      assert.deepEqual(
        (await driver.list()).map(({ id, parent }) => [id, parent]),
        [
          ['there', null],
          ['child', 'there'],
        ],
      );
    },
  },
  {
    id: 'processes/refusals-are-shared',
    title: 'an id, a parent and a child of another process count in every refusal',
    requires: needsSharedRoot,
    async run({ driver, startWorker }) {
      const worker = await startWorker();
      await worker.call('create', 'layer');
      await assertRefused(driver.create('layer'), 'LAYER_EXISTS', 'an id that is taken there');
      await assertRefused(
        driver.create('child', { parent: 'layer' }),
        'PARENT_NOT_COMMITTED',
        'a parent still writable there',
      );
      await worker.call('commit', 'layer');
      await assertRefused(driver.commit('layer'), 'LAYER_COMMITTED', 'commit after the one there');
      await worker.call('create', 'child', { parent: 'layer' });
      await assertRefused(driver.remove('layer'), 'LAYER_IN_USE', 'remove of the parent of a child made there');
      await worker.call('remove', 'child');
      await driver.remove('layer');
      assert.equal(await endingThere(worker.call('stat', 'layer')), 'LAYER_NOT_FOUND');
    },
  },
  {
    id: 'processes/content-is-shared',
    title: 'what is written through the mount of one process is seen through that of another one',
    requires: needsSharedRoot,
    async run({ driver, startWorker }) {
      const worker = await startWorker();
      await makeLayer(driver, 'base', (root) => put(root, 'file', 'old'));
      await driver.create('layer', { parent: 'base' });
      const there = await getThere(worker, 'layer');
      await using here = await driver.get('layer');
      assert.equal(here.path, there, 'two holders of the same kind have one mount');
      put(there, 'file', 'new');
      assert.equal(textOf(here.path, 'file'), 'new');
      const { content } = (await worker.call('openLayerFile', 'layer', '/file')) as { content: Buffer }; // As worker.ts answers.
      assert.equal(content.toString(), 'new');
      await worker.call('release', there);
    },
  },
  {
    id: 'processes/holds-are-counted-across',
    title: 'a layer stays mounted until the last process has given it back, whoever mounted it',
    requires: needsSharedRoot,
    covers: ['containers-storage:mount-layer.bats'],
    async run({ driver, startWorker }) {
      await makeWritable(driver, 'layer', (root) => put(root, 'file'));
      const [one, two] = await Promise.all([startWorker(), startWorker()]);
      const path = await getThere(one, 'layer');
      const mount = await driver.get('layer');
      await getThere(two, 'layer');
      assert.deepEqual(await pidsOf(driver.holders('layer')), sorted([one.pid, process.pid, two.pid]));
      await one.call('release', path);
      assert.equal(textOf(mount.path, 'file'), 'file', 'the first process took the mount with it');
      await mount.put();
      assert.equal(textOf(path, 'file'), 'file', 'the second process took the mount with it');
      assert.deepEqual(await pidsOf(driver.holders('layer')), [two.pid]);
      await two.call('release', path);
      assert.equal(isThere(path, 'file'), false);
      assert.deepEqual(await driver.holders('layer'), []);
    },
  },
  {
    id: 'processes/what-is-held-there-is-safe-here',
    title: 'commit, remove and applyDiff of a layer that another process holds fail with LAYER_IN_USE',
    requires: needsSharedRoot,
    issue: 'https://github.com/moby/moby/issues/27381',
    async run({ driver, startWorker }) {
      await makeWritable(driver, 'layer', (root) => put(root, 'file'));
      const worker = await startWorker();
      const path = await getThere(worker, 'layer');
      const archive = rawTar([{ name: 'file', content: 'from the archive' }]);
      await assertRefused(driver.commit('layer'), 'LAYER_IN_USE', 'commit');
      await assertRefused(driver.remove('layer'), 'LAYER_IN_USE', 'remove');
      await assertRefused(driver.applyDiff('layer', streamOf(archive)), 'LAYER_IN_USE', 'applyDiff');
      assert.equal(textOf(path, 'file'), 'file');
      await worker.call('release', path);
      await driver.commit('layer');
    },
  },
  {
    id: 'processes/leases-belong-to-nobody',
    title: 'a lease that one process took is given back by another one, in both directions',
    requires: needsSharedRoot,
    async run({ driver, startWorker }) {
      await makeWritable(driver, 'layer', (root) => put(root, 'file'));
      const worker = await startWorker();
      const path = await getThere(worker, 'layer', { holder: 'there' });
      await driver.put('layer', { holder: 'there' });
      assert.equal(isThere(path, 'file'), false);
      assert.equal(await endingThere(worker.call('put', 'layer', { holder: 'there' })), 'HOLDER_NOT_FOUND');
      const mount = await driver.get('layer', { holder: 'here' });
      await worker.call('put', 'layer', { holder: 'here' });
      assert.equal(isThere(mount.path, 'file'), false);
      assert.deepEqual(await worker.call('holders', 'layer'), []);
      await mount.put();
    },
  },
  {
    id: 'processes/ending-gives-back',
    title: 'a process that closes its driver gives back what it held, and leaves its leases and what others hold',
    requires: needsPersistence,
    async run({ driver, startWorker }) {
      await makeWritable(driver, 'layer', (root) => put(root, 'file'));
      await driver.create('other');
      const worker = await startWorker();
      const path = await getThere(worker, 'layer', { holder: 'lease' });
      await getThere(worker, 'layer');
      await getThere(worker, 'other');
      await using mount = await driver.get('layer');
      await worker.end();
      assert.deepEqual(await driver.holders('other'), []);
      assert.deepEqual((await driver.holders('layer')).map(({ name }) => name ?? '').sort(), ['', 'lease']);
      await mount.put();
      assert.equal(textOf(path, 'file'), 'file', 'the lease went with its process');
      await driver.put('layer', { holder: 'lease' });
      assert.deepEqual(mountsUnder(driver.root), []);
    },
  },
  {
    id: 'processes/layers-outlive-their-process',
    title: 'layers that another process made and wrote are all there when it has ended',
    requires: needsPersistence,
    covers: ['moby:TestStoreRestore', 'containers-storage:TestStore'],
    issue: 'https://github.com/containerd/stargz-snapshotter/issues/2126',
    async run(context) {
      const { driver, startWorker, open } = context;
      const worker = await startWorker();
      await worker.call('create', 'base');
      await worker.call('applyDiff', 'base', rawTar([{ name: 'file', content: 'from there' }]));
      await worker.call('commit', 'base');
      await worker.call('create', 'layer', { parent: 'base', labels: { a: 'b' } });
      const there = await worker.call('list');
      await worker.end();
      assert.deepEqual(await driver.list(), there);
      assert.deepEqual(await (await open()).list(), there);
      await viewing(context, 'layer', (root) => assert.equal(textOf(root, 'file'), 'from there'));
    },
  },
];

async function pidsOf(
  holders: Promise<readonly { readonly pid: number | null }[]>,
): Promise<readonly (number | null)[]> {
  return sorted((await holders).map(({ pid }) => pid));
}

function sorted(pids: readonly (number | null)[]): readonly (number | null)[] {
  return [...pids].sort((a, b) => (a ?? 0) - (b ?? 0));
}
