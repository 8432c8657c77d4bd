import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { type BackendLayer, type ManagedDriver, openManagedDriver } from '../src/index.ts';
import { PlainBackend } from './fixture/plain-backend.mjs';
import { opened } from './scratch-root.ts';

/** A backend that has something beside its layers, which may be lost, and tells what it is asked. */
class FurnishedBackend extends PlainBackend {
  readonly asked: string[] = [];
  isLost = false;
  failsOn: string | undefined;

  override async repair(layer: BackendLayer): Promise<void> {
    this.asked.push(`repair ${layer.kind} ${layer.id}`);
    if (layer.id === this.failsOn) throw new Error('It cannot be repaired.');
  }

  intact(): boolean {
    return !this.isLost;
  }

  async tidy(): Promise<void> {
    this.asked.push('tidy');
    this.isLost = false;
  }
}

/** A root with a chain of three, whose names are in no order of their depth. */
async function chain(): Promise<string> {
  const { driver, root } = await opened();
  for (const [id, parent] of [['m'], ['z', 'm'], ['a', 'z']] as const) {
    await driver.create(id, parent === undefined ? {} : { parent });
    if (id !== 'a') await driver.commit(id);
  }
  await driver.close();
  return root;
}

async function openedWith(root: string, backend: FurnishedBackend): Promise<ManagedDriver> {
  const driver = await openManagedDriver(backend, { root });
  onTestFinished(() => driver.close());
  return driver;
}

const ALL = ['repair committed m', 'repair committed z', 'repair writable a', 'tidy'];

test('a backend that misses nothing is asked to look nothing over', async () => {
  const root = await chain();
  const backend = new FurnishedBackend(root);
  await openedWith(root, backend);
  expect(backend.asked).toEqual([]);
});

test('a backend that misses something looks every layer over, a parent before its children, and tidies up once', async () => {
  const root = await chain();
  const backend = new FurnishedBackend(root);
  backend.isLost = true;
  await openedWith(root, backend);
  expect(backend.asked).toEqual(ALL);
  await openedWith(root, backend);
  expect(backend.asked).toEqual(ALL);
});

test('nothing is removed that has no record, unless the host went down', async () => {
  const root = await chain();
  const backend = new FurnishedBackend(root);
  backend.isLost = true;
  mkdirSync(join(root, 'stray'));
  await openedWith(root, backend);
  expect(existsSync(join(root, 'stray'))).toBe(true);
  writeFileSync(join(root, '.graphdriver/boot'), 'another boot\n');
  await openedWith(root, backend);
  expect(existsSync(join(root, 'stray'))).toBe(false);
  expect(backend.asked).toEqual([...ALL, ...ALL]);
});

test('a layer that cannot be repaired keeps no other from it, and nobody from opening the root', async () => {
  const root = await chain();
  const backend = new FurnishedBackend(root);
  backend.isLost = true;
  backend.failsOn = 'm';
  const driver = await openedWith(root, backend);
  expect(backend.asked).toEqual(ALL);
  expect(await driver.list()).toHaveLength(3);
});

test('a layer that somebody is at is left to them', async () => {
  const root = await chain();
  const backend = new FurnishedBackend(root);
  const driver = await openedWith(root, backend);
  backend.isLost = true;
  await driver.exclusive('a', {}, () => openedWith(root, backend));
  expect(backend.asked).toEqual(ALL.filter((asked) => !asked.endsWith(' a')));
});
