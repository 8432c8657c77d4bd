import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { isStorageError, STORAGE_ERROR_CODES } from '@graphdriver/core';
import type { Check, CheckContext } from '../check.ts';
import { put } from '../staging/files.ts';
import { assertRefused, changeLines, diffBytes, makeLayer, makeWritable, streamOf } from '../staging/layers.ts';

/** What a driver says no to, how it says it, and that nothing is changed by it. */
export const refusalChecks: readonly Check[] = [
  {
    id: 'refusals/a-missing-layer',
    title: 'every method fails with LAYER_NOT_FOUND for a layer that is not there',
    covers: ['containerd:MetaStore/GetInfoNotExist', 'containerd:MetaStore/GetSnapshotNotExist'],
    async run(context) {
      await context.driver.create('there');
      for (const [what, call] of callsOn(context, 'missing')) await assertRefused(call(), 'LAYER_NOT_FOUND', what);
      assert.equal(await context.driver.exists('missing'), false);
      assert.deepEqual((await context.driver.list()).length, 1);
    },
  },
  {
    id: 'refusals/a-closed-driver',
    title: 'every method of a closed driver fails with CLOSED, and closing it again does nothing',
    covers: ['containerd:checkCloseTwice'],
    async run(context) {
      const { driver } = context;
      await makeLayer(driver, 'layer');
      await driver.close();
      await driver.close();
      await driver[Symbol.asyncDispose]();
      const calls = [
        ...callsOn(context, 'layer'),
        ['create', () => driver.create('new')],
        ['list', () => driver.list()],
      ] as const;
      for (const [what, call] of calls) await assertRefused(call(), 'CLOSED', what);
      await assertRefused(driver.exists('layer'), 'CLOSED', 'exists');
      await assertRefused(driver.status(), 'CLOSED', 'status');
    },
  },
  {
    id: 'refusals/errors-tell-what-and-why',
    title: 'a refusal is a StorageError with one of the known codes and a sentence that names the layer',
    async run({ driver }) {
      const error = await driver.stat('some-missing-layer').catch((caught: unknown) => caught);
      assert.ok(isStorageError(error), `stat failed with ${String(error)}`);
      assert.ok(STORAGE_ERROR_CODES.includes(error.code), `${error.code} is not a known code`);
      assert.ok(error.message.includes('some-missing-layer'), `"${error.message}" does not name the layer`);
      assert.equal(error.name, 'StorageError');
    },
  },
  {
    id: 'refusals/an-aborted-signal',
    title: 'calls that can take long fail with ABORTED on a signal that was aborted before, and change nothing',
    async run({ driver }) {
      await makeLayer(driver, 'base', (root) => put(root, 'file'));
      await makeWritable(driver, 'child', (root) => put(root, 'new'), 'base');
      const archive = await diffBytes(driver, 'base');
      const before = await driver.list();
      const signal = AbortSignal.abort(new Error('no longer wanted'));
      const calls: readonly (readonly [string, () => Promise<unknown>])[] = [
        ['create', () => driver.create('other', { parent: 'base', signal })],
        ['commit', () => driver.commit('child', { signal })],
        ['remove', () => driver.remove('child', { signal })],
        ['get', () => driver.get('child', { signal })],
        ['changes', () => driver.changes('child', { signal })],
        ['applyDiff', () => driver.applyDiff('child', streamOf(archive), { signal })],
        ['diffSize', () => driver.diffSize('child', { signal })],
        ['usage', () => driver.usage('child', { signal })],
        ['reclaimable', () => driver.reclaimable('child', { signal })],
      ];
      for (const [what, call] of calls) await assertRefused(call(), 'ABORTED', what);
      assert.deepEqual(await driver.list(), before);
      assert.deepEqual(await driver.holders('child'), []);
      assert.deepEqual(await changeLines(driver, 'child'), ['A /new']);
    },
  },
  {
    id: 'refusals/a-quota-that-was-not-promised',
    title: 'create with a quota fails with UNSUPPORTED and makes nothing where no quota is promised',
    requires: ({ quota }) => (quota === null ? null : 'The driver promises quota.'),
    covers: ['moby:DriverTestSetQuota'],
    async run({ driver }) {
      await assertRefused(driver.create('layer', { quota: { bytes: 50 * 1024 ** 2 } }), 'UNSUPPORTED', 'create');
      assert.equal(await driver.exists('layer'), false);
    },
  },
  {
    id: 'refusals/a-quota-that-is-none',
    title: 'a quota that is no positive whole number of bytes is a TypeError',
    async run({ driver }) {
      for (const bytes of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
        await assert.rejects(
          async () => driver.create('layer', { quota: { bytes } }),
          TypeError,
          `a quota of ${bytes} bytes`,
        );
      }
      assert.equal(await driver.exists('layer'), false);
    },
  },
  {
    id: 'refusals/a-newer-format',
    title: 'a root that a later release wrote is refused with NEWER_FORMAT when it is opened, and not changed',
    requires: ({ persistent }) => (persistent ? null : 'The driver keeps nothing that could be newer.'),
    async run({ driver, open, skip }) {
      await makeLayer(driver, 'layer');
      await driver.close();
      const format = `${driver.root}/.graphdriver/format.json`;
      if (!existsSync(format)) skip('The driver keeps its format elsewhere.');
      const written: unknown = JSON.parse(readFileSync(format, 'utf8'));
      const newer = JSON.stringify({ ...(written as object), format: 1_000_000 }); // The kit's own file, seen to be there.
      writeFileSync(format, newer);
      await assertRefused(open(), 'NEWER_FORMAT', 'open');
      assert.equal(readFileSync(format, 'utf8'), newer);
      writeFileSync(format, JSON.stringify(written));
      assert.equal((await (await open()).list()).length, 1);
    },
  },
  {
    id: 'refusals/status-and-metadata-are-lines-for-people',
    title: 'status is a list of keys, each there once, with values, and metadata an object of strings',
    covers: ['moby:aufs/Status', 'containers-storage:status.bats', 'containers-storage:metadata.bats'],
    async run({ driver }) {
      await makeLayer(driver, 'base');
      await driver.create('child', { parent: 'base' });
      const status = await driver.status();
      for (const { key, value } of status) assert.deepEqual([typeof key, typeof value], ['string', 'string']);
      assert.equal(new Set(status.map(({ key }) => key)).size, status.length, 'a status key stands twice');
      for (const id of ['base', 'child']) {
        for (const value of Object.values(await driver.metadata(id))) assert.equal(typeof value, 'string');
      }
    },
  },
  {
    id: 'refusals/the-driver-says-who-it-is',
    title: 'a driver has the name of its module and the promises of its probe, and one root has one path',
    covers: ['moby:aufs/NewDriver', 'moby:aufs/String', 'containers-storage:absolute-paths.bats'],
    async run({ driver, subject, capabilities, open, openElsewhere }) {
      assert.equal(driver.name, subject.module.name);
      assert.ok(driver.root.startsWith('/'), `${driver.root} is not absolute`);
      assert.equal((await open()).root, driver.root, 'the same root, opened again, has another path');
      assert.notEqual((await openElsewhere()).root, driver.root, 'another root has the same path');
      assert.deepEqual(driver.capabilities, capabilities, 'the probe promised something else');
    },
  },
];

type Call = readonly [what: string, call: () => Promise<unknown>];

/** Every method that takes the id of an existing layer. */
function callsOn({ driver }: CheckContext, id: string): readonly Call[] {
  return [
    ['stat', () => driver.stat(id)],
    ['commit', () => driver.commit(id)],
    ['remove', () => driver.remove(id)],
    ['get', () => driver.get(id)],
    ['put', () => driver.put(id, { holder: 'somebody' })],
    ['holders', () => driver.holders(id)],
    ['describeMount', () => driver.describeMount(id)],
    ['setLabels', () => driver.setLabels(id, {})],
    ['usage', () => driver.usage(id)],
    ['reclaimable', () => driver.reclaimable(id)],
    ['metadata', () => driver.metadata(id)],
    ['diff', () => diffBytes(driver, id)],
    ['changes', () => driver.changes(id)],
    ['applyDiff', () => driver.applyDiff(id, streamOf(Buffer.alloc(1024)))],
    ['diffSize', () => driver.diffSize(id)],
    ['openLayerFile', () => driver.openLayerFile(id, 'file')],
  ];
}
