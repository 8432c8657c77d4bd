import assert from 'node:assert/strict';
import type { Driver, Mount } from '@graphdriver/core';
import { mountsUnder } from '@graphdriver/host';
import type { Check, CheckContext } from '../check.ts';
import { surviveFailures } from '../staging/failure.ts';
import { put, textOf } from '../staging/files.ts';
import { changeLines, makeLayer, makeWritable, streamOf, viewing } from '../staging/layers.ts';
import { rawTar } from '../staging/raw-tar.ts';

/** Calls whose system calls fail, by a full disk or a broken one: each is made as a whole or not at all. */
export const failingCallChecks: readonly Check[] = [
  {
    id: 'failing/create',
    title: 'create whose system calls fail leaves no layer and nothing else behind, and works afterwards',
    covers: ['moby:aufs/CreateWithInvalidParent'],
    async run(context) {
      const { driver } = context;
      await makeLayer(driver, 'base', (root) => put(root, 'directory/file', 'of base'));
      const before = await driver.list();
      await surviveFailures(context, {
        act: () => driver.create('layer', { parent: 'base' }),
        unchanged: async () => assert.deepEqual(await driver.list(), before),
        async changed() {
          await viewing(context, 'layer', (root) => assert.equal(textOf(root, 'directory/file'), 'of base'));
          await driver.remove('layer');
        },
      });
    },
  },
  {
    id: 'failing/commit',
    title: 'commit whose system calls fail leaves the layer writable and as it was, and works afterwards',
    async run(context) {
      const { driver } = context;
      await makeLayer(driver, 'base', (root) => put(root, 'file', 'of base'));
      await surviveFailures(context, {
        prepare: () => makeWritable(driver, 'layer', (root) => put(root, 'own'), 'base'),
        act: () => driver.commit('layer'),
        async unchanged() {
          assert.equal((await driver.stat('layer')).kind, 'writable');
          await assertHas(context, 'layer', ['A /own']);
        },
        async changed() {
          assert.equal((await driver.stat('layer')).kind, 'committed');
          await assertHas(context, 'layer', ['A /own']);
          await driver.remove('layer');
        },
      });
    },
  },
  {
    id: 'failing/remove',
    title:
      'remove whose system calls fail leaves the layer as it was or takes it away as a whole, and its id can be used',
    async run(context) {
      const { driver } = context;
      await makeLayer(driver, 'base', (root) => put(root, 'file', 'of base'));
      await surviveFailures(context, {
        prepare: () => makeWritable(driver, 'layer', (root) => put(root, 'own'), 'base'),
        act: () => driver.remove('layer'),
        unchanged: () => assertHas(context, 'layer', ['A /own']),
        async changed() {
          assert.equal(await driver.exists('layer'), false);
          await driver.create('layer', { parent: 'base' });
          await assertHas(context, 'layer', []);
          await driver.remove('layer');
        },
      });
    },
  },
  {
    id: 'failing/get',
    title: 'get whose system calls fail leaves the layer held by nobody and not mounted, and works afterwards',
    async run(context) {
      const { driver } = context;
      await makeLayer(driver, 'base', (root) => put(root, 'file', 'of base'));
      await driver.create('layer', { parent: 'base' });
      let mount: Mount | undefined;
      await surviveFailures(context, {
        async act() {
          mount = await driver.get('layer', { nosuid: true });
        },
        unchanged: () => assertIdle(driver, 'layer'),
        async changed() {
          assert.equal(textOf(mount?.path ?? '', 'file'), 'of base');
          await mount?.put();
          await assertIdle(driver, 'layer');
        },
      });
    },
  },
  {
    id: 'failing/put',
    title: 'put whose system calls fail leaves the layer held and mounted, and works afterwards',
    async run(context) {
      const { driver } = context;
      await makeLayer(driver, 'base', (root) => put(root, 'file', 'of base'));
      await driver.create('layer', { parent: 'base' });
      let mount: Mount | undefined;
      await surviveFailures(context, {
        async prepare() {
          mount = await driver.get('layer');
        },
        async act() {
          await mount?.put();
        },
        async unchanged() {
          assert.equal((await driver.holders('layer')).length, 1);
          assert.equal(textOf(mount?.path ?? '', 'file'), 'of base');
        },
        changed: () => assertIdle(driver, 'layer'),
      });
    },
  },
  {
    id: 'failing/set-labels',
    title: 'setLabels whose system calls fail leaves the labels as they were, and works afterwards',
    async run(context) {
      const { driver } = context;
      await makeLayer(driver, 'base', (root) => put(root, 'file'));
      await surviveFailures(context, {
        prepare: async () => void (await driver.setLabels('base', { of: 'before' })),
        act: () => driver.setLabels('base', { of: 'after' }),
        unchanged: async () => assert.deepEqual((await driver.stat('base')).labels, { of: 'before' }),
        changed: async () => assert.deepEqual((await driver.stat('base')).labels, { of: 'after' }),
      });
    },
  },
  {
    id: 'failing/apply-diff',
    title: 'applyDiff whose system calls fail leaves the layer as it was, and works afterwards',
    covers: ['containers-storage:apply-junk.bats'],
    async run(context) {
      const { driver } = context;
      await makeLayer(driver, 'base', (root) => put(root, 'gone'));
      const archive = rawTar([
        { name: '.wh.gone', content: '' },
        { name: 'directory', type: '5' },
        { name: 'directory/new', content: 'new' },
        { name: 'own', content: 'replaced' },
      ]);
      await surviveFailures(context, {
        prepare: () => makeWritable(driver, 'layer', (root) => put(root, 'own'), 'base'),
        act: () => driver.applyDiff('layer', streamOf(archive)),
        unchanged: () => assertHas(context, 'layer', ['A /own']),
        async changed() {
          await assertHas(context, 'layer', ['A /directory', 'A /directory/new', 'D /gone', 'A /own']);
          await driver.remove('layer');
        },
      });
    },
  },
];

async function assertHas({ driver }: CheckContext, id: string, changes: readonly string[]): Promise<void> {
  assert.deepEqual(await changeLines(driver, id), changes);
}

async function assertIdle(driver: Driver, id: string): Promise<void> {
  assert.deepEqual(await driver.holders(id), []);
  assert.deepEqual(mountsUnder(driver.root), []);
}
