import assert from 'node:assert/strict';
import { setImmediate } from 'node:timers/promises';
import type { Driver } from '@graphdriver/core';
import { mountsUnder } from '@graphdriver/host';
import type { Check } from '../check.ts';
import { isThere, put, textOf } from '../staging/files.ts';
import { changeLines, editLayer, makeLayer, makeWritable, streamOf, viewing } from '../staging/layers.ts';
import { rawTar } from '../staging/raw-tar.ts';
import { endingOf } from '../staging/refusals.ts';
import { assertRemovable, storm, stormedDriver } from '../staging/storm.ts';

const CALLERS = 20;

/** Many calls at once in one process: on one id as if one after another, on different ids side by side. */
export const concurrencyChecks: readonly Check[] = [
  {
    id: 'concurrency/one-create-wins',
    title: 'of many who create the same id at once exactly one succeeds, and all others get LAYER_EXISTS',
    async run({ driver }) {
      const creators = Array.from({ length: CALLERS }, (_, index) => {
        return endingOf(() => driver.create('layer', { labels: { by: String(index) } }));
      });
      const endings = await Promise.all(creators);
      const winner = endings.indexOf('success');
      assert.deepEqual(endings.toSorted(), [...Array<string>(CALLERS - 1).fill('LAYER_EXISTS'), 'success']);
      assert.deepEqual(
        (await driver.list()).map(({ labels }) => labels),
        [{ by: String(winner) }],
      );
    },
  },
  {
    id: 'concurrency/one-commit-and-one-remove-win',
    title:
      'of many who commit a layer at once, and then of many who remove it, exactly one succeeds and the others are told why not',
    async run({ driver }) {
      await makeWritable(driver, 'layer', (root) => put(root, 'file'));
      const commits = Array.from({ length: CALLERS }, () => endingOf(() => driver.commit('layer')));
      assert.deepEqual((await Promise.all(commits)).toSorted(), [
        ...Array<string>(CALLERS - 1).fill('LAYER_COMMITTED'),
        'success',
      ]);
      const removals = Array.from({ length: CALLERS }, () => endingOf(() => driver.remove('layer')));
      assert.deepEqual((await Promise.all(removals)).toSorted(), [
        ...Array<string>(CALLERS - 1).fill('LAYER_NOT_FOUND'),
        'success',
      ]);
      assert.deepEqual(await driver.list(), []);
    },
  },
  {
    id: 'concurrency/different-ids-in-parallel',
    title: 'many layers are made, written, committed and measured at once, and each has its own content in the end',
    async run(context) {
      const { driver } = context;
      await makeLayer(driver, 'base', (root) => put(root, 'base'));
      const ids = Array.from({ length: CALLERS }, (_, index) => `layer-${index}`);
      await Promise.all(ids.map((id) => makeLayer(driver, id, (root) => put(root, id), 'base')));
      assert.equal((await driver.list()).length, CALLERS + 1);
      const changes = await Promise.all(ids.map((id) => changeLines(driver, id)));
      assert.deepEqual(
        changes,
        ids.map((id) => [`A /${id}`]),
      );
      await viewing(context, 'layer-7', (root) => assert.equal(textOf(root, 'base'), 'base'));
      await Promise.all(ids.map((id) => driver.remove(id)));
      await driver.remove('base');
    },
  },
  {
    id: 'concurrency/a-slow-call-holds-up-no-other-layer',
    title: 'while an archive is slow to come for one layer, others are made, mounted, committed and removed',
    issue: 'https://github.com/containers/podman/issues/13805',
    async run({ driver }) {
      await driver.create('slow');
      const archive = rawTar([{ name: 'file', content: 'at last' }]);
      let goOn: () => void = () => undefined;
      const permission = new Promise<void>((resolve) => {
        goOn = resolve;
      });
      async function* slowly(): AsyncGenerator<Uint8Array> {
        yield archive.subarray(0, 512);
        await permission;
        yield archive.subarray(512);
      }
      const applying = driver.applyDiff('slow', slowly());
      try {
        await makeLayer(driver, 'base', (root) => put(root, 'file'));
        await makeWritable(driver, 'other', (root) => put(root, 'more'), 'base');
        assert.deepEqual(await changeLines(driver, 'other'), ['A /more']);
        await driver.remove('other');
        assert.equal((await driver.list()).length, 2);
      } finally {
        goOn();
      }
      await applying;
      assert.deepEqual(await changeLines(driver, 'slow'), ['A /file']);
    },
  },
  {
    id: 'concurrency/apply-and-commit-follow-each-other',
    title:
      'commit beside applyDiff comes before or after it: the archive is in the layer as a whole, or refused as a whole',
    async run({ driver }) {
      const archive = rawTar(Array.from({ length: 50 }, (_, index) => ({ name: `file-${index}`, content: 'content' })));
      for (let round = 0; round < 5; round++) {
        const id = `layer-${round}`;
        await driver.create(id);
        const applying = endingOf(() => driver.applyDiff(id, streamOf(archive, 4096)));
        for (let turn = 0; turn < round; turn++) await setImmediate();
        const committed = await endingOf(() => driver.commit(id));
        const applied = await applying;
        // Some drivers apply through a hold of their own, which is a reason to refuse a commit.
        const inOrder = committed === 'success' ? ['success', 'LAYER_COMMITTED'] : ['success'];
        assert.ok(
          inOrder.includes(applied),
          `applyDiff ended with ${applied} beside a commit that ended with ${committed}`,
        );
        assert.ok(committed === 'success' || committed === 'LAYER_IN_USE', `commit ended with ${committed}`);
        assert.equal((await driver.changes(id)).length, applied === 'success' ? 50 : 0);
      }
    },
  },
  {
    id: 'concurrency/get-and-put-storm',
    title:
      'many who get, read and put one layer at once all see it, and in the end nobody holds it and nothing is mounted',
    async run({ driver }) {
      await makeLayer(driver, 'base', (root) => put(root, 'file'));
      await driver.create('layer', { parent: 'base' });
      const user = async (index: number): Promise<void> => {
        for (let round = 0; round < 5; round++) {
          await using mount = await driver.get('layer', { nosuid: index % 3 === 0, nodev: index % 4 === 0 });
          assert.equal(textOf(mount.path, 'file'), 'file', `user ${index} in round ${round}`);
        }
      };
      await Promise.all(Array.from({ length: CALLERS }, (_, index) => user(index)));
      assert.deepEqual(await driver.holders('layer'), []);
      assert.deepEqual(mountsUnder(driver.root), []);
    },
  },
  {
    id: 'concurrency/a-lease-is-counted-when-all-take-it-at-once',
    title: 'a lease that many take at once counts every one of them',
    async run({ driver }) {
      await driver.create('layer');
      await Promise.all(Array.from({ length: 8 }, () => driver.get('layer', { holder: 'web' })));
      const puts = Array.from({ length: 10 }, () => endingOf(() => driver.put('layer', { holder: 'web' })));
      const endings = await Promise.all(puts);
      assert.deepEqual(endings.toSorted(), [
        ...Array<string>(2).fill('HOLDER_NOT_FOUND'),
        ...Array<string>(8).fill('success'),
      ]);
      await driver.commit('layer');
    },
  },
  {
    id: 'concurrency/a-layer-is-held-or-removed',
    title: 'where one removes a layer while another gets it, either is refused and the other one has it',
    async run({ driver }) {
      for (let round = 0; round < 2 * CALLERS; round++) {
        await makeWritable(driver, 'layer', (root) => put(root, 'file'));
        const getting = driver.get('layer').catch(() => null);
        const removed = await endingOf(() => driver.remove('layer'));
        const mount = await getting;
        assert.equal(removed, mount === null ? 'success' : 'LAYER_IN_USE', `round ${round}`);
        if (mount === null) continue;
        assert.equal(textOf(mount.path, 'file'), 'file');
        await mount.put();
        await driver.remove('layer');
      }
    },
  },
  {
    id: 'concurrency/a-parent-goes-or-gets-a-child',
    title:
      'where one removes a layer while another makes a child of it, either is refused and no child loses its parent',
    async run({ driver }) {
      for (let round = 0; round < CALLERS; round++) {
        await makeLayer(driver, 'base', (root) => put(root, 'file'));
        const first = round % 2 === 0 ? ['create', 'remove'] : ['remove', 'create'];
        const calls = first.map((call) => {
          return endingOf(() =>
            call === 'create' ? driver.create('child', { parent: 'base' }) : driver.remove('base'),
          );
        });
        const endings = new Map((await Promise.all(calls)).map((ending, index) => [first[index], ending]));
        const created = endings.get('create') === 'success';
        assert.equal(endings.get(created ? 'remove' : 'create'), created ? 'LAYER_IN_USE' : 'PARENT_NOT_FOUND');
        assert.equal(await driver.exists('base'), created);
        for (const { id } of (await driver.list()).toReversed()) await driver.remove(id);
      }
    },
  },
  {
    id: 'concurrency/removing-while-listing',
    title: 'layers can be removed while they are listed, and every list is whole: no child without its parent',
    covers: ['containerd:issues.go RemoveInWalk'],
    async run({ driver }) {
      await makeLayer(driver, 'base');
      for (let index = 0; index < CALLERS; index++) {
        await makeLayer(driver, `parent-${index}`, undefined, 'base');
        await driver.create(`child-${index}`, { parent: `parent-${index}` });
      }
      const removing = removeAll(driver);
      for (let listing = 0; listing < CALLERS; listing++) {
        const records = await driver.list();
        const ids = new Set(records.map(({ id }) => id));
        for (const { id, parent } of records) {
          assert.ok(parent === null || ids.has(parent), `${id} is listed without its parent ${parent}`);
        }
      }
      await removing;
      assert.deepEqual(await driver.list(), []);
    },
  },
  {
    id: 'concurrency/asking-while-listing',
    title: 'every layer of a list can be asked for while others are listed, and is what the list says',
    covers: ['containerd:checkStatInWalk'],
    async run({ driver }) {
      for (let index = 0; index < CALLERS; index++) await driver.create(`layer-${index}`);
      const lists = Array.from({ length: 5 }, async () => {
        for (const record of await driver.list()) {
          assert.deepEqual(await driver.stat(record.id), record);
          assert.ok((await driver.usage(record.id)).allocated >= 0);
        }
      });
      await Promise.all(lists);
    },
  },
  {
    id: 'concurrency/labels-are-whole',
    title: 'of labels that many set at once one set is there as a whole in the end, and at every moment',
    async run({ driver }) {
      await driver.create('layer', { labels: { a: 'none', b: 'none' } });
      let isSetting = true;
      const setting = Promise.all(
        Array.from({ length: CALLERS }, (_, index) =>
          driver.setLabels('layer', { a: String(index), b: String(index) }),
        ),
      ).finally(() => {
        isSetting = false;
      });
      while (isSetting) {
        const { labels } = await driver.stat('layer');
        assert.equal(labels['a'], labels['b'], 'two sets of labels were mixed');
        await setImmediate();
      }
      await setting;
      const { labels } = await driver.stat('layer');
      assert.equal(labels['a'], labels['b']);
    },
  },
  {
    id: 'concurrency/two-drivers-share-a-root',
    title: 'two drivers that this process has opened on one root count holders and refuse together',
    async run({ driver, open }) {
      const other = await open();
      await makeWritable(driver, 'layer', (root) => put(root, 'file'));
      const [here, there] = await Promise.all([driver.get('layer'), other.get('layer')]);
      assert.equal(here.path, there.path);
      assert.equal((await other.holders('layer')).length, 2);
      await here.put();
      assert.equal(textOf(there.path, 'file'), 'file');
      assert.equal(await endingOf(() => driver.commit('layer')), 'LAYER_IN_USE');
      await there.put();
      assert.equal(isThere(there.path, 'file'), false);
      const creators = [driver, other].flatMap((one) =>
        Array.from({ length: 5 }, () => endingOf(() => one.create('new'))),
      );
      assert.equal((await Promise.all(creators)).filter((ending) => ending === 'success').length, 1);
    },
  },
  {
    id: 'concurrency/storms-leave-a-consistent-root',
    title:
      'after random calls on the same few ids, through two drivers, the root is as if they had come one after another',
    covers: ['moby:aufs/BenchmarkConcurrentAccess'],
    async run(context) {
      const calls = context.thorough ? 3000 : 200;
      const other = await context.open();
      await Promise.all([
        storm(stormedDriver(context.driver), context.seed, calls),
        storm(stormedDriver(other), context.seed + 1, calls),
      ]);
      await assertRemovable(context, context.driver);
    },
  },
  {
    id: 'concurrency/close-waits',
    title: 'calls that were made before close are finished by it, and leave nothing half done',
    async run({ driver, open }) {
      await makeLayer(driver, 'base', (root) => put(root, 'file'));
      const creating = Array.from({ length: 5 }, (_, index) => {
        return endingOf(() => driver.create(`layer-${index}`, { parent: 'base' }));
      });
      await driver.close();
      const endings = await Promise.all(creating);
      for (const ending of endings) assert.ok(ending === 'success' || ending === 'CLOSED', ending);
      const again = await open();
      for (const [index, ending] of endings.entries()) {
        assert.equal(await again.exists(`layer-${index}`), ending === 'success', `layer-${index}`);
      }
      await editLayer(again, 'layer-0', (root) => assert.equal(textOf(root, 'file'), 'file'));
    },
  },
];

async function removeAll(driver: Driver): Promise<void> {
  for (const { id } of (await driver.list()).toReversed()) await driver.remove(id);
}
