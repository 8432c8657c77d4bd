import assert from 'node:assert/strict';
import type { Driver } from '@graphdriver/core';
import { mountsUnder } from '@graphdriver/host';
import type { Check, CheckContext } from '../check.ts';
import { surviveCrashes } from '../staging/crash.ts';
import { put, textOf } from '../staging/files.ts';
import { changeLines, makeLayer, makeWritable, streamOf, viewing } from '../staging/layers.ts';
import { rawTar } from '../staging/raw-tar.ts';
import { getThere, needsPersistence } from '../staging/two-processes.ts';

const SLOW = 120_000;
const LABELS = { of: 'worker' };

/** What is left of an operation whose process was killed in the middle of it, when the root is opened again. */
export const healingChecks: readonly Check[] = [
  {
    id: 'healing/create-is-whole-or-not-at-all',
    title:
      'a layer whose create was killed at any system call is there as a whole or not at all, and its id can be used',
    requires: needsPersistence,
    covers: ['containers-storage:cleanup-layer.bats'],
    issue: 'https://github.com/moby/moby/issues/45939',
    timeout: SLOW,
    async run(context) {
      await makeLayer(context.driver, 'base', (root) => put(root, 'directory/file', 'of base'));
      await surviveCrashes(context, {
        operate: (worker) => worker.call('create', 'layer', { parent: 'base', labels: LABELS }),
        async verify(again, done, places) {
          await assertListed(again, 'layer', done ? [true] : [true, false]);
          if (await again.exists('layer')) {
            assert.deepEqual((await again.stat('layer')).labels, LABELS);
          } else {
            places.asBefore();
            await again.create('layer', { parent: 'base' });
          }
          await assertText(context, again, 'layer', 'directory/file', 'of base');
          await again.remove('layer');
        },
      });
    },
  },
  {
    id: 'healing/commit-is-whole-or-not-at-all',
    title:
      'a layer whose commit was killed at any system call is committed or writable, with all its content, and usable as either',
    requires: needsPersistence,
    issue: 'https://github.com/containers/storage/issues/1064',
    timeout: SLOW,
    async run(context) {
      await makeLayer(context.driver, 'base', (root) => put(root, 'file', 'of base'));
      await surviveCrashes(context, {
        prepare: (driver) => makeWritable(driver, 'layer', (root) => put(root, 'own'), 'base'),
        operate: (worker) => worker.call('commit', 'layer'),
        async verify(again, done, places) {
          const { kind } = await again.stat('layer');
          // What a driver adds to a layer by committing it goes with the layer.
          if (kind === 'writable') places.asPrepared();
          if (done) assert.equal(kind, 'committed');
          assert.deepEqual(await changeLines(again, 'layer'), ['A /own']);
          if (kind === 'writable') await again.commit('layer');
          await again.create('child', { parent: 'layer' });
          await assertText(context, again, 'child', 'own', 'own');
          for (const id of ['child', 'layer']) await again.remove(id);
        },
      });
    },
  },
  {
    id: 'healing/remove-is-whole-or-not-at-all',
    title:
      'a layer whose remove was killed at any system call is there as a whole or not at all, and its id can be used',
    requires: needsPersistence,
    covers: ['moby:aufs/InitStaleCleanup', 'moby:aufs/CleanupWithDir'],
    issue: 'https://github.com/moby/moby/issues/45939',
    timeout: SLOW,
    async run(context) {
      await makeLayer(context.driver, 'base', (root) => put(root, 'file', 'of base'));
      await surviveCrashes(context, {
        prepare: (driver) => makeWritable(driver, 'layer', (root) => put(root, 'directory/own'), 'base'),
        operate: (worker) => worker.call('remove', 'layer'),
        async verify(again, done, places) {
          await assertListed(again, 'layer', done ? [false] : [true, false]);
          if (await again.exists('layer')) {
            places.asPrepared();
            await assertText(context, again, 'layer', 'directory/own', 'directory/own');
          } else {
            places.asBefore();
            await again.create('layer', { parent: 'base' });
          }
          await assertText(context, again, 'layer', 'file', 'of base');
          await again.remove('layer');
        },
      });
    },
  },
  {
    id: 'healing/holds-go-with-their-process',
    title:
      'a layer whose get or put was killed at any system call is held by nobody and not mounted, and keeps its content',
    requires: needsPersistence,
    timeout: SLOW,
    async run(context) {
      await makeLayer(context.driver, 'base', (root) => put(root, 'file', 'of base'));
      await surviveCrashes(context, {
        prepare: (driver) => makeWritable(driver, 'layer', (root) => put(root, 'own'), 'base'),
        async operate(worker) {
          const path = await getThere(worker, 'layer');
          await worker.call('release', await getThere(worker, 'layer', { nosuid: true }));
          await worker.call('release', path);
        },
        async verify(again, _done, places) {
          places.asPrepared();
          assert.deepEqual(await again.holders('layer'), []);
          assert.deepEqual(mountsUnder(again.root), []);
          assert.deepEqual(await changeLines(again, 'layer'), ['A /own']);
          await assertText(context, again, 'layer', 'file', 'of base');
          await again.commit('layer');
          await again.remove('layer');
        },
      });
    },
  },
  {
    id: 'healing/leases-are-taken-or-not',
    title: 'a lease whose get was killed at any system call is held or not, and where it is held it can be given back',
    requires: needsPersistence,
    timeout: SLOW,
    async run(context) {
      await surviveCrashes(context, {
        prepare: (driver) => makeWritable(driver, 'layer', (root) => put(root, 'own')),
        operate: (worker) => getThere(worker, 'layer', { holder: 'web' }),
        verify: (again, done) => giveLeaseBack(again, done ? [1] : [0, 1]),
      });
    },
  },
  {
    id: 'healing/leases-are-given-back-or-not',
    title: 'a lease whose put was killed at any system call is held and shows the layer, or is given back',
    requires: needsPersistence,
    timeout: SLOW,
    async run(context) {
      await surviveCrashes(context, {
        async prepare(driver) {
          await makeWritable(driver, 'layer', (root) => put(root, 'own'));
          await driver.get('layer', { holder: 'web' });
        },
        operate: (worker) => worker.call('put', 'layer', { holder: 'web' }),
        verify: (again, done) => giveLeaseBack(again, done ? [0] : [0, 1]),
      });
    },
  },
  {
    id: 'healing/archives-are-applied-as-a-whole-or-not-at-all',
    title:
      'a layer whose applyDiff was killed at any system call has all of the archive or nothing of it, and takes it again',
    requires: needsPersistence,
    timeout: SLOW,
    async run(context) {
      await makeLayer(context.driver, 'base', (root) => {
        put(root, 'gone');
        put(root, 'replaced');
      });
      const archive = rawTar([
        { name: '.wh.gone', content: '' },
        { name: 'directory', type: '5' },
        { name: 'directory/new', content: 'new' },
        { name: 'own', content: 'replaced' },
        { name: 'replaced', content: 'replaced' },
      ]);
      const [before, after] = [['A /own'], ['A /directory', 'A /directory/new', 'D /gone', 'A /own', 'C /replaced']];
      await surviveCrashes(context, {
        prepare: (driver) => makeWritable(driver, 'layer', (root) => put(root, 'own'), 'base'),
        operate: (worker) => worker.call('applyDiff', 'layer', archive),
        async verify(again, done, places) {
          const lines = await changeLines(again, 'layer');
          const isApplied = lines.length === after.length;
          if (!isApplied) places.asPrepared();
          assert.deepEqual(lines, isApplied || done ? after : before);
          await assertText(context, again, 'layer', 'own', isApplied ? 'replaced' : 'own');
          await again.applyDiff('layer', streamOf(archive));
          assert.deepEqual(await changeLines(again, 'layer'), after);
          await again.remove('layer');
        },
      });
    },
  },
  {
    id: 'healing/labels-are-old-or-new',
    title: 'a layer whose setLabels was killed at any system call has the old labels or the new ones',
    requires: needsPersistence,
    issue: 'https://github.com/moby/moby/issues/35747',
    timeout: SLOW,
    async run(context) {
      await makeLayer(context.driver, 'base', (root) => put(root, 'file'));
      await surviveCrashes(context, {
        prepare: async (driver) => void (await driver.setLabels('base', { of: 'before', also: 'this' })),
        operate: (worker) => worker.call('setLabels', 'base', LABELS),
        async verify(again, done, places) {
          places.asPrepared();
          const { labels, kind } = await again.stat('base');
          assert.equal(kind, 'committed');
          assert.deepEqual(labels, done || labels['of'] === LABELS.of ? LABELS : { of: 'before', also: 'this' });
        },
      });
    },
  },
];

