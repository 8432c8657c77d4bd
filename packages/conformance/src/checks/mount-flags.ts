import assert from 'node:assert/strict';
import type { Capabilities, GetOptions } from '@graphdriver/core';
import type { Check, CheckContext } from '../check.ts';
import { errorCodeOf, openForWriting, put, textOf } from '../staging/files.ts';
import { makeLayer, makeWritable } from '../staging/layers.ts';
import { type Possibilities, putTemptations, tryTemptations } from '../staging/restrictions.ts';
import { writesTo } from '../staging/writes.ts';

const EVERYTHING: Possibilities = { setId: true, devices: true, execution: true, writes: true };

/** What `get` can take away from a mount: each is tried, not read from a table. */
export const mountFlagChecks: readonly Check[] = [
  {
    id: 'mount-flags/nothing-is-restricted-unasked',
    title: 'set-user-id programs, devices, scripts and writes work in a mount that was asked for without restrictions',
    covers: ['fuse-overlayfs:suid', 'fuse-overlayfs:special-files'],
    run: (context) => assertPossible(context, {}, EVERYTHING),
  },
  {
    id: 'mount-flags/nosuid',
    title: 'with nosuid a set-user-id program runs as who started it, and all else works',
    covers: ['containers-storage:mount-layer.bats'],
    run: (context) => assertPossible(context, { nosuid: true }, { ...EVERYTHING, setId: false }),
  },
  {
    id: 'mount-flags/nodev',
    title: 'with nodev no device can be opened, and all else works',
    run: (context) => assertPossible(context, { nodev: true }, { ...EVERYTHING, devices: false }),
  },
  {
    id: 'mount-flags/noexec',
    title: 'with noexec nothing can be executed, and all else works',
    run: (context) => assertPossible(context, { noexec: true }, { ...EVERYTHING, execution: false, setId: null }),
  },
  {
    id: 'mount-flags/read-only',
    title: 'with readOnly a writable layer takes no writes, and all else works',
    requires: needsReadOnlyViews,
    run: (context) => assertPossible(context, { readOnly: true }, { ...EVERYTHING, writes: false }),
  },
  {
    id: 'mount-flags/all-at-once',
    title: 'all restrictions can be had at once',
    requires: needsReadOnlyViews,
    run: (context) =>
      assertPossible(
        context,
        { readOnly: true, nosuid: true, nodev: true, noexec: true },
        { setId: null, devices: false, execution: false, writes: false },
      ),
  },
  {
    id: 'mount-flags/committed-layers-can-be-restricted-further',
    title: 'the mount of a committed layer takes no writes, and takes nosuid and nodev as well',
    requires: needsReadOnlyViews,
    async run(context) {
      const { driver } = context;
      await assertHostAllows(context);
      await makeLayer(driver, 'base', putTemptations);
      await makeLayer(driver, 'layer', undefined, 'base');
      for (const id of ['base', 'layer']) {
        await using plain = await driver.get(id);
        await using bare = await driver.get(id, { nosuid: true, nodev: true });
        assert.deepEqual([plain.readOnly, bare.readOnly], [true, true]);
        assert.deepEqual(await tryTemptations(plain.path), { ...EVERYTHING, writes: false }, id);
        const restricted = { setId: false, devices: false, execution: true, writes: false };
        assert.deepEqual(await tryTemptations(bare.path), restricted, id);
      }
    },
  },
  {
    id: 'mount-flags/committed-layers-are-read-only-whatever-is-asked',
    title: 'a committed layer is mounted read-only with and without readOnly, to a lease and with volatile alike',
    covers: ['containerd:checkSnapshotterViewReadonly'],
    requires: needsReadOnlyViews,
    async run({ driver }) {
      await makeLayer(driver, 'base', (root) => put(root, 'file'));
      await makeLayer(driver, 'layer', (root) => put(root, 'own'), 'base');
      const asked: readonly GetOptions[] = [
        { readOnly: true },
        { readOnly: false },
        { volatile: true },
        { holder: 'web' },
      ];
      for (const options of asked) {
        await using mount = await driver.get('layer', options);
        const what = JSON.stringify(options);
        assert.equal(mount.readOnly, true, what);
        assert.equal(
          errorCodeOf(() => put(mount.path, 'own', 'changed')),
          'EROFS',
          what,
        );
        assert.equal(textOf(mount.path, 'own'), 'own', what);
      }
    },
  },
  {
    id: 'mount-flags/read-only-views-refuse-every-write',
    title:
      'a read-only view of a writable layer refuses every kind of write with EROFS, of its own files and of those below',
    covers: ['fuse-overlayfs:readonly'],
    requires: needsReadOnlyViews,
    async run({ driver }) {
      await makeLayer(driver, 'base', (root) => put(root, 'below'));
      await makeWritable(driver, 'layer', (root) => put(root, 'own'), 'base');
      await using mount = await driver.get('layer', { readOnly: true });
      assert.equal(mount.readOnly, true);
      for (const path of ['below', 'own']) {
        for (const [what, write] of Object.entries(writesTo(path))) {
          assert.equal(
            errorCodeOf(() => write(mount.path)),
            'EROFS',
            `${what} of ${path}`,
          );
        }
      }
      assert.deepEqual(await driver.changes('layer'), [{ kind: 'add', path: '/own' }]);
    },
  },
  {
    id: 'mount-flags/read-only-views-see-writes',
    title:
      'a read-only view shows at once what is written through a writable mount of the same layer, in whatever order they came',
    requires: needsReadOnlyViews,
    async run({ driver }) {
      await makeLayer(driver, 'base', (root) => put(root, 'file', 'old'));
      await driver.create('layer', { parent: 'base' });
      for (const order of [
        [true, false],
        [false, true],
      ]) {
        const mounts = [];
        for (const readOnly of order) mounts.push(await driver.get('layer', { readOnly }));
        const [view, writer] = [mounts.find((mount) => mount.readOnly), mounts.find((mount) => !mount.readOnly)];
        assert.ok(view !== undefined && writer !== undefined, 'one mount is read-only and one is not');
        textOf(view.path, 'file');
        put(writer.path, 'file', `new of ${order}`);
        put(writer.path, 'added/file');
        assert.equal(textOf(view.path, 'file'), `new of ${order}`);
        assert.equal(textOf(view.path, 'added/file'), 'added/file');
        assert.equal(
          errorCodeOf(() => openForWriting(view.path, 'file')),
          'EROFS',
        );
        for (const mount of mounts) await mount.put();
      }
    },
  },
  {
    id: 'mount-flags/each-holder-has-its-own',
    title: 'holders of one layer who want different restrictions get each their own, of the same tree at the same time',
    async run(context) {
      const { driver } = context;
      await assertHostAllows(context);
      await makeWritable(driver, 'layer', putTemptations);
      await using plain = await driver.get('layer');
      await using nodev = await driver.get('layer', { nodev: true });
      await using noexec = await driver.get('layer', { noexec: true, holder: 'lease' });
      assert.deepEqual(await tryTemptations(plain.path), EVERYTHING);
      assert.deepEqual(await tryTemptations(nodev.path), { ...EVERYTHING, devices: false });
      assert.deepEqual(await tryTemptations(noexec.path), { ...EVERYTHING, execution: false, setId: null });
      put(plain.path, 'shared');
      assert.deepEqual([textOf(nodev.path, 'shared'), textOf(noexec.path, 'shared')], ['shared', 'shared']);
    },
  },
  {
    id: 'mount-flags/holders-leave-in-any-order',
    title: 'whoever of several differently restricted holders leaves first, the others keep their view',
    async run({ driver }) {
      await makeWritable(driver, 'layer', (root) => put(root, 'file'));
      const wishes: readonly GetOptions[] = [{}, { nosuid: true }, { nodev: true, holder: 'web' }];
      for (let first = 0; first < wishes.length; first++) {
        const mounts = [];
        for (const wish of wishes) mounts.push(await driver.get('layer', wish));
        const leaving = [...mounts.slice(first), ...mounts.slice(0, first)];
        for (let left = 0; left < leaving.length; left++) {
          for (const mount of leaving.slice(left)) assert.equal(textOf(mount.path, 'file'), 'file');
          await leaving[left]?.put();
        }
        assert.deepEqual(await driver.holders('layer'), []);
      }
    },
  },
  {
    id: 'mount-flags/restrictions-end-with-the-mount',
    title: 'a layer that was held with restrictions is mounted without them for the next one',
    async run(context) {
      const { driver } = context;
      await assertHostAllows(context);
      await makeWritable(driver, 'layer', putTemptations);
      const strict = await driver.get('layer', { nosuid: true, nodev: true, noexec: true });
      await strict.put();
      await using mount = await driver.get('layer');
      assert.deepEqual(await tryTemptations(mount.path), EVERYTHING);
    },
  },
];

function needsReadOnlyViews({ readOnlyViews }: Capabilities): string | null {
  return readOnlyViews ? null : 'The driver does not promise read-only views.';
}

/** Fails unless a mount with these options allows what it should, of a lone layer and of a child's inherited files. */
async function assertPossible(context: CheckContext, options: GetOptions, expected: Possibilities): Promise<void> {
  const { driver } = context;
  await assertHostAllows(context);
  await makeWritable(driver, 'alone', putTemptations);
  await makeLayer(driver, 'base', putTemptations);
  await driver.create('child', { parent: 'base' });
  for (const id of ['alone', 'child']) {
    await using mount = await driver.get(id, options);
    assert.equal(mount.readOnly, options.readOnly === true);
    assert.deepEqual(await tryTemptations(mount.path), expected, id);
  }
}

/** Ends the check as skipped where the file system is itself mounted with restrictions, which every mount of it inherits. */
async function assertHostAllows(context: CheckContext): Promise<void> {
  const directory = await context.scratch();
  putTemptations(directory);
  const possible = await tryTemptations(directory);
  const isFree = Object.values(possible).every((allowed) => allowed === true);
  if (!isFree) context.skip('The file system with the root is itself mounted with nosuid, nodev or noexec.');
}
