import { closeSync, existsSync, openSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isMountPoint, mountsUnder } from '@graphdriver/host';
import { expect, test } from 'vitest';
import { leftovers, opened, snapshot } from './scratch-root.ts';

test('get mounts, the last put unmounts, and nothing of it is left', async () => {
  const { driver, root } = await opened();
  await driver.create('x');
  const before = snapshot(root);
  const first = await driver.get('x');
  const second = await driver.get('x');
  expect(first.path).toBe(second.path);
  writeFileSync(join(first.path, 'file'), '');
  await first.put();
  await first.put();
  expect(isMountPoint(second.path)).toBe(true);
  await second.put();
  expect(snapshot(root)).toEqual([...before, '/x/fs/file '].sort());
});

test('a held layer can be neither committed nor removed nor changed', async () => {
  const { driver } = await opened();
  await driver.create('x');
  {
    await using _mount = await driver.get('x');
    await expect(driver.commit('x')).rejects.toMatchObject({ code: 'LAYER_IN_USE' });
    await expect(driver.remove('x')).rejects.toMatchObject({ code: 'LAYER_IN_USE' });
    await expect(driver.exclusive('x', {}, async () => {})).rejects.toMatchObject({ code: 'LAYER_IN_USE' });
  }
  await driver.commit('x');
});

test('a layer being read can be mounted, but neither committed nor removed nor changed', async () => {
  const { driver, root } = await opened();
  await driver.create('x');
  {
    await using reading = await driver.reading('x', {});
    expect(reading.layer).toMatchObject({ id: 'x', parents: [], kind: 'writable' });
    expect(await driver.holders('x')).toEqual([{ name: null, pid: process.pid, live: true }]);
    await using mount = await driver.get('x');
    expect(isMountPoint(mount.path)).toBe(true);
    await mount.put();
    expect(mountsUnder(root)).toEqual([]);
    await expect(driver.commit('x')).rejects.toMatchObject({ code: 'LAYER_IN_USE' });
    await expect(driver.exclusive('x', {}, async () => {})).rejects.toMatchObject({ code: 'LAYER_IN_USE' });
    await expect(driver.remove('x')).rejects.toMatchObject({ code: 'LAYER_IN_USE' });
  }
  await driver.remove('x');
});

test('a read-only view refuses writes while the same layer is writable elsewhere', async () => {
  const { driver, root } = await opened();
  await driver.create('x');
  await using writable = await driver.get('x');
  {
    await using readOnly = await driver.get('x', { readOnly: true });
    expect([writable.readOnly, readOnly.readOnly]).toEqual([false, true]);
    writeFileSync(join(writable.path, 'file'), '');
    expect(existsSync(join(readOnly.path, 'file'))).toBe(true);
    expect(() => writeFileSync(join(readOnly.path, 'other'), '')).toThrow(/EROFS/);
  }
  expect(mountsUnder(root)).toHaveLength(1);
});

test('a committed layer is mounted read-only, with and without flags', async () => {
  const { driver } = await opened();
  await driver.create('x');
  await driver.commit('x');
  await using plain = await driver.get('x');
  await using flagged = await driver.get('x', { nosuid: true, nodev: true, noexec: true });
  expect([plain.readOnly, flagged.readOnly]).toEqual([true, true]);
  expect(() => writeFileSync(join(plain.path, 'file'), '')).toThrow(/EROFS/);
  expect(() => writeFileSync(join(flagged.path, 'file'), '')).toThrow(/EROFS/);
  const entry = mountsUnder(flagged.path)[0];
  expect(entry?.options).toEqual(expect.arrayContaining(['ro', 'nosuid', 'nodev', 'noexec']));
  const plainEntry = mountsUnder(plain.path)[0];
  expect(plainEntry?.options).not.toContain('nosuid');
});

test('a lease is counted, goes by its name and outlives the driver', async () => {
  const { driver, root } = await opened();
  await driver.create('x');
  const mount = await driver.get('x', { holder: 'engine' });
  await driver.get('x', { holder: 'engine' });
  expect(mount.holder).toBe('engine');
  await driver.close();
  const later = (await opened(root)).driver;
  expect(isMountPoint(mount.path)).toBe(true);
  expect(await later.holders('x')).toEqual([
    { name: 'engine', pid: process.pid, live: true },
    { name: 'engine', pid: process.pid, live: true },
  ]);
  await expect(later.put('x', { holder: 'other' })).rejects.toMatchObject({ code: 'HOLDER_NOT_FOUND' });
  await expect(later.put('missing', { holder: 'engine' })).rejects.toMatchObject({ code: 'LAYER_NOT_FOUND' });
  await later.put('x', { holder: 'engine' });
  expect(isMountPoint(mount.path)).toBe(true);
  await later.put('x', { holder: 'engine' });
  await expect(later.put('x', { holder: 'engine' })).rejects.toMatchObject({ code: 'HOLDER_NOT_FOUND' });
  expect(leftovers(root)).toEqual([]);
});

test('two gets of a lease are given back by two puts, whichever they are', async () => {
  const { driver, root } = await opened();
  await driver.create('x');
  const first = await driver.get('x', { holder: 'engine' });
  const second = await driver.get('x', { holder: 'engine' });
  await driver.put('x', { holder: 'engine' });
  await first.put();
  expect(await driver.holders('x')).toEqual([]);
  await second.put();
  expect(leftovers(root)).toEqual([]);
});

