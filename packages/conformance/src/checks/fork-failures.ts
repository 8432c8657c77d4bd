import assert from 'node:assert/strict';
import type { Driver } from '@graphdriver/core';
import type { Check, CheckContext } from '../check.ts';
import { compareForks } from '../oracle/compare-forks.ts';
import { surviveCrashes } from '../staging/crash.ts';
import { surviveFailures } from '../staging/failure.ts';
import { put } from '../staging/files.ts';
import { changeLines, makeLayer, makeWritable } from '../staging/layers.ts';
import { needsPersistence } from '../staging/two-processes.ts';
import { needsForks } from './forks.ts';

const SLOW = 120_000;
const CHANGES = ['A /directory', 'A /directory/own', 'C /file'];

/** Forks that fail, that are cut short, and that nobody thought of. */
export const forkFailureChecks: readonly Check[] = [
  {
    id: 'forks/leave-nothing-when-they-fail',
    title: 'a fork whose system calls fail leaves no layer and nothing else behind, and works afterwards',
    requires: needsForks,
    async run(context) {
      const { driver } = context;
      await makeSource(driver);
      const before = await driver.list();
      await surviveFailures(context, {
        act: () => driver.create('fork', { forkOf: 'source' }),
        async unchanged() {
          assert.deepEqual(await driver.list(), before);
          assert.deepEqual(await changeLines(driver, 'source'), CHANGES);
        },
        async changed() {
          for (const id of ['fork', 'source']) assert.deepEqual(await changeLines(driver, id), CHANGES, id);
          await driver.remove('fork');
        },
      });
    },
  },
  {
    id: 'forks/are-whole-or-not-at-all',
    title:
      'a fork that was killed at any system call is there as a whole or not at all, its id can be used, and its source is as it was',
    requires: (capabilities) => needsForks(capabilities) ?? needsPersistence(capabilities),
    timeout: SLOW,
    async run(context) {
      await makeSource(context.driver);
      await surviveCrashes(context, {
        operate: (worker) => worker.call('create', 'fork', { forkOf: 'source' }),
        async verify(again, done, places) {
          const exists = await again.exists('fork');
          if (done) assert.ok(exists, 'the fork that was made is gone');
          if (!exists) {
            places.asBefore();
            await again.create('fork', { forkOf: 'source' });
          }
          for (const id of ['fork', 'source']) assert.deepEqual(await changeLines(again, id), CHANGES, id);
          await again.remove('fork');
        },
      });
    },
  },
  {
    id: 'forks/equal-plain-directories',
    title:
      'after random changes, forks, and other changes to both, layers and their archives are those of plain directories',
    requires: needsForks,
    timeout: SLOW,
    run: (context: CheckContext) => compareForks(context),
  },
];

/** The writable layer `source` on a committed one. */
async function makeSource(driver: Driver): Promise<void> {
  await makeLayer(driver, 'base', (root) => put(root, 'file', 'of base'));
  const edit = (root: string): void => {
    put(root, 'directory/own');
    put(root, 'file', 'changed');
  };
  await makeWritable(driver, 'source', edit, 'base');
}
