import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { gate } from './gate.ts';
import { leftovers, type Opened, opened, snapshot } from './scratch-root.ts';

/** A root with the committed layer `base` and the writable layer `source` on it, which has one file. */
async function withSource(): Promise<Opened> {
  const subject = await opened();
  const { driver, backend } = subject;
  await driver.create('base');
  await driver.commit('base');
  await driver.create('source', { parent: 'base', labels: { of: 'source' } });
  writeFileSync(join(backend.files('source'), 'file'), 'content');
  return subject;
}

test('a fork has the files and the parent of its source, labels of its own, and the time since when the files have been changing', async () => {
  const { driver, backend } = await withSource();
  const { createdAt } = await driver.stat('source');
  const fork = await driver.create('fork', { forkOf: 'source', labels: { of: 'fork' } });
  expect(fork).toEqual({ id: 'fork', parent: 'base', kind: 'writable', createdAt, labels: { of: 'fork' } });
  expect(readdirSync(backend.files('fork'))).toEqual(['file']);
  expect((await driver.create('plain', { forkOf: 'fork' })).labels).toEqual({});
  for (const id of ['source', 'plain', 'fork']) {
    await expect(driver.remove('base')).rejects.toMatchObject({ code: 'LAYER_IN_USE' });
    await driver.remove(id);
  }
  await driver.remove('base');
});

test('a fork of what stands alone stands alone', async () => {
  const { driver } = await opened();
  await driver.create('source');
  expect((await driver.create('fork', { forkOf: 'source' })).parent).toBe(null);
});

test('a source that is missing, committed, held or the fork itself is refused, and nothing is made', async () => {
  const { driver, root } = await withSource();
  const before = snapshot(root);
  const fork = (forkOf: string, id = 'fork'): Promise<unknown> => driver.create(id, { forkOf });
  await expect(fork('missing')).rejects.toMatchObject({ code: 'LAYER_NOT_FOUND' });
  await expect(fork('fork')).rejects.toMatchObject({ code: 'LAYER_NOT_FOUND' });
  await expect(fork('source', 'source')).rejects.toMatchObject({ code: 'LAYER_EXISTS' });
  await expect(fork('base')).rejects.toMatchObject({
    code: 'LAYER_COMMITTED',
    hint: expect.stringContaining('parent'),
  });
  const mount = await driver.get('source');
  await expect(fork('source')).rejects.toMatchObject({ code: 'LAYER_IN_USE' });
  await mount.put();
  expect(snapshot(root).filter((path) => !path.includes('/holds/'))).toEqual(before);
});

test('a driver that promises no forks refuses one with UNSUPPORTED, whatever the source', async () => {
  const { driver, root } = await opened(undefined, { forks: false });
  await driver.create('source');
  const before = snapshot(root);
  for (const forkOf of ['source', 'missing'])
    await expect(driver.create('fork', { forkOf })).rejects.toMatchObject({ code: 'UNSUPPORTED' });
  expect(snapshot(root)).toEqual(before);
});

test('as long as a fork is being made its source can neither be mounted, changed, committed nor removed', async () => {
  const { driver, backend } = await withSource();
  const [begun, going] = [gate(), gate()];
  backend.whileMaking = async (id) => {
    if (id !== 'fork') return;
    begun.open();
    await going.opened;
  };
  const making = driver.create('fork', { forkOf: 'source' });
  await begun.opened;
  const done: string[] = [];
  const others = ['get', 'commit', 'remove'] as const;
  const calls = others.map(async (call) => {
    const { signal } = new AbortController();
    await driver[call]('source', { signal }).catch(() => undefined);
    done.push(call);
  });
  // Calls that need no lock of the source are not held up by it.
  await driver.stat('source');
  await driver.create('sibling', { parent: 'base' });
  expect(done).toEqual([]);
  going.open();
  await making;
  await Promise.all(calls);
  expect(done.toSorted()).toEqual(others.toSorted());
  expect(existsSync(join(backend.files('fork'), 'file'))).toBe(true);
});

test('two forks of each other are made at once without waiting for one another in a circle', async () => {
  const { driver } = await withSource();
  await driver.create('a', { forkOf: 'source' });
  await driver.create('z', { forkOf: 'source' });
  await Promise.all([
    driver.create('m', { forkOf: 'z' }),
    driver.create('n', { forkOf: 'a' }),
    driver.create('zz', { forkOf: 'a' }),
  ]);
  expect((await driver.list()).map(({ parent }) => parent)).toEqual([null, ...Array<string>(6).fill('base')]);
});

test('an abort while a fork is being made leaves nothing behind, and its source as it was', async () => {
  const { driver, backend, root } = await withSource();
  const before = snapshot(root);
  const controller = new AbortController();
  backend.whileMaking = async () => controller.abort();
  await expect(driver.create('fork', { forkOf: 'source', signal: controller.signal })).rejects.toMatchObject({
    code: 'ABORTED',
  });
  expect(snapshot(root)).toEqual(before);
  expect(leftovers(root)).toEqual([]);
});
