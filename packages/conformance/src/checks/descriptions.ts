import assert from 'node:assert/strict';
import { lstatSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Capabilities, GetOptions, Mount, MountOptions, MountPlan } from '@graphdriver/core';
import { mountsUnder, run } from '@graphdriver/host';
import type { Check, CheckContext } from '../check.ts';
import { assertSameTree } from '../oracle/compare-snapshots.ts';
import { snapshotTree } from '../oracle/tree-snapshot.ts';
import { errorCodeOf, makeDirectories, put, textOf } from '../staging/files.ts';
import { assertRefused, editLayer, makeLayer, makeWritable, snapshotLayer, viewing } from '../staging/layers.ts';
import { mountArguments, mountByHand } from '../staging/mount-by-hand.ts';
import { type Possibilities, putTemptations, tryTemptations } from '../staging/restrictions.ts';

/** What `describeMount` says, tried by mounting it by hand. */
export const descriptionChecks: readonly Check[] = [
  {
    id: 'descriptions/mounting-by-hand-shows-the-view',
    title: 'mounting what is described shows the same tree as get, of every kind of layer',
    covers: ['containerd:overlay/OverlayMount', 'containerd:overlay/OverlayRead', 'containerd:overlay/Mounts'],
    async run(context) {
      await makeLayers(context);
      for (const id of await mountable(context, ['alone', 'base', 'middle', 'top'])) {
        const expected = await snapshotLayer(context, id);
        await usingPlan(context, id, {}, async (root) => {
          assertSameTree(await snapshotTree(root), expected, `${id} mounted by hand`);
        });
      }
    },
  },
  {
    id: 'descriptions/read-only-views-show-the-same',
    title: 'a description with readOnly shows the same tree as one without, and takes no writes',
    covers: ['containerd:overlay/View'],
    requires: needsReadOnlyViews,
    async run(context) {
      await makeLayers(context);
      for (const id of ['alone', 'base', 'middle', 'top']) {
        const expected = await snapshotLayer(context, id);
        await usingPlan(context, id, { readOnly: true }, async (root) => {
          assertSameTree(await snapshotTree(root), expected, `${id} mounted read-only by hand`);
          assert.equal(
            errorCodeOf(() => put(root, 'new')),
            'EROFS',
            `writing into ${id}`,
          );
        });
      }
    },
  },
  {
    id: 'descriptions/committed-layers-are-described-read-only',
    title: 'the description of a committed layer takes no writes, although nobody asked for readOnly',
    requires: needsReadOnlyViews,
    async run(context) {
      await makeLayers(context);
      for (const id of ['base', 'middle']) {
        await usingPlan(context, id, {}, (root) => {
          assert.equal(
            errorCodeOf(() => put(root, 'new')),
            'EROFS',
            `writing into ${id}`,
          );
        });
      }
    },
  },
  {
    id: 'descriptions/restrictions-are-in-it',
    title: 'a mount that is made from a description forbids what was asked for: nosuid, nodev, noexec',
    async run(context) {
      const free: Possibilities = { setId: true, devices: true, execution: true, writes: true };
      const scratch = await context.scratch();
      putTemptations(scratch);
      const isFree = Object.values(await tryTemptations(scratch)).every((possible) => possible === true);
      if (!isFree) context.skip('The file system with the root is itself mounted with nosuid, nodev or noexec.');
      await makeWritable(context.driver, 'alone', putTemptations);
      await makeLayer(context.driver, 'base', putTemptations);
      await context.driver.create('top', { parent: 'base' });
      for (const id of ['alone', 'top']) {
        const possible = (options: MountOptions): Promise<Possibilities> => {
          return usingPlan(context, id, options, tryTemptations);
        };
        assert.deepEqual(await possible({}), free, id);
        assert.deepEqual(await possible({ nosuid: true, nodev: true }), { ...free, setId: false, devices: false }, id);
        assert.deepEqual(await possible({ noexec: true }), { ...free, setId: null, execution: false }, id);
      }
    },
  },
  {
    id: 'descriptions/writes-by-hand-reach-the-layer',
    title: 'what is written through a mount made by hand is in the layer, and shows in its changes',
    async run(context) {
      const { driver } = context;
      await makeLayers(context);
      for (const id of ['alone', 'top']) await usingPlan(context, id, {}, (root) => put(root, 'by-hand'));
      assert.deepEqual(await driver.changes('top'), [
        { kind: 'add', path: '/by-hand' },
        { kind: 'add', path: '/own' },
      ]);
      for (const id of ['alone', 'top']) {
        await viewing(context, id, (root) => assert.equal(textOf(root, 'by-hand'), 'by-hand'));
      }
    },
  },
  {
    id: 'descriptions/lone-layers-are-binds',
    title: 'a layer without a parent, and a read-only view of a single layer, is described as one bind of a directory',
    covers: ['containerd:overlay/Mounts', 'moby:aufs/GetWithoutParent'],
    async run(context) {
      await makeLayers(context);
      const views: readonly (readonly [string, GetOptions])[] = context.capabilities.readOnlyViews
        ? [
            ['alone', {}],
            ['alone', { readOnly: true }],
            ['base', {}],
          ]
        : [['alone', {}]];
      for (const [id, options] of views) {
        // A live plan's directory is there as long as somebody holds the layer.
        await using _hold = await heldWhereLive(context, id);
        const plan = await context.driver.describeMount(id, options);
        assert.equal(plan.mounts.length, 1, `${id} is one mount`);
        const [mount] = plan.mounts;
        assert.ok(mount !== undefined && bindOptions(mount.options).length === 1, `${id} is a bind`);
        assert.equal(lstatSync(mount.source).isDirectory(), true, `${mount.source} is a directory`);
      }
    },
  },
  {
    id: 'descriptions/portable-as-promised',
    title:
      'the description of a layer with a parent is portable, held or not, where the driver promises portable mounts',
    requires: needsPortableMounts,
    async run(context) {
      const { driver } = context;
      await makeLayers(context);
      for (const id of await mountable(context, ['middle', 'top'])) {
        assert.equal((await driver.describeMount(id)).sharing, 'portable', id);
        await using _mount = await driver.get(id);
        assert.equal((await driver.describeMount(id)).sharing, 'portable', `${id} while it is held`);
      }
    },
  },
  {
    id: 'descriptions/portable-plans-work-elsewhere',
    title: 'a portable description can be mounted by another process in a mount namespace of its own',
    requires: needsPortableMounts,
    async run(context) {
      await makeLayers(context);
      const { mounts } = await context.driver.describeMount('top');
      assert.ok(mounts.length === 1 && mounts[0] !== undefined, 'a layer with a parent is one mount');
      const target = await context.scratch();
      const script = 'mount "$@" && for target; do :; done && cat "$target/below" "$target/own"';
      const { stdout } = await run('unshare', ['-m', 'sh', '-ec', script, 'sh', ...mountArguments(mounts[0], target)]);
      assert.equal(stdout, 'belowown');
      assert.deepEqual(mountsUnder(target), []);
    },
  },
  {
    id: 'descriptions/portable-plans-stay-valid',
    title: 'a portable description is valid after the driver was closed, and shows what the layer has become since',
    requires: needsPortableMounts,
    async run(context) {
      await makeLayers(context);
      const plan = await context.driver.describeMount('top');
      await editLayer(context.driver, 'top', (root) => put(root, 'later'));
      await context.driver.close();
      await mountByHand(context, plan, (root) => {
        assert.deepEqual([textOf(root, 'below'), textOf(root, 'later')], ['below', 'later']);
      });
    },
  },
  {
    id: 'descriptions/live-plans-need-a-holder',
    title:
      'without portable mounts a layer with a parent is described as live while it is held, and refused with LAYER_IN_USE otherwise',
    requires: ({ portableMounts }) => (portableMounts ? 'The driver promises portable mounts.' : null),
    async run(context) {
      const { driver } = context;
      await makeLayers(context);
      await assertRefused(driver.describeMount('top'), 'LAYER_IN_USE', 'a live plan of what nobody holds');
      const mount = await driver.get('top');
      const plan = await driver.describeMount('top');
      assert.equal(plan.sharing, 'live');
      await mountByHand(context, plan, (root) => assert.equal(textOf(root, 'below'), 'below'));
      await mount.put();
      await assertRefused(driver.describeMount('top'), 'LAYER_IN_USE', 'a live plan after the last put');
    },
  },
  {
    id: 'descriptions/nothing-is-mounted-or-held',
    title: 'describeMount mounts nothing and holds nothing: the layer can be committed and removed afterwards',
    async run(context) {
      const { driver } = context;
      await makeLayers(context);
      const before = mountsUnder(driver.root).length;
      const asked: readonly MountOptions[] = [{}, { nosuid: true }, { volatile: true }];
      for (const id of await mountable(context, ['alone', 'base', 'middle', 'top'])) {
        for (const options of asked) await describedPlan(context, id, options);
        assert.deepEqual(await driver.holders(id), [], id);
      }
      assert.equal(mountsUnder(driver.root).length, before);
      await driver.commit('top');
      for (const id of ['top', 'middle', 'base', 'alone']) await driver.remove(id);
    },
  },
  {
    id: 'descriptions/held-layers-can-be-described',
    title: 'describing a layer that is held changes neither its mount nor who holds it',
    async run({ driver }) {
      await makeLayer(driver, 'base', (root) => put(root, 'below'));
      await driver.create('layer', { parent: 'base' });
      await using mount = await driver.get('layer');
      put(mount.path, 'before');
      await driver.describeMount('layer');
      put(mount.path, 'after');
      assert.deepEqual([textOf(mount.path, 'before'), textOf(mount.path, 'below')], ['before', 'below']);
      assert.equal((await driver.holders('layer')).length, 1);
    },
  },
];

