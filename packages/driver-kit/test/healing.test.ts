import { existsSync, mkdirSync, readdirSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createMounter, errnoError, isMountPoint, setFaultHandler } from '@graphdriver/host';
import { afterEach, expect, test } from 'vitest';
import { readNote } from '../src/notes.ts';
import { leftovers, opened, scratchRoot, snapshot, writeInstead } from './scratch-root.ts';

/** As if the host had been started anew since the root was last healed. */
function forgetBoot(root: string): void {
  writeFileSync(join(root, '.graphdriver/boot'), 'another boot\n');
}

afterEach(() => setFaultHandler(undefined));

test('opening a root again changes nothing in it', async () => {
  const { driver, root } = await opened();
  await driver.create('base');
  await driver.commit('base');
  await driver.create('child', { parent: 'base' });
  await driver.get('child', { holder: 'lease', nosuid: true });
  await driver.close();
  const before = snapshot(root);
  await (await opened(root)).driver.close();
  expect(snapshot(root)).toEqual(before);
});

test('a new root is made with its parents, and closed to users who are not in its group', async () => {
  const root = join(scratchRoot(), 'deep/er');
  const { driver } = await opened(root);
  expect(driver.root).toBe(root);
  expect(readdirSync(root)).toEqual(['.graphdriver']);
});

test('the root of another driver, of a later release, or that is broken is refused', async () => {
  const { driver, root } = await opened();
  await driver.close();
  const format = join(root, '.graphdriver/format.json');
  for (const [text, code] of [
    ['{"format":1,"driver":"other"}', 'CORRUPT_ROOT'],
    ['{"format":2,"driver":"plain"}', 'NEWER_FORMAT'],
    ['{"format":1', 'CORRUPT_ROOT'],
    ['', 'CORRUPT_ROOT'],
  ] as const) {
    writeFileSync(format, text);
    await expect(opened(root), text).rejects.toMatchObject({ code });
  }
});

test('a root whose records are gone is refused, and its layers are left alone', async () => {
  const { driver, root, backend } = await opened();
  await driver.create('x');
  await driver.close();
  rmSync(join(root, '.graphdriver/records'), { recursive: true });
  forgetBoot(root);
  await expect(opened(root)).rejects.toMatchObject({ code: 'CORRUPT_ROOT' });
  expect(existsSync(backend.files('x'))).toBe(true);
});

test('a folder that holds something else is refused, and what the backend makes beforehand is not', async () => {
  const root = scratchRoot();
  mkdirSync(join(root, 'furniture'), { recursive: true });
  mkdirSync(join(root, 'lost+found'));
  mkdirSync(join(root, 'music'));
  await expect(opened(root)).rejects.toMatchObject({ code: 'CORRUPT_ROOT' });
  expect(readdirSync(root).sort()).toEqual(['furniture', 'lost+found', 'music']);
  rmSync(join(root, 'music'), { recursive: true });
  await opened(root);
});

test('after a boot, files without a record are removed and records without content go with their files', async () => {
  const { driver, root, backend } = await opened();
  for (const id of ['whole', 'unwritten', 'zeroes', 'unrecorded']) await driver.create(id);
  await driver.close();
  writeInstead(join(root, '.graphdriver/records/unwritten.json'), '');
  writeInstead(join(root, '.graphdriver/records/zeroes.json'), '\0'.repeat(100));
  unlinkSync(join(root, '.graphdriver/records/unrecorded.json'));
  forgetBoot(root);
  const later = await opened(root);
  expect((await later.driver.list()).map(({ id }) => id)).toEqual(['whole']);
  expect(leftovers(root)).toEqual([]);
  expect(existsSync(backend.files('whole'))).toBe(true);
});

test('without a boot in between nothing is looked for that is not marked', async () => {
  const { driver, root } = await opened();
  await driver.create('x');
  await driver.close();
  mkdirSync(join(root, 'stray'));
  const later = await opened(root);
  expect(existsSync(join(root, 'stray'))).toBe(true);
  expect(later.backend.repaired).toEqual([]);
});

test('after a boot, a parent knows its children again, and all layers are looked over once, a parent first', async () => {
  const { driver, root } = await opened();
  await driver.create('base');
  await driver.commit('base');
  const { createdAt } = await driver.create('child', { parent: 'base' });
  await driver.close();
  rmSync(join(root, '.graphdriver/children'), { recursive: true });
  forgetBoot(root);
  const later = await opened(root);
  await expect(later.driver.remove('base')).rejects.toMatchObject({ code: 'LAYER_IN_USE' });
  expect(later.backend.repaired.map(([id]) => id)).toEqual(['base', 'child']);
  expect(later.backend.repaired).toContainEqual(['child', BigInt(Date.parse(createdAt)) * 1_000_000n]);
  expect((await opened(root)).backend.repaired).toEqual([]);
});

test('after a boot, a lease is mounted again by the next get and given back by put', async () => {
  const { driver, root } = await opened();
  await driver.create('x');
  const { path } = await driver.get('x', { holder: 'lease', noexec: true });
  await driver.close();
  const mounter = createMounter();
  await mounter.unmount(path);
  await mounter.unmount(join(root, 'x/mnt'));
  forgetBoot(root);
  const later = (await opened(root)).driver;
  expect(await later.holders('x')).toHaveLength(1);
  await expect(later.commit('x')).rejects.toMatchObject({ code: 'LAYER_IN_USE' });
  const again = await later.get('x', { holder: 'lease', noexec: true });
  expect(again.path).toBe(path);
  expect(isMountPoint(path)).toBe(true);
  await later.put('x', { holder: 'lease' });
  await later.put('x', { holder: 'lease' });
  expect(leftovers(root)).toEqual([]);
});

test('an entry of a child that is no more does not keep its parent', async () => {
  const { driver, root } = await opened();
  for (const id of ['base', 'other']) {
    await driver.create(id);
    await driver.commit(id);
  }
  await driver.create('child', { parent: 'other' });
  mkdirSync(join(root, '.graphdriver/children/base'));
  for (const stale of ['child', 'gone']) writeFileSync(join(root, '.graphdriver/children/base', stale), '');
  await driver.remove('base');
  await expect(driver.remove('other')).rejects.toMatchObject({ code: 'LAYER_IN_USE' });
});

test('records say all that they must, and nothing of the machine', async () => {
  const { driver, root } = await opened();
  await driver.create('base');
  await driver.commit('base');
  const { createdAt } = await driver.create('x', { parent: 'base', labels: { a: 'b' } });
  expect(JSON.parse(readNote(join(root, '.graphdriver/records/x.json')) ?? '')).toEqual({
    id: 'x',
    parents: ['base'],
    kind: 'writable',
    createdAt,
    labels: { a: 'b' },
    usage: null,
  });
});

test('a full disk keeps nobody from opening a root after a boot and removing layers', async () => {
  const { driver, root } = await opened();
  await driver.create('x');
  await driver.close();
  forgetBoot(root);
  setFaultHandler((call, path) => {
    if (['open', 'write', 'mkdir', 'mknod', 'symlink'].includes(call) && path !== undefined) {
      if (!existsSync(path)) throw errnoError(call, 28, path);
    }
  });
  const later = await opened(root);
  await later.driver.remove('x');
  setFaultHandler(undefined);
  expect(await later.driver.exists('x')).toBe(false);
});
