import assert from 'node:assert/strict';
import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import type { LayerRecord } from '@graphdriver/core';
import { fileClock } from '@graphdriver/host';
import type { Check } from '../check.ts';
import { put } from '../staging/files.ts';
import { diffBytes, editLayer, makeLayer } from '../staging/layers.ts';

const RFC_3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** Clocks that stamp files run up to a timer's tick behind the one that programs read. */
const TICK = 10;

/** What the books say of layers. */
export const recordChecks: readonly Check[] = [
  {
    id: 'records/a-new-root-has-no-layers',
    title: 'a new root has no layers, and no layer of any id exists',
    covers: ['containerd:MetaStore/GetInfoEmptyDB', 'containerd:MetaStore/GetSnapshotEmptyDB'],
    async run({ driver }) {
      assert.deepEqual(await driver.list(), []);
      assert.equal(await driver.exists('layer'), false);
    },
  },
  {
    id: 'records/create-returns-the-record',
    title: 'create returns the record that stat and list then show: writable, with parent, labels and time',
    covers: ['containerd:StatActive', 'containerd:MetaStore/CreateActive', 'containerd:MetaStore/GetInfo'],
    async run({ driver }) {
      await makeLayer(driver, 'base');
      const alone = await driver.create('alone');
      const child = await driver.create('child', { parent: 'base', labels: { purpose: 'test' } });
      assert.deepEqual(fixedPart(alone), { id: 'alone', parent: null, kind: 'writable', labels: {} });
      assert.deepEqual(fixedPart(child), {
        id: 'child',
        parent: 'base',
        kind: 'writable',
        labels: { purpose: 'test' },
      });
      assert.deepEqual(await driver.stat('alone'), alone);
      assert.deepEqual(await driver.stat('child'), child);
      assert.deepEqual(await driver.list(), [alone, await driver.stat('base'), child]);
    },
  },
  {
    id: 'records/commit-changes-the-kind-only',
    title: 'commit returns the record with the kind committed and everything else as it was',
    covers: ['containerd:StatComitted', 'containerd:MetaStore/Commit'],
    async run({ driver }) {
      const before = await driver.create('layer', { labels: { a: '1' } });
      const after = await driver.commit('layer');
      assert.deepEqual(after, { ...before, kind: 'committed' });
      assert.deepEqual(await driver.stat('layer'), after);
    },
  },
  {
    id: 'records/created-at-is-the-time-of-create',
    title: 'createdAt is the time at which create had made the layer, in UTC with milliseconds',
    async run({ driver }) {
      // A driver may go by the clock that stamps files, which is behind; so that no change looks older than its layer.
      const before = Number(fileClock() / 1_000_000n) - TICK;
      const { createdAt } = await driver.create('layer');
      assert.match(createdAt, RFC_3339);
      const time = Date.parse(createdAt);
      assert.ok(time >= before && time <= Date.now(), `${createdAt} must lie within the call`);
    },
  },
  {
    id: 'records/created-at-stays',
    title: 'createdAt stays the same through commit, labels and children',
    covers: ['containerd:Update'],
    async run({ driver }) {
      const { createdAt } = await driver.create('layer');
      await new Promise((resolve) => setTimeout(resolve, 5));
      assert.equal((await driver.setLabels('layer', { a: 'b' })).createdAt, createdAt);
      assert.equal((await driver.commit('layer')).createdAt, createdAt);
      await driver.create('child', { parent: 'layer' });
      assert.equal((await driver.stat('layer')).createdAt, createdAt);
    },
  },
  {
    id: 'records/changes-are-never-older-than-created-at',
    title: 'what users change in a layer is never older than its createdAt',
    async run({ driver, capabilities }) {
      await makeLayer(driver, 'base', (root) => put(root, 'old'));
      for (let round = 0; round < 5; round++) {
        const { createdAt } = await driver.create(`layer-${round}`, { parent: 'base' });
        await editLayer(driver, `layer-${round}`, (root) => {
          put(root, 'new');
          const changed = lstatSync(join(root, 'new'), { bigint: true }).ctimeNs;
          const earliest =
            BigInt(Date.parse(createdAt) - TICK) * 1_000_000n - BigInt(capabilities.timestampGranularity);
          assert.ok(changed >= earliest, `a file changed at ${changed} ns is older than its layer of ${createdAt}`);
        });
      }
    },
  },
  {
    id: 'records/list-shows-parents-first',
    title: 'list shows every layer after its parent, otherwise by id, whatever the order they were made in',
    covers: ['containerd:Walk', 'containers-storage:ListLayers', 'containerd:MetaStore/Walk'],
    async run({ driver }) {
      const made = [['z'], ['m', 'z'], ['a', 'm'], ['y'], ['b', 'y'], ['B', 'y'], ['c']] as const;
      for (const [id, parent] of made) {
        await driver.create(id, parent === undefined ? {} : { parent });
        await driver.commit(id);
      }
      const ids = (await driver.list()).map(({ id }) => id);
      assert.deepEqual([...ids].sort(), made.map(([id]) => id).sort());
      for (const [id, parent] of made) {
        if (parent !== undefined) assert.ok(ids.indexOf(parent) < ids.indexOf(id), `${parent} must come before ${id}`);
      }
      const alone = ids.filter((id) => ['c', 'y', 'z'].includes(id));
      assert.deepEqual(alone, ['c', 'y', 'z'], 'layers without a parent must be in the order of their ids');
      for (const id of ids.reverse()) await driver.remove(id);
      assert.deepEqual(await driver.list(), []);
    },
  },
  {
    id: 'records/parents-are-kept',
    title: 'each layer of a chain names its own parent and no other',
    covers: ['containerd:Transitivity', 'containerd:MetaStore/ParentIDs'],
    async run({ driver }) {
      await makeLayer(driver, 'a');
      await makeLayer(driver, 'b', undefined, 'a');
      await driver.create('c', { parent: 'b' });
      const parents = (await driver.list()).map(({ id, parent }) => [id, parent]);
      assert.deepEqual(parents, [
        ['a', null],
        ['b', 'a'],
        ['c', 'b'],
      ]);
    },
  },
  {
    id: 'records/labels-are-replaced-as-a-whole',
    title: 'setLabels replaces all labels, of a writable and of a committed layer',
    covers: ['containerd:Update'],
    async run({ driver }) {
      await driver.create('layer', { labels: { a: '1', b: '2' } });
      assert.deepEqual((await driver.setLabels('layer', { b: '3', c: '4' })).labels, { b: '3', c: '4' });
      await driver.commit('layer');
      assert.deepEqual((await driver.setLabels('layer', { d: '5' })).labels, { d: '5' });
      assert.deepEqual((await driver.stat('layer')).labels, { d: '5' });
      assert.deepEqual((await driver.list())[0]?.labels, { d: '5' });
      assert.deepEqual((await driver.setLabels('layer', {})).labels, {});
    },
  },
  {
    id: 'records/labels-may-be-anything',
    title: 'label names and values may be any strings, the empty, the long and the odd ones too',
    async run({ driver }) {
      const labels = Object.fromEntries([
        ['', 'empty name'],
        ['empty value', ''],
        ['__proto__', 'not a prototype'],
        ['constructor', 'not a constructor'],
        ['containerd.io/snapshot.ref', 'sha256:0'],
        ['ünïcödé ☃', 'line\nbreak "quotes" \u0000 \\ \u2028'],
        ['long', 'x'.repeat(100_000)],
      ]);
      assert.deepEqual((await driver.create('layer', { labels })).labels, labels);
      assert.deepEqual((await driver.stat('layer')).labels, labels);
      const fresh = await driver.create('plain');
      assert.deepEqual((await driver.setLabels(fresh.id, labels)).labels, labels);
    },
  },
  {
    id: 'records/labels-are-copied',
    title: 'changing an object of labels after the call changes no layer',
    async run({ driver }) {
      const labels: Record<string, string> = { a: '1' };
      await driver.create('layer', { labels });
      labels['a'] = '2';
      assert.deepEqual((await driver.stat('layer')).labels, { a: '1' });
      await driver.setLabels('layer', labels);
      labels['b'] = '3';
      assert.deepEqual((await driver.stat('layer')).labels, { a: '2' });
    },
  },
  {
    id: 'records/labels-are-not-content',
    title: 'setLabels of a committed layer changes neither its kind nor its content, and needs nobody to let go of it',
    async run({ driver }) {
      await makeLayer(driver, 'base', (root) => put(root, 'file'));
      const content = await diffBytes(driver, 'base');
      await driver.create('child', { parent: 'base' });
      await using _mount = await driver.get('child');
      await driver.setLabels('child', { held: 'yes' });
      await driver.setLabels('base', { below: 'yes' });
      const base = await driver.stat('base');
      assert.deepEqual([base.kind, base.labels], ['committed', { below: 'yes' }]);
      assert.deepEqual((await driver.stat('child')).labels, { held: 'yes' });
      assert.deepEqual(await diffBytes(driver, 'base'), content);
    },
  },
  {
    id: 'records/are-seen-by-all-who-have-the-root-open',
    title: 'what one opened driver does, another one of the same root sees at once',
    async run({ driver, open }) {
      const other = await open();
      await driver.create('layer', { labels: { a: '1' } });
      assert.deepEqual(await other.stat('layer'), await driver.stat('layer'));
      await other.commit('layer');
      assert.equal((await driver.stat('layer')).kind, 'committed');
      await driver.setLabels('layer', { a: '2' });
      assert.deepEqual((await other.list())[0]?.labels, { a: '2' });
      await other.remove('layer');
      assert.equal(await driver.exists('layer'), false);
      assert.deepEqual(await driver.list(), []);
    },
  },
  {
    id: 'records/outlive-the-driver',
    title: 'layers, their records and their order are the same when the root is opened again',
    covers: ['moby:TestStoreRestore', 'moby:aufs/NewDriverFromExistingDir', 'containers-storage:TestStore'],
    async run({ driver, open }) {
      await makeLayer(driver, 'base', (root) => put(root, 'file'));
      await driver.setLabels('base', { a: '1' });
      await driver.create('child', { parent: 'base', labels: { b: '2' } });
      const before = await driver.list();
      await driver.close();
      assert.deepEqual(await (await open()).list(), before);
    },
  },
  {
    id: 'records/roots-are-separate',
    title: 'two roots have nothing in common, not even where they have a layer of the same id',
    async run({ driver, openElsewhere }) {
      const elsewhere = await openElsewhere();
      assert.notEqual(elsewhere.root, driver.root);
      await driver.create('layer', { labels: { here: 'yes' } });
      assert.equal(await elsewhere.exists('layer'), false);
      await elsewhere.create('layer');
      await elsewhere.remove('layer');
      assert.deepEqual((await driver.stat('layer')).labels, { here: 'yes' });
    },
  },
];

function fixedPart({ createdAt: _, ...rest }: LayerRecord): Omit<LayerRecord, 'createdAt'> {
  return rest;
}