function needsReadOnlyViews({ readOnlyViews }: Capabilities): string | null {
  return readOnlyViews ? null : 'The driver does not promise read-only views.';
}

function needsPortableMounts({ portableMounts }: Capabilities): string | null {
  return portableMounts ? null : 'The driver does not promise portable mounts.';
}

/** The committed `base` and `middle`, the writable `top` above them, and the writable `alone`. */
async function makeLayers({ driver }: CheckContext): Promise<void> {
  await makeLayer(driver, 'base', (root) => {
    put(root, 'below');
    put(root, 'deleted');
    makeDirectories(root, 'directory', { mode: 0o1750, uid: 3, gid: 4 });
  });
  await makeLayer(driver, 'middle', (root) => rmSync(join(root, 'deleted')), 'base');
  await makeWritable(driver, 'top', (root) => put(root, 'own'), 'middle');
  await makeWritable(driver, 'alone', (root) => put(root, 'own'));
}

/** Those of `ids` that the driver mounts: committed ones only where it has read-only views. */
async function mountable({ driver, capabilities }: CheckContext, ids: readonly string[]): Promise<readonly string[]> {
  const kinds = new Map((await driver.list()).map(({ id, kind }) => [id, kind]));
  return ids.filter((id) => capabilities.readOnlyViews || kinds.get(id) === 'writable');
}

/** A plan, described while the layer is held where the driver shares no other way. */
async function describedPlan(context: CheckContext, id: string, options: MountOptions): Promise<MountPlan> {
  await using _hold = await heldWhereLive(context, id);
  return await context.driver.describeMount(id, options);
}

/** Mounts a description by hand; the layer is held meanwhile where the plan is of no use otherwise. */
async function usingPlan<T>(
  context: CheckContext,
  id: string,
  options: MountOptions,
  use: (root: string) => T | Promise<T>,
): Promise<T> {
  await using _hold = await heldWhereLive(context, id);
  return await mountByHand(context, await context.driver.describeMount(id, options), use);
}

async function heldWhereLive({ driver, capabilities }: CheckContext, id: string): Promise<Mount | undefined> {
  return capabilities.portableMounts ? undefined : await driver.get(id);
}

function bindOptions(options: readonly string[]): readonly string[] {
  return options.filter((option) => option === 'bind' || option === 'rbind');
}
