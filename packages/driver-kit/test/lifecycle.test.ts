import { existsSync, mkdirSync, readdirSync, renameSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { errnoError, setFaultHandler } from '@graphdriver/host';
import { afterEach, expect, test } from 'vitest';
import { readNote } from '../src/notes.ts';
import { gate } from './gate.ts';
import { leftovers, opened, snapshot, writeInstead } from './scratch-root.ts';

afterEach(() => setFaultHandler(undefined));

test('a layer is made with its record, chain and labels', async () => {
  const { driver, backend } = await opened();
  await driver.create('base');
  await driver.commit('base');
  const record = await driver.create('child', { parent: 'base', labels: { colour: 'red' } });
  expect(record).toMatchObject({ id: 'child', parent: 'base', kind: 'writable', labels: { colour: 'red' } });
  expect(await driver.stat('child')).toEqual(record);
  expect(Object.isFrozen(record) && Object.isFrozen(record.labels)).toBe(true);
  expect(existsSync(backend.files('child'))).toBe(true);
});

test('creating on a missing, uncommitted or own parent is refused and leaves nothing', async () => {
  const { driver, root } = await opened();
  await driver.create('writable');
  const before = snapshot(root);
  await expect(driver.create('x', { parent: 'missing' })).rejects.toMatchObject({ code: 'PARENT_NOT_FOUND' });
  await expect(driver.create('x', { parent: 'x' })).rejects.toMatchObject({ code: 'PARENT_NOT_FOUND' });
  await expect(driver.create('x', { parent: 'writable' })).rejects.toMatchObject({ code: 'PARENT_NOT_COMMITTED' });
  await expect(driver.create('writable')).rejects.toMatchObject({ code: 'LAYER_EXISTS' });
  expect(snapshot(root)).toEqual(before);
});

test('a chain longer than maxDepth fails with DEPTH_EXCEEDED', async () => {
  const { driver } = await opened();
  for (const [id, parent] of [['a'], ['b', 'a'], ['c', 'b']] as const) {
    await driver.create(id, parent === undefined ? {} : { parent });
    await driver.commit(id);
  }
  await expect(driver.create('d', { parent: 'c' })).rejects.toMatchObject({ code: 'DEPTH_EXCEEDED' });
});

test('a parent is removed only after its children', async () => {
  const { driver, root } = await opened();
  await driver.create('base');
  await driver.commit('base');
  await driver.create('child', { parent: 'base' });
  await expect(driver.remove('base')).rejects.toMatchObject({ code: 'LAYER_IN_USE' });
  await driver.remove('child');
  await driver.remove('base');
  await expect(driver.remove('base')).rejects.toMatchObject({ code: 'LAYER_NOT_FOUND' });
  expect(await driver.list()).toEqual([]);
  expect(leftovers(root)).toEqual([]);
});

test('list has parents before children, and otherwise goes by id', async () => {
  const { driver } = await opened();
  await driver.create('z');
  await driver.commit('z');
  for (const [id, parent] of [
    ['b', 'z'],
    ['a', 'z'],
    ['m', undefined],
  ] as const) {
    await driver.create(id, parent === undefined ? {} : { parent });
  }
  expect((await driver.list()).map(({ id }) => id)).toEqual(['m', 'z', 'a', 'b']);
});

test('a committed layer keeps its usage and cannot be committed or changed again', async () => {
  const { driver, backend } = await opened();
  await driver.create('x');
  writeFileSync(join(backend.files('x'), 'file'), 'content');
  const measured = await driver.usage('x');
  expect(measured.apparent).toBe(7);
  expect((await driver.commit('x')).kind).toBe('committed');
  writeFileSync(join(backend.files('x'), 'file'), 'behind the driver’s back');
  expect(await driver.usage('x')).toMatchObject({ apparent: 7 });
  await expect(driver.commit('x')).rejects.toMatchObject({ code: 'LAYER_COMMITTED' });
  await expect(driver.exclusive('x', {}, async () => {})).rejects.toMatchObject({ code: 'LAYER_COMMITTED' });
});

test('labels are replaced as a whole, also of a committed layer, and outlive a reopening', async () => {
  const { driver, root } = await opened();
  await driver.create('x', { labels: { a: '1', b: '2' } });
  const committed = await driver.commit('x');
  const labelled = await driver.setLabels('x', { __proto__x: '3' });
  expect(labelled).toEqual({ ...committed, labels: { __proto__x: '3' } });
  const again = await opened(root);
  expect(await again.driver.stat('x')).toEqual(labelled);
});

test('an abort while the files are being made leaves nothing behind', async () => {
  const { driver, backend, root } = await opened();
  const before = snapshot(root);
  const controller = new AbortController();
  backend.whileMaking = async () => controller.abort();
  await expect(driver.create('x', { signal: controller.signal })).rejects.toMatchObject({ code: 'ABORTED' });
  expect(snapshot(root)).toEqual(before);
  for (const call of ['create', 'commit', 'remove', 'usage', 'reclaimable', 'get'] as const) {
    await expect(driver[call]('x', { signal: controller.signal }), call).rejects.toMatchObject({ code: 'ABORTED' });
  }
});

test('an aborted call does not wait for the layer’s lock', async () => {
  const { driver, backend } = await opened();
  const going = gate();
  backend.whileMaking = () => going.opened;
  const making = driver.create('x');
  const controller = new AbortController();
  const waiting = driver.get('x', { signal: controller.signal });
  controller.abort();
  await expect(waiting).rejects.toMatchObject({ code: 'ABORTED' });
  going.open();
  await making;
});

test('calls on one id run one after another', async () => {
  const { driver } = await opened();
  const results = await Promise.allSettled([
    driver.create('x'),
    driver.create('x'),
    driver.remove('x'),
    driver.create('x'),
  ]);
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled']);
});

test('layers that are each other’s parent in two calls do not lock each other out', async () => {
  const { driver } = await opened();
  const results = await Promise.allSettled([driver.create('a', { parent: 'b' }), driver.create('b', { parent: 'a' })]);
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
});

test('children of one parent are made side by side', async () => {
  const { driver, backend } = await opened();
  await driver.create('base');
  await driver.commit('base');
  let making = 0;
  const all = gate();
  backend.whileMaking = () => {
    making += 1;
    if (making === 3) all.open();
    return all.opened;
  };
  const children = ['a', 'b', 'c'].map((id) => driver.create(id, { parent: 'base' }));
  expect((await Promise.all(children)).map(({ parent }) => parent)).toEqual(['base', 'base', 'base']);
});

test('a parent is not removed while a child is being made on it', async () => {
  const { driver, backend } = await opened();
  await driver.create('base');
  await driver.commit('base');
  const making = gate();
  const going = gate();
  backend.whileMaking = () => {
    making.open();
    return going.opened;
  };
  const child = driver.create('child', { parent: 'base' });
  await making.opened;
  await expect(driver.remove('base')).rejects.toMatchObject({ code: 'LAYER_IN_USE' });
  going.open();
  await child;
});

test('all calls but close fail with CLOSED on a closed driver', async () => {
  const { driver } = await opened();
  await driver.create('x');
  await driver.close();
  await driver.close();
  await expect(driver.create('y')).rejects.toMatchObject({ code: 'CLOSED' });
  await expect(driver.list()).rejects.toMatchObject({ code: 'CLOSED' });
  await expect(driver.get('x')).rejects.toMatchObject({ code: 'CLOSED' });
});

test('a broken record is CORRUPT_LAYER and can be removed', async () => {
  const { driver, root } = await opened();
  await driver.create('x');
  const path = join(root, '.graphdriver/records/x.json');
  const record = readNote(path) ?? '';
  for (const broken of ['{', 'null', record.replace('"x"', '"y"'), record.replace('writable', 'other')]) {
    writeInstead(path, broken);
    await expect(driver.stat('x')).rejects.toMatchObject({ code: 'CORRUPT_LAYER' });
  }
  await driver.remove('x');
  expect(await driver.exists('x')).toBe(false);
  expect(leftovers(root)).toEqual([]);
});

test('status tells of the root and of the backend', async () => {
  const { driver, root } = await opened();
  await driver.create('x');
  const status = new Map((await driver.status()).map(({ key, value }) => [key, value]));
  expect(status.get('Root Dir')).toBe(root);
  expect(status.get('Layers')).toBe('1');
  expect(status.get('Kind')).toBe('plain');
});

test('a layer is removed where there is not even the space for a rename', async () => {
  const { driver, root, backend } = await opened();
  await driver.create('base');
  await driver.commit('base');
  await driver.create('child', { parent: 'base' });
  setFaultHandler((call, path) => {
    if (!['unlink', 'rmdir'].includes(call)) throw errnoError(call, 28, path);
  });
  await driver.remove('child');
  await driver.remove('base');
  setFaultHandler(undefined);
  expect(await driver.list()).toEqual([]);
  expect(existsSync(backend.files('child'))).toBe(false);
  expect(leftovers(root)).toEqual([]);
});

test('a root that is gone is told from one without layers, and nothing is made where it was', async () => {
  const { driver, root } = await opened();
  await driver.create('layer');
  renameSync(root, `${root}-elsewhere`);
  mkdirSync(root);
  try {
    for (const call of [
      driver.stat('layer'),
      driver.exists('layer'),
      driver.list(),
      driver.get('layer'),
      driver.commit('layer'),
      driver.remove('layer'),
      driver.create('other'),
      driver.create('child', { parent: 'layer' }),
    ]) {
      await expect(call).rejects.toMatchObject({ code: 'PREREQUISITE_MISSING', details: { root } });
    }
    expect(readdirSync(root)).toEqual([]);
  } finally {
    rmdirSync(root);
    renameSync(`${root}-elsewhere`, root);
  }
  expect(await driver.exists('layer')).toBe(true);
  expect(await driver.exists('other')).toBe(false);
});
