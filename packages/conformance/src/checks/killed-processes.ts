import assert from 'node:assert/strict';
import { mountsUnder } from '@graphdriver/host';
import type { Check, CheckContext, Worker } from '../check.ts';
import { isThere, put, textOf } from '../staging/files.ts';
import { assertRefused, changeLines, makeWritable, streamOf } from '../staging/layers.ts';
import { rawTar } from '../staging/raw-tar.ts';
import { getThere, needsPersistence, needsSharedRoot } from '../staging/two-processes.ts';

/** What a process leaves behind that was killed while it held layers. */
export const killedProcessChecks: readonly Check[] = [
  {
    id: 'processes/holds-of-the-killed-show-as-not-live',
    title: 'the hold of a killed process shows with its pid and as not live, or not at all, beside those of the living',
    requires: needsSharedRoot,
    async run(context) {
      const { driver } = context;
      await makeWritable(driver, 'layer', (root) => put(root, 'file'));
      await using mount = await driver.get('layer');
      const { pid } = await killHolder(context, 'layer');
      const holders = await driver.holders('layer');
      assert.equal(holders.find((holder) => holder.pid === process.pid)?.live, true);
      for (const holder of holders.filter((other) => other.pid !== process.pid)) {
        assert.deepEqual(holder, { name: null, pid, live: false });
      }
      assert.equal(textOf(mount.path, 'file'), 'file');
    },
  },
  {
    id: 'processes/the-killed-do-not-stop-commit',
    title: 'commit finds and releases the hold of a killed process',
    requires: needsSharedRoot,
    async run(context) {
      const { driver } = context;
      await makeWritable(driver, 'layer', (root) => put(root, 'file'));
      await killHolder(context, 'layer');
      assert.equal((await driver.commit('layer')).kind, 'committed');
      assert.deepEqual(await driver.holders('layer'), []);
      assert.deepEqual(mountsUnder(driver.root), []);
    },
  },
  {
    id: 'processes/the-killed-do-not-stop-remove',
    title: 'remove finds and releases the hold of a killed process',
    requires: needsSharedRoot,
    issue: 'https://github.com/moby/moby/issues/34652',
    async run(context) {
      const { driver } = context;
      await makeWritable(driver, 'layer', (root) => put(root, 'file'));
      await killHolder(context, 'layer', { nosuid: true });
      await driver.remove('layer');
      assert.deepEqual(await driver.list(), []);
      assert.deepEqual(mountsUnder(driver.root), []);
      await driver.create('layer');
    },
  },
  {
    id: 'processes/the-killed-do-not-stop-apply-diff',
    title: 'applyDiff finds and releases the hold of a killed process',
    requires: needsSharedRoot,
    async run(context) {
      const { driver } = context;
      await makeWritable(driver, 'layer', (root) => put(root, 'file'));
      await killHolder(context, 'layer');
      await driver.applyDiff('layer', streamOf(rawTar([{ name: 'applied' }])));
      assert.deepEqual(await changeLines(driver, 'layer'), ['A /applied', 'A /file']);
      assert.deepEqual(mountsUnder(driver.root), []);
    },
  },
  {
    id: 'processes/the-killed-do-not-stop-get',
    title: 'a layer that a killed process held is gotten again, in the same way and in another, and given back',
    requires: needsSharedRoot,
    async run(context) {
      const { driver, capabilities } = context;
      await makeWritable(driver, 'layer', (root) => put(root, 'file'));
      for (const options of [{}, { nodev: true }, ...(capabilities.volatile ? [{ volatile: true }] : [])]) {
        await killHolder(context, 'layer', options);
        const mount = await driver.get('layer');
        put(mount.path, 'file', 'written');
        assert.equal(textOf(mount.path, 'file'), 'written');
        await mount.put();
        assert.equal(isThere(mount.path, 'file'), false);
        assert.deepEqual(mountsUnder(driver.root), []);
      }
      await driver.commit('layer');
    },
  },
  {
    id: 'processes/opening-releases-the-killed',
    title: 'opening the root releases what killed processes held, and unmounts it',
    requires: needsPersistence,
    async run(context) {
      const { driver, open } = context;
      for (const id of ['one', 'two']) {
        await makeWritable(driver, id, (root) => put(root, 'file'));
        await killHolder(context, id);
      }
      await killHolder(context, 'two', { noexec: true });
      const again = await open();
      assert.deepEqual(mountsUnder(again.root), []);
      for (const id of ['one', 'two']) assert.deepEqual(await again.holders(id), [], id);
      for (const id of ['one', 'two']) await driver.commit(id);
    },
  },
  {
    id: 'processes/leases-outlive-the-killed',
    title: 'a lease that a killed process took is live, keeps the layer mounted and held, and is given back by name',
    requires: needsPersistence,
    async run(context) {
      const { driver, open } = context;
      await makeWritable(driver, 'layer', (root) => put(root, 'file'));
      const { path } = await killHolder(context, 'layer', { holder: 'web' });
      const again = await open();
      assert.deepEqual(
        (await again.holders('layer')).map(({ name, live }) => ({ name, live })),
        [{ name: 'web', live: true }],
      );
      assert.equal(textOf(path, 'file'), 'file');
      await assertRefused(again.commit('layer'), 'LAYER_IN_USE', 'commit of a leased layer');
      await driver.put('layer', { holder: 'web' });
      assert.equal(isThere(path, 'file'), false);
      await again.remove('layer');
    },
  },
  {
    id: 'processes/the-living-keep-what-they-share-with-the-killed',
    title: 'releasing the hold of a killed process takes no mount from a living one that shares it',
    requires: needsSharedRoot,
    async run(context) {
      const { driver, open } = context;
      await makeWritable(driver, 'layer', (root) => put(root, 'file'));
      const worker = await context.startWorker();
      await getThere(worker, 'layer');
      await using plain = await driver.get('layer');
      await using bare = await driver.get('layer', { nosuid: true });
      await getThere(worker, 'layer', { nosuid: true });
      await worker.kill();
      await open();
      for (const { path } of [plain, bare]) assert.equal(textOf(path, 'file'), 'file');
      await assertRefused(driver.commit('layer'), 'LAYER_IN_USE', 'commit of what the living hold');
      await plain.put();
      assert.equal(textOf(bare.path, 'file'), 'file');
      await bare.put();
      assert.deepEqual(mountsUnder(driver.root), []);
    },
  },
];

/** Starts a process that gets a layer, and kills it. */
async function killHolder(
  context: CheckContext,
  id: string,
  options: object = {},
): Promise<{ readonly pid: number; readonly path: string }> {
  const worker: Worker = await context.startWorker();
  const path = await getThere(worker, id, options);
  await worker.kill();
  return { pid: worker.pid, path };
}
