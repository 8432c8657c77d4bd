import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { linkSync, lstatSync, mkdirSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Capabilities, type Driver, isStorageError } from '@graphdriver/core';
import { setTimes, writeXattr } from '@graphdriver/host';
import type { Check, CheckContext } from '../check.ts';
import { snapshotTree } from '../oracle/tree-snapshot.ts';
import { isThere, look, put, textOf } from '../staging/files.ts';
import {
  assertRefused,
  assertView,
  changeLines,
  diffBytes,
  editLayer,
  makeLayer,
  makeWritable,
  viewing,
} from '../staging/layers.ts';
import { assertTypeError, endingOf } from '../staging/refusals.ts';
import { assertSameBytes, makePlain, makeScenario, type Scenario } from '../staging/scenario.ts';
import { comesTrue } from '../staging/soon.ts';

const CALLERS = 8;
const MEGABYTE = 1 << 20;
const SLACK = 128 * 1024;

/** Why a check of forks does not apply. */
export function needsForks({ forks }: Capabilities): string | null {
  return forks ? null : 'The driver does not promise forks.';
}

/** Changes of every kind that a layer can hold. */
const CHANGED: Scenario = {
  stage(root) {
    for (const name of ['changed', 'deleted', 'rewritten', 'linked', 'looks']) put(root, `directory/${name}`, name);
    put(root, 'gone/file');
    put(root, 'replaced');
    linkSync(join(root, 'directory/linked'), join(root, 'other-name'));
  },
  edit(root) {
    put(root, 'directory/changed', 'with other words');
    unlinkSync(join(root, 'directory/deleted'));
    rmSync(join(root, 'gone'), { recursive: true });
    unlinkSync(join(root, 'replaced'));
    mkdirSync(join(root, 'replaced'));
    put(root, 'new/file', 'new', { mode: 0o640, uid: 1000, gid: 2000 });
    linkSync(join(root, 'new/file'), join(root, 'new/link'));
    symlinkSync('../directory/changed', join(root, 'new/symlink'));
    look(root, 'directory/looks', { mode: 0o4711, uid: 7, gid: 8 });
    writeXattr(join(root, 'directory/looks'), 'trusted.kept', Buffer.from([0, 255]));
    put(root, 'directory/dated');
    setTimes(join(root, 'directory/dated'), { mtime: 1_000_000_000n });
  },
};

