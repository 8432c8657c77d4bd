import assert from 'node:assert/strict';
import type { Driver, Mount } from '@graphdriver/core';
import { mountsUnder } from '@graphdriver/host';
import type { CheckContext, Worker } from '../check.ts';
import { randomOf } from './random.ts';
import { endingOf } from './refusals.ts';

/** Few, so that calls meet. */
const IDS = ['a', 'b', 'c', 'd'] as const;

/** What calls on layers of which others are busy may end with. */
const EXPECTED: readonly string[] = [
  'success',
  'LAYER_NOT_FOUND',
  'LAYER_EXISTS',
  'LAYER_IN_USE',
  'LAYER_COMMITTED',
  'PARENT_NOT_FOUND',
  'PARENT_NOT_COMMITTED',
];

/** The calls of a storm, in this process or another one. */
export interface Stormed {
  call(method: 'create' | 'commit' | 'remove' | 'setLabels' | 'list', ...args: readonly unknown[]): Promise<unknown>;
  getAndPut(id: string): Promise<void>;
}

/** A driver of this process, to be stormed. */
export function stormedDriver(driver: Driver): Stormed {
  return {
    call: (method, ...args) => (driver[method] as (...given: readonly unknown[]) => Promise<unknown>)(...args), // The lists are those of the contract.
    async getAndPut(id) {
      const mount: Mount = await driver.get(id);
      await mount.put();
    },
  };
}

/** A driver of another process, to be stormed. */
export function stormedWorker(worker: Worker): Stormed {
  return {
    call: (method, ...args) => worker.call(method, ...args),
    async getAndPut(id) {
      const { path } = (await worker.call('get', id)) as { path: string }; // As worker.ts answers.
      await worker.call('release', path);
    },
  };
}

/**
 * Makes random calls on few ids, several at a time, and fails where one ends in an unexpected way.
 *
 * Stops quietly when the other process has ended: that may be what the check is about.
 */
export async function storm(stormed: Stormed, seed: number, calls: number, lanes: number = 3): Promise<void> {
  const random = randomOf(seed);
  let left = calls;
  const lane = async (): Promise<void> => {
    while (left-- > 0) {
      const { what, act } = anyCall(stormed, random);
      const ending = await endingOf(act);
      if (ending === 'WorkerEnded') return;
      assert.ok(EXPECTED.includes(ending), `${what} in the middle of others ended with ${ending}`);
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}

function anyCall(stormed: Stormed, random: ReturnType<typeof randomOf>): { what: string; act: () => Promise<unknown> } {
  const [id, other] = [random.of(IDS), random.of(IDS)];
  const calls: readonly [() => Promise<unknown>, ...(() => Promise<unknown>)[]] = [
    () => stormed.call('create', id, {}),
    () => stormed.call('create', id, { parent: other }),
    () => stormed.call('commit', id),
    () => stormed.call('remove', id),
    () => stormed.call('remove', id),
    () => stormed.call('setLabels', id, { of: other }),
    () => stormed.call('list'),
    () => stormed.getAndPut(id),
    () => stormed.getAndPut(id),
  ];
  const act = random.of(calls);
  return { what: `${act.toString().replace('() => stormed.', '')} of ${id}`, act };
}

/**
 * Fails unless the root is as if only whole calls had been made: a list in which every parent is there, committed and
 * before its children; every layer held by nobody, the same in list and stat, and mountable; and nothing mounted.
 */
export async function assertSound({ capabilities }: CheckContext, driver: Driver): Promise<void> {
  const kinds = new Map<string, string>();
  for (const record of await driver.list()) {
    const { id, parent, kind } = record;
    if (parent !== null) assert.equal(kinds.get(parent), 'committed', `the parent ${parent} of ${id}`);
    kinds.set(id, kind);
    assert.deepEqual(await driver.stat(id), record, `stat of ${id}, which list shows`);
    assert.deepEqual(await driver.holders(id), [], `the holders of ${id}`);
    if (kind === 'writable' || capabilities.readOnlyViews) await (await driver.get(id)).put();
  }
  assert.deepEqual(mountsUnder(driver.root), [], 'what is mounted where nobody holds anything');
}

/** Fails unless the root is sound and all of it can be removed, after which every id is free. */
export async function assertRemovable(context: CheckContext, driver: Driver): Promise<void> {
  await assertSound(context, driver);
  const ids = (await driver.list()).map(({ id }) => id);
  for (const id of ids.toReversed()) await driver.remove(id);
  assert.deepEqual(await driver.list(), []);
  for (const id of IDS) {
    await driver.create(id);
    await driver.remove(id);
  }
}