test('put fails with LAYER_IN_USE while files are open, and the layer stays held and mounted', async () => {
  const { driver, root } = await opened();
  await driver.create('x');
  for (const options of [{}, { nosuid: true }]) {
    const mount = await driver.get('x', options);
    writeFileSync(join(mount.path, 'file'), '');
    const before = snapshot(root);
    // Through the primary, so that with flags it is the second of two mounts that is busy.
    const open = openSync(join(root, 'x/mnt/file'), 'r');
    await expect(mount.put()).rejects.toMatchObject({ code: 'LAYER_IN_USE' });
    expect(snapshot(root)).toEqual(before);
    closeSync(open);
    await mount.put();
    expect(leftovers(root)).toEqual([]);
  }
});

test('put with detach takes a mount away while files are open, and they stay usable', async () => {
  const { driver, root } = await opened();
  await driver.create('x');
  const mount = await driver.get('x');
  const open = openSync(join(mount.path, 'file'), 'w');
  await mount.put({ detach: true });
  expect(leftovers(root)).toEqual([]);
  writeFileSync(open, 'late');
  closeSync(open);
  expect(statSync(join(root, 'x/fs/file')).size).toBe(4);
});

test('a layer that is mounted volatile is not shared with one who wants it safe', async () => {
  const { driver } = await opened();
  await driver.create('x');
  {
    await using _volatile = await driver.get('x', { volatile: true });
    await using _again = await driver.get('x', { volatile: true, readOnly: true });
    await expect(driver.get('x')).rejects.toMatchObject({ code: 'LAYER_IN_USE' });
  }
  await using _safe = await driver.get('x');
  await using _weaker = await driver.get('x', { volatile: true });
});

test('a layer is mounted with one label at a time', async () => {
  const { driver } = await opened();
  await driver.create('x');
  {
    await using _labelled = await driver.get('x', { mountLabel: 'a:b' });
    await using _same = await driver.get('x', { mountLabel: 'a:b', nodev: true });
    await expect(driver.get('x')).rejects.toMatchObject({ code: 'LAYER_IN_USE' });
    await expect(driver.get('x', { mountLabel: 'c:d' })).rejects.toMatchObject({ code: 'LAYER_IN_USE' });
  }
  await using _plain = await driver.get('x');
});

test('what was never promised is refused with UNSUPPORTED', async () => {
  const { driver } = await opened(undefined, { mountLabel: false, readOnlyViews: false, volatile: false });
  await driver.create('x');
  const idMap = { uid: [], gid: [] };
  for (const options of [{ mountLabel: 'a' }, { readOnly: true }, { idMap }]) {
    await expect(driver.get('x', options)).rejects.toMatchObject({ code: 'UNSUPPORTED' });
    await expect(driver.describeMount('x', options)).rejects.toMatchObject({ code: 'UNSUPPORTED' });
  }
  await expect(driver.create('y', { quota: { bytes: 1 } })).rejects.toMatchObject({ code: 'UNSUPPORTED' });
  {
    await using _volatile = await driver.get('x', { volatile: true });
    await using _safe = await driver.get('x');
  }
  await driver.commit('x');
  await expect(driver.get('x')).rejects.toMatchObject({ code: 'UNSUPPORTED' });
});

test('closing a driver gives back what it held and leaves the holds of others', async () => {
  const { driver, root } = await opened();
  const other = await opened(root);
  await driver.create('x');
  const mine = await driver.get('x');
  const theirs = await other.driver.get('x', { nodev: true });
  await driver.close();
  await mine.put();
  expect(isMountPoint(theirs.path)).toBe(true);
  expect(await other.driver.holders('x')).toHaveLength(1);
  await theirs.put();
  expect(leftovers(root)).toEqual([]);
});

test('a plan is portable without anybody holding the layer, with the flags that were asked for', async () => {
  const { driver, backend, root } = await opened();
  await driver.create('x');
  expect(await driver.describeMount('x', { nosuid: true })).toEqual({
    sharing: 'portable',
    mounts: [{ type: 'bind', source: backend.files('x'), options: ['bind', 'nosuid'] }],
  });
  expect((await driver.describeMount('x', { readOnly: true })).mounts[0]?.options).toEqual(['bind', 'ro']);
  expect(leftovers(root)).toEqual([]);
});

test('a live plan needs somebody who holds the layer', async () => {
  const { driver, backend } = await opened();
  backend.portable = false;
  await driver.create('x');
  await expect(driver.describeMount('x')).rejects.toMatchObject({ code: 'LAYER_IN_USE' });
  await using mount = await driver.get('x');
  expect(await driver.describeMount('x', { noexec: true })).toEqual({
    sharing: 'live',
    mounts: [{ type: 'bind', source: mount.path, options: ['bind', 'noexec'] }],
  });
});

test('ids that look like the kit’s own file names are layers like all others', async () => {
  const { driver, root } = await opened();
  for (const id of ['x', 'x.json', 'x.o', 'x.o.s', 'X']) {
    await driver.create(id);
    await using _mount = await driver.get(id, { readOnly: true, nosuid: true, holder: 'x'.repeat(128) });
  }
  expect((await driver.list()).map(({ id }) => id)).toEqual(['X', 'x', 'x.json', 'x.o', 'x.o.s']);
  expect(readdirSync(join(root, '.graphdriver/holds'))).toEqual([]);
});
