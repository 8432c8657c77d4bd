import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { mountsUnder, removeTree } from '@graphdriver/host';
import type { Check, CheckContext } from '../check.ts';
import { countPassings, healed, killedAt, sample } from '../staging/crash.ts';
import { put, textOf } from '../staging/files.ts';
import { makeLayer, makeWritable, viewing } from '../staging/layers.ts';
import { randomOf } from '../staging/random.ts';
import { rawTar } from '../staging/raw-tar.ts';
import { assertRemovable, assertSound, storm, stormedWorker } from '../staging/storm.ts';
import { getThere, needsPersistence } from '../staging/two-processes.ts';

const SLOW = 300_000;

/** System calls that healing may make beyond those of an opening with nothing to heal. */
const HEALING = 12;

/** How far into a storm a process gets at most, in system calls. */
const FAR = 200;

const RUINS = ['half-made', 'half-removed', 'mounted'] as const;

/** What processes leave behind that are killed wherever it happens. */
export const crashedRootChecks: readonly Check[] = [
  {
    id: 'healing/a-commit-that-returned-is-kept',
    title: 'a layer is committed, with its content, when its process is killed as soon as commit has returned',
    requires: needsPersistence,
    issue: 'https://github.com/moby/moby/issues/49784',
    async run(context) {
      for (const id of ['one', 'two', 'three']) {
        const worker = await context.startWorker();
        await worker.call('create', id);
        await worker.call('applyDiff', id, rawTar([{ name: 'file', content: id }]));
        await worker.call('commit', id);
        await worker.kill();
        await healed(context, async (again) => {
          assert.equal((await again.stat(id)).kind, 'committed');
          await viewing({ ...context, driver: again }, id, (root) => assert.equal(textOf(root, 'file'), id));
        });
      }
    },
  },
  {
    id: 'healing/a-first-opening-can-be-killed',
    title:
      'a root whose first opening was killed at any system call can be opened, and used as if nothing had happened',
    requires: needsPersistence,
    timeout: SLOW,
    async run(context) {
      const { root } = context.driver;
      await context.driver.close();
      await removeTree(root);
      const last = await countPassings(context, async () => undefined);
      for (const passing of sample(context, 1, last)) {
        await removeTree(root);
        await killedAt(context, { passing }, async () => undefined);
        await healed(context, async (again) => {
          assert.deepEqual(await again.list(), []);
          await makeLayer(again, 'base', (path) => put(path, 'file'));
          await again.create('child', { parent: 'base' });
          await assertRemovable({ ...context, driver: again }, again);
        });
      }
    },
  },
  {
    id: 'healing/opening-can-be-killed',
    title:
      'killing a process at any system call while it opens a root changes nothing in it, and leaves nothing mounted',
    requires: needsPersistence,
    timeout: SLOW,
    async run(context) {
      const { driver } = context;
      await makeLayer(driver, 'base', (root) => put(root, 'file'));
      await makeWritable(driver, 'layer', (root) => put(root, 'own'), 'base');
      await using mount = await driver.get('layer');
      const [layers, mounts] = [await driver.list(), mountsUnder(driver.root)];
      const last = await countPassings(context, async () => undefined);
      for (const passing of sample(context, 1, last)) {
        await killedAt(context, { passing }, async () => undefined);
        await healed(context, async (again) => assert.deepEqual(await again.list(), layers));
        assert.deepEqual(mountsUnder(driver.root), mounts, `opening that was killed at call ${passing}`);
        assert.equal(textOf(mount.path, 'own'), 'own');
      }
    },
  },
  {
    id: 'healing/healing-can-be-killed',
    title: 'what a killed process left is healed even if the next one is killed while it heals',
    requires: needsPersistence,
    timeout: SLOW,
    async run(context) {
      const { driver } = context;
      await makeLayer(driver, 'base', (root) => put(root, 'file'));
      const idle = await countPassings(context, async () => undefined);
      for (const passing of sample(context, Math.max(1, idle - HEALING), idle + HEALING)) {
        await leaveRuins(context, idle);
        await killedAt(context, { passing }, async () => undefined);
        await healed(context, async (again) => {
          await assertSound({ ...context, driver: again }, again);
          for (const { id } of (await again.list()).toReversed()) if (id !== 'base') await again.remove(id);
          for (const id of RUINS) {
            await makeWritable(again, id, (root) => assert.deepEqual(readdirSync(root), ['file'], id), 'base');
            await again.remove(id);
          }
        });
      }
    },
  },
  {
    id: 'healing/storms-with-crashes-leave-a-sound-root',
    title: 'a root in which one process after another is killed amid random calls is sound whenever it is opened again',
    requires: needsPersistence,
    timeout: SLOW,
    async run(context) {
      const random = randomOf(context.seed);
      const idle = await countPassings(context, async () => undefined);
      for (let round = 0; round < (context.thorough ? 60 : 6); round++) {
        const [passing, seed] = [idle + 1 + random.below(FAR), random.below(2 ** 31)];
        await killedAt(context, { passing }, (worker) => storm(stormedWorker(worker), seed, FAR));
        await healed(context, (again) => assertSound({ ...context, driver: again }, again));
      }
      await assertRemovable(context, context.driver);
      assert.deepEqual(mountsUnder(context.driver.root), []);
    },
  },
];

/** A layer half made, one half removed, and one mounted by a process that is gone. */
async function leaveRuins(context: CheckContext, idle: number): Promise<void> {
  const { driver } = context;
  const [made, removed, mounted] = RUINS;
  await killedAt(context, { passing: idle + 5 }, (worker) => worker.call('create', made, { parent: 'base' }));
  await makeWritable(driver, removed, (root) => put(root, 'own'), 'base');
  await killedAt(context, { passing: idle + 4 }, (worker) => worker.call('remove', removed));
  await makeWritable(driver, mounted, (root) => put(root, 'own'), 'base');
  const worker = await context.startWorker();
  await getThere(worker, mounted, { nodev: true });
  await worker.kill();
}
