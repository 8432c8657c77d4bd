import assert from 'node:assert/strict';
import { setTimeout } from 'node:timers/promises';
import { mountsUnder } from '@graphdriver/host';
import type { Check } from '../check.ts';
import { put, textOf } from '../staging/files.ts';
import { makeLayer, makeWritable } from '../staging/layers.ts';
import { endingOf } from '../staging/refusals.ts';
import { assertRemovable, storm, stormedDriver, stormedWorker } from '../staging/storm.ts';
import { endingThere, getThere, needsSharedRoot } from '../staging/two-processes.ts';

const ROUNDS = 10;

/** Two processes at the same thing at the same time. */
export const processRaceChecks: readonly Check[] = [
  {
    id: 'processes/one-create-wins',
    title: 'of two processes that create the same id at once exactly one succeeds, and the other gets LAYER_EXISTS',
    requires: needsSharedRoot,
    async run({ driver, startWorker }) {
      const worker = await startWorker();
      for (let round = 0; round < ROUNDS; round++) {
        const id = `layer-${round}`;
        const there = endingThere(worker.call('create', id, { labels: { by: 'there' } }));
        const here = endingOf(() => driver.create(id, { labels: { by: 'here' } }));
        const endings = { here: await here, there: await there };
        assert.deepEqual(Object.values(endings).sort(), ['LAYER_EXISTS', 'success'], `round ${round}`);
        assert.equal((await driver.stat(id)).labels['by'], endings.here === 'success' ? 'here' : 'there');
      }
    },
  },
  {
    id: 'processes/one-remove-wins',
    title: 'of two processes that remove a layer at once exactly one succeeds, and the other gets LAYER_NOT_FOUND',
    requires: needsSharedRoot,
    async run({ driver, startWorker }) {
      const worker = await startWorker();
      for (let round = 0; round < ROUNDS; round++) {
        await makeWritable(driver, 'layer', (root) => put(root, 'file'));
        const there = endingThere(worker.call('remove', 'layer'));
        const endings = [await endingOf(() => driver.remove('layer')), await there];
        assert.deepEqual(endings.sort(), ['LAYER_NOT_FOUND', 'success'], `round ${round}`);
      }
      assert.deepEqual(await driver.list(), []);
    },
  },
  {
    id: 'processes/a-parent-goes-or-gets-a-child',
    title:
      'where one process removes a layer while another makes a child of it, one of them is refused and no child loses its parent',
    requires: needsSharedRoot,
    async run({ driver, startWorker }) {
      const worker = await startWorker();
      for (let round = 0; round < ROUNDS; round++) {
        await makeLayer(driver, 'base');
        const created = endingThere(worker.call('create', 'child', { parent: 'base' }));
        await headStart(round);
        const removed = await endingOf(() => driver.remove('base'));
        const endings = { removed, created: await created };
        const childWon = { removed: 'LAYER_IN_USE', created: 'success' };
        const removeWon = { removed: 'success', created: 'PARENT_NOT_FOUND' };
        assert.deepEqual(endings, removed === 'success' ? removeWon : childWon, `round ${round}`);
        if (removed === 'success') continue;
        for (const id of ['child', 'base']) await driver.remove(id);
      }
    },
  },
  {
    id: 'processes/a-layer-is-held-or-removed',
    title: 'where one process gets a layer while another removes it, one of them is refused',
    requires: needsSharedRoot,
    async run({ driver, startWorker }) {
      const worker = await startWorker();
      for (let round = 0; round < ROUNDS; round++) {
        await makeWritable(driver, 'layer', (root) => put(root, 'file'));
        const gotten = getThere(worker, 'layer').catch((error: unknown) => error);
        await headStart(round);
        const removed = await endingOf(() => driver.remove('layer'));
        const path = await gotten;
        if (typeof path !== 'string') {
          assert.equal(removed, 'success', `round ${round}: neither get nor remove went through`);
          continue;
        }
        assert.equal(removed, 'LAYER_IN_USE', `round ${round}`);
        assert.equal(textOf(path, 'file'), 'file');
        await worker.call('release', path);
        await driver.remove('layer');
      }
      assert.deepEqual(mountsUnder(driver.root), []);
    },
  },
  {
    id: 'processes/gets-and-puts-cross',
    title: 'two processes that get and put one layer over and over always see it, and in the end nothing is mounted',
    requires: needsSharedRoot,
    async run({ driver, startWorker }) {
      const worker = await startWorker();
      await makeLayer(driver, 'base', (root) => put(root, 'file'));
      await driver.create('layer', { parent: 'base' });
      const there = async (): Promise<void> => {
        for (let round = 0; round < 2 * ROUNDS; round++) {
          const path = await getThere(worker, 'layer');
          assert.equal(textOf(path, 'file'), 'file');
          await worker.call('release', path);
        }
      };
      const here = async (): Promise<void> => {
        for (let round = 0; round < 2 * ROUNDS; round++) {
          const mount = await driver.get('layer');
          assert.equal(textOf(mount.path, 'file'), 'file');
          await mount.put();
        }
      };
      await Promise.all([there(), here(), here()]);
      assert.deepEqual(await driver.holders('layer'), []);
      assert.deepEqual(mountsUnder(driver.root), []);
    },
  },
  {
    id: 'processes/storms-leave-a-consistent-root',
    title: 'after random calls of two processes on the same few ids the root is as if they had come one after another',
    requires: needsSharedRoot,
    covers: ['moby:aufs/BenchmarkConcurrentAccess'],
    async run(context) {
      const worker = await context.startWorker();
      const calls = context.thorough ? 2000 : 150;
      await Promise.all([
        storm(stormedDriver(context.driver), context.seed, calls),
        storm(stormedWorker(worker), context.seed + 1, calls),
      ]);
      await assertRemovable(context, context.driver);
    },
  },
];

/** Lets the other process begin in some rounds: a call takes about a millisecond to get there. */
async function headStart(round: number): Promise<void> {
  if (round % 4 > 0) await setTimeout(round % 4);
}