/** A second writable layer from the files of a first: what it starts from, and that each then goes its own way. */
export const forkChecks: readonly Check[] = [
  {
    id: 'forks/are-refused-where-not-promised',
    title: 'create with forkOf fails with UNSUPPORTED and makes nothing where no forks are promised',
    requires: ({ forks }) => (forks ? 'The driver promises forks.' : null),
    async run({ driver }) {
      await makeWritable(driver, 'source', (root) => put(root, 'file'));
      await assertRefused(driver.create('fork', { forkOf: 'source' }), 'UNSUPPORTED', 'create');
      assert.equal(await driver.exists('fork'), false);
    },
  },
  {
    id: 'forks/are-given-an-id-and-no-parent',
    title: 'forkOf that is no id, or together with a parent, is a TypeError and makes nothing',
    requires: needsForks,
    async run({ driver }) {
      await makeLayer(driver, 'base');
      await driver.create('source', { parent: 'base' });
      for (const forkOf of ['', '../source', '.source'])
        await assertTypeError(() => driver.create('fork', { forkOf }), `forkOf ${JSON.stringify(forkOf)}`);
      await assertTypeError(() => driver.create('fork', { forkOf: 'source', parent: 'base' }), 'forkOf with a parent');
      assert.equal(await driver.exists('fork'), false);
    },
  },
  {
    id: 'forks/start-from-the-files-of-their-source',
    title:
      'a fork shows all that its source shows: contents, deletions, links, times, owners, modes and attributes, and the source stays as it is',
    requires: needsForks,
    async run(context) {
      await makeScenario(context, CHANGED);
      const { upper } = await makePlain(context, CHANGED);
      const expected = await snapshotTree(upper);
      await context.driver.create('fork', { forkOf: 'layer' });
      for (const id of ['fork', 'layer']) await assertView(context, id, expected);
    },
  },
  {
    id: 'forks/differ-from-their-parent-as-their-source-does',
    title: 'a fork has the changes, the archive and its size of its source, also of a file that was changed unnoticed',
    requires: needsForks,
    async run(context) {
      const { driver } = context;
      await makeScenario(context, CHANGED);
      await editLayer(driver, 'layer', rewriteUnnoticed);
      const archive = await diffBytes(driver, 'layer');
      await driver.create('fork', { forkOf: 'layer' });
      await driver.create('second', { forkOf: 'fork' });
      for (const id of ['fork', 'second', 'layer']) {
        assertSameBytes(await diffBytes(driver, id), archive, `the archive of ${id}`);
        assert.deepEqual(await changeLines(driver, id), await changeLines(driver, 'layer'), `the changes of ${id}`);
        assert.equal(await driver.diffSize(id), await driver.diffSize('layer'), `the size of the diff of ${id}`);
      }
      await driver.commit('fork');
      assertSameBytes(await diffBytes(driver, 'fork'), archive, 'the archive of a committed fork');
    },
  },
  {
    id: 'forks/go-their-own-way',
    title:
      'what is written, renamed and deleted in a fork or in its source is not seen in the other, and each outlives the other',
    requires: needsForks,
    run: goOwnWays,
  },
  {
    id: 'forks/have-a-record-of-their-own',
    title:
      'a fork is writable, on the parent of its source and as old as that, with its own labels, and is a child of its parent',
    requires: needsForks,
    async run({ driver }) {
      await makeLayer(driver, 'base');
      const source = await driver.create('source', { parent: 'base', labels: { of: 'source' } });
      const fork = await driver.create('fork', { forkOf: 'source' });
      assert.deepEqual(fork, { ...source, id: 'fork', labels: {} });
      assert.deepEqual(await driver.stat('fork'), fork);
      assert.deepEqual(await driver.create('labelled', { forkOf: 'fork', labels: { of: 'fork' } }), {
        ...source,
        id: 'labelled',
        labels: { of: 'fork' },
      });
      for (const id of ['source', 'labelled']) await driver.remove(id);
      await assertRefused(driver.remove('base'), 'LAYER_IN_USE', 'remove under a fork');
      await driver.remove('fork');
      await driver.remove('base');
      await makeWritable(driver, 'alone', (root) => put(root, 'file'));
      assert.equal((await driver.create('fork', { forkOf: 'alone' })).parent, null);
      assert.deepEqual(await changeLines(driver, 'fork'), ['A /file']);
    },
  },
  {
    id: 'forks/of-what-is-held-are-refused',
    title: 'a layer that a mount or a lease holds is not forked: LAYER_IN_USE, and nothing is made',
    requires: needsForks,
    async run({ driver }) {
      await makeWritable(driver, 'source', (root) => put(root, 'file'));
      const mount = await driver.get('source');
      await assertRefused(driver.create('fork', { forkOf: 'source' }), 'LAYER_IN_USE', 'fork of what is mounted');
      await mount.put();
      await driver.get('source', { holder: 'lease' });
      await assertRefused(driver.create('fork', { forkOf: 'source' }), 'LAYER_IN_USE', 'fork of what is leased');
      await driver.put('source', { holder: 'lease' });
      assert.equal(await driver.exists('fork'), false);
      await driver.create('fork', { forkOf: 'source' });
    },
  },
  {
    id: 'forks/of-what-cannot-be-forked-are-refused',
    title:
      'a fork of a missing layer or of itself fails with LAYER_NOT_FOUND, of a committed one with LAYER_COMMITTED and what to do, and nothing is made',
    requires: needsForks,
    run: refuseSources,
  },
  {
    id: 'forks/of-one-layer-at-once',
    title: 'many forks of one layer can be made at once, and of those of the same id exactly one is',
    requires: needsForks,
    async run(context) {
      const { driver } = context;
      await makeLayer(driver, 'base', (root) => put(root, 'below'));
      await makeWritable(driver, 'source', (root) => put(root, 'file', 'of the source'), 'base');
      const ids = Array.from({ length: CALLERS }, (_, index) => `fork-${index}`);
      await Promise.all(ids.map((id) => driver.create(id, { forkOf: 'source' })));
      const same = await Promise.all(ids.map(() => endingOf(() => driver.create('same', { forkOf: 'source' }))));
      assert.deepEqual(same.toSorted(), [...Array<string>(CALLERS - 1).fill('LAYER_EXISTS'), 'success']);
      for (const id of [...ids, 'same', 'source']) assert.deepEqual(await changeLines(driver, id), ['A /file'], id);
    },
  },
  {
    id: 'forks/obey-an-aborted-signal',
    title: 'a fork whose signal is aborted fails with ABORTED, makes nothing, and leaves its source as it was',
    requires: needsForks,
    async run({ driver }) {
      await makeWritable(driver, 'source', (root) => put(root, 'file'));
      const signal = AbortSignal.abort();
      await assertRefused(driver.create('fork', { forkOf: 'source', signal }), 'ABORTED', 'create');
      assert.deepEqual(
        (await driver.list()).map(({ id }) => id),
        ['source'],
      );
      assert.deepEqual(await changeLines(driver, 'source'), ['A /file']);
    },
  },
  {
    id: 'forks/take-what-their-source-takes',
    title: 'forking changes no usage, a fork has that of its source, and gives it all back when it goes last',
    requires: needsForks,
    async run({ driver }) {
      await makeLayer(driver, 'base', (root) => put(root, 'below', randomBytes(2 * MEGABYTE)));
      await makeWritable(driver, 'source', (root) => put(root, 'own', randomBytes(MEGABYTE)), 'base');
      const before = await driver.usage('source');
      await driver.create('fork', { forkOf: 'source' });
      for (const id of ['source', 'fork']) await assertUsage(driver, id, before.apparent, before.allocated);
      await driver.commit('source');
      await assertUsage(driver, 'source', before.apparent, before.allocated);
      await driver.remove('source');
      const isAlone = async (): Promise<boolean> => (await driver.reclaimable('fork')) > MEGABYTE - SLACK;
      assert.ok(await comesTrue(isAlone), 'the fork would give back less than it has');
      await assertUsage(driver, 'fork', before.apparent, before.allocated);
    },
  },
];