/** Fails unless list and exists agree on whether there is the layer, and that is one of `allowed`. */
async function assertListed(driver: Driver, id: string, allowed: readonly boolean[]): Promise<void> {
  const exists = await driver.exists(id);
  assert.ok(allowed.includes(exists), `${id} ${exists ? 'exists' : 'does not exist'}`);
  assert.equal(
    (await driver.list()).some((record) => record.id === id),
    exists,
    'list and exists disagree',
  );
}

async function assertText(
  context: CheckContext,
  driver: Driver,
  id: string,
  path: string,
  text: string,
): Promise<void> {
  await viewing({ ...context, driver }, id, (root) => assert.equal(textOf(root, path), text, `${path} in ${id}`));
}

/** Fails unless the lease is held as often as allowed; gives it back, and removes the layer, which then nobody holds. */
async function giveLeaseBack(driver: Driver, allowed: readonly number[]): Promise<void> {
  const holders = await driver.holders('layer');
  assert.ok(allowed.includes(holders.length), `the lease is held ${holders.length} times`);
  for (const { name, live } of holders) {
    assert.deepEqual([name, live], ['web', true]);
    await using mount = await driver.get('layer');
    assert.equal(textOf(mount.path, 'own'), 'own');
  }
  if (holders.length > 0) await driver.put('layer', { holder: 'web' });
  assert.deepEqual(mountsUnder(driver.root), []);
  await driver.remove('layer');
}
