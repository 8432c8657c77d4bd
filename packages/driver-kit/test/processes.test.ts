import { closeSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isMountPoint } from '@graphdriver/host';
import { expect, test } from 'vitest';
import { leftovers, opened, snapshot } from './scratch-root.ts';
import { startWorker } from './worker.ts';

test('what one process holds, another can neither commit nor remove', async () => {
  const { driver, root } = await opened();
  const worker = startWorker(root);
  await driver.create('x');
  await worker.call('get', 'x');
  expect(await driver.holders('x')).toEqual([{ name: null, pid: worker.pid, live: true }]);
  await expect(driver.commit('x')).rejects.toMatchObject({ code: 'LAYER_IN_USE' });
  await expect(driver.remove('x')).rejects.toMatchObject({ code: 'LAYER_IN_USE' });
  await worker.call('put');
  await driver.commit('x');
});

test('two processes share one mount, and the last one to give it back unmounts it', async () => {
  const { driver, root } = await opened();
  const worker = startWorker(root);
  await driver.create('x');
  const mount = await driver.get('x');
  expect(await worker.call('get', 'x')).toEqual({ value: mount.path });
  await mount.put();
  expect(isMountPoint(mount.path)).toBe(true);
  await worker.call('put');
  expect(leftovers(root)).toEqual([]);
});

test.each(['commit', 'remove'] as const)('%s releases the hold of a process that was killed', async (call) => {
  const { driver, root } = await opened();
  const worker = startWorker(root);
  await driver.create('x');
  await worker.call('get', 'x', { noexec: true });
  await worker.call('read', 'x');
  await worker.kill();
  expect((await driver.holders('x')).map(({ live }) => live)).toEqual([false, false]);
  await driver[call]('x');
  expect(leftovers(root)).toEqual([]);
});

test('opening a root releases the holds of killed processes and no others', async () => {
  const { driver, root } = await opened();
  const [killed, alive] = [startWorker(root), startWorker(root)];
  await driver.create('x');
  await driver.create('y');
  await driver.create('z');
  await killed.call('get', 'x');
  await killed.call('get', 'y', { nosuid: true });
  const leased = await killed.call('get', 'z', { holder: 'lease' });
  await alive.call('get', 'y');
  await killed.kill();
  const later = (await opened(root)).driver;
  expect(await later.holders('x')).toEqual([]);
  expect(await later.holders('y')).toEqual([{ name: null, pid: alive.pid, live: true }]);
  expect(await later.holders('z')).toEqual([{ name: 'lease', pid: killed.pid, live: true }]);
  expect(leased).toEqual({ value: join(root, 'z/mnt') });
  expect(isMountPoint(join(root, 'z/mnt'))).toBe(true);
});

test('a mount that a killed process left with files open is used on, and the layer not committed under it', async () => {
  const { driver, root } = await opened();
  const worker = startWorker(root);
  await driver.create('x');
  const { value: path } = (await worker.call('get', 'x')) as { value: string }; // What `get` of the worker answers.
  const file = openSync(join(path, 'file'), 'w');
  await worker.kill();
  await expect(driver.commit('x')).rejects.toMatchObject({ code: 'LAYER_IN_USE' });
  const mount = await driver.get('x');
  writeFileSync(file, 'late');
  closeSync(file);
  await mount.put();
  await driver.commit('x');
  expect(leftovers(root)).toEqual([]);
});

test('a layer that is mounted in another mount namespace is not mounted a second time', async () => {
  const { driver, root } = await opened();
  const worker = startWorker(root, ['unshare', '--mount', '--propagation', 'private']);
  await driver.create('x');
  await worker.call('get', 'x');
  await expect(driver.get('x')).rejects.toMatchObject({ code: 'LAYER_IN_USE' });
  expect(await driver.holders('x')).toHaveLength(1);
  await worker.kill();
  await (await driver.get('x')).put();
  expect(leftovers(root)).toEqual([]);
});

test('a layer whose making a killed process began is gone, and its id is free', async () => {
  const { driver, root } = await opened();
  const before = snapshot(root);
  const worker = startWorker(root);
  expect(await worker.call('hangInMake', 'x')).toBe('making');
  expect(await driver.exists('x')).toBe(false);
  const waiting = driver.create('x');
  await worker.kill();
  await waiting;
  await driver.remove('x');
  expect(snapshot(root)).toEqual(before);
});

test('opening a root leaves alone what another process is making', async () => {
  const { driver, root } = await opened();
  const worker = startWorker(root);
  await driver.create('base');
  await worker.call('hangInMake', 'x');
  const later = await opened(root);
  expect(leftovers(root)).toEqual(['pending/x', 'files of x']);
  await worker.kill();
  await later.driver.close();
  await opened(root);
  expect(leftovers(root)).toEqual([]);
});

test('processes that make layers on one parent side by side all succeed', async () => {
  const { driver, root } = await opened();
  await driver.create('base');
  await driver.commit('base');
  const workers = [startWorker(root), startWorker(root), startWorker(root)];
  const rounds = workers.map(async (worker, number) => {
    for (let round = 0; round < 20; round += 1) {
      const id = `layer-${number}-${round}`;
      expect(await worker.call('create', id, { parent: 'base' })).toHaveProperty('value');
      await worker.call('get', id);
      await worker.call('put');
      if (round % 2 === 0) await worker.call('remove', id);
    }
  });
  await Promise.all(rounds);
  expect(await driver.list()).toHaveLength(31);
  expect(leftovers(root)).toEqual([]);
});

test('of processes that want one id exactly one gets it', async () => {
  const { driver, root } = await opened();
  const workers = [startWorker(root), startWorker(root), startWorker(root)];
  for (let round = 0; round < 10; round += 1) {
    const answers = await Promise.all(workers.map((worker) => worker.call('create', 'x')));
    expect(answers.filter((answer) => typeof answer === 'object' && answer.code === 'LAYER_EXISTS')).toHaveLength(2);
    await driver.remove('x');
  }
});