/** Keeps size and time, so that only the bytes can tell. */
function rewriteUnnoticed(root: string): void {
  const path = join(root, 'directory/rewritten');
  const { mtimeNs: mtime } = lstatSync(path, { bigint: true });
  writeFileSync(path, 'REWRITTEN', { flag: 'r+' });
  setTimes(path, { mtime });
}

async function goOwnWays(context: CheckContext): Promise<void> {
  const { driver } = context;
  await makeLayer(driver, 'base', (root) => put(root, 'below', 'of base'));
  const start = (root: string): void => {
    for (const name of ['written', 'renamed', 'deleted']) put(root, name, 'from before');
  };
  await makeWritable(driver, 'source', start, 'base');
  await driver.create('fork', { forkOf: 'source' });
  const change = (id: string): Promise<void> =>
    editLayer(driver, id, (root) => {
      for (const name of ['written', 'below']) writeFileSync(join(root, name), `of ${id}`);
      renameSync(join(root, 'renamed'), join(root, `renamed-in-${id}`));
      unlinkSync(join(root, 'deleted'));
    });
  const untouched = ['A /deleted', 'A /renamed', 'A /written'];
  await change('fork');
  assert.deepEqual(await changeLines(driver, 'source'), untouched);
  await driver.create('second', { forkOf: 'source' });
  await change('source');
  assert.deepEqual(await changeLines(driver, 'second'), untouched);
  for (const id of ['fork', 'source'])
    assert.deepEqual(await changeLines(driver, id), ['C /below', `A /renamed-in-${id}`, 'A /written']);
  await driver.remove('source');
  await driver.commit('fork');
  await driver.create('child', { parent: 'fork' });
  await viewing(context, 'child', (root) => {
    assert.deepEqual([textOf(root, 'written'), textOf(root, 'below')], ['of fork', 'of fork']);
    assert.equal(isThere(root, 'deleted'), false);
  });
  await viewing(context, 'second', (root) => assert.equal(textOf(root, 'written'), 'from before'));
}

async function refuseSources({ driver }: CheckContext): Promise<void> {
  await makeLayer(driver, 'committed', (root) => put(root, 'file'));
  await driver.create('writable', { parent: 'committed' });
  const before = await driver.list();
  await assertRefused(driver.create('fork', { forkOf: 'missing' }), 'LAYER_NOT_FOUND', 'fork of a missing layer');
  await assertRefused(driver.create('fork', { forkOf: 'fork' }), 'LAYER_NOT_FOUND', 'fork of itself');
  await assertRefused(
    driver.create('committed', { forkOf: 'writable' }),
    'LAYER_EXISTS',
    'fork by an id that is taken',
  );
  const refusal = await driver.create('fork', { forkOf: 'committed' }).then(
    () => 'success',
    (error: unknown) => error,
  );
  assert.ok(isStorageError(refusal, 'LAYER_COMMITTED'), `fork of a committed layer: ${String(refusal)}`);
  assert.match(refusal.hint ?? '', /parent/, 'the hint');
  assert.deepEqual(await driver.list(), before);
}

async function assertUsage(driver: Driver, id: string, apparent: number, allocated: number): Promise<void> {
  const usage = await driver.usage(id);
  for (const [what, found, expected] of [
    ['apparent', usage.apparent, apparent],
    ['allocated', usage.allocated, allocated],
  ] as const)
    assert.ok(Math.abs(found - expected) < SLACK, `${id} has ${found} ${what} bytes, not about ${expected}`);
}
