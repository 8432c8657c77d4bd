import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { startProcess } from '@graphdriver/host';
import { expect } from 'vitest';
import { code, pathOf, shareRealZfs, realTest as test } from './real-zfs.ts';

shareRealZfs();

test('the version is known', async (real) => {
  const { flavour, release, poolVersion } = real.zfs.version;
  if (flavour === 'zfs-fuse') expect([release, poolVersion]).toEqual([[0, 7, 0], 23]);
  else expect(release[0]).toBeGreaterThanOrEqual(2);
});

test('a filesystem is made with its properties, listed with its parent before it, and destroyed', async (real, root) => {
  const { datasets } = real.zfs;
  await datasets.create(`${root}/a`, {
    properties: { quota: 10 << 20, atime: false, 'com.example:key': 'tab\tline\nend' },
  });
  const found = await datasets.get(`${root}/a`, {
    properties: ['quota', 'atime', 'com.example:key', 'com.example:no'],
  });
  expect(found).toMatchObject({
    name: `${root}/a`,
    pool: real.pool,
    type: 'filesystem',
    mounted: true,
    origin: undefined,
  });
  expect(Math.abs(found.createdAt.getTime() - Date.now())).toBeLessThan(10_000);
  expect(found.properties).toMatchObject({
    quota: { value: 10 << 20, source: { kind: 'local' } },
    atime: { value: false },
    'com.example:key': { value: 'tab\tline\nend' },
    'com.example:no': { value: undefined, source: { kind: 'none' } },
  });
  expect((await datasets.list({ root })).map(({ name }) => name)).toEqual([root, `${root}/a`]);
  expect((await datasets.list({ root, depth: 0 })).map(({ name }) => name)).toEqual([root]);
  await datasets.destroy(`${root}/a`);
  expect(await datasets.exists(`${root}/a`)).toBe(false);
});

test('what is there, missing or not allowed is refused by its code', async (real, root) => {
  const { datasets, snapshots, pools, properties } = real.zfs;
  expect(await code(datasets.create(root))).toBe('DATASET_EXISTS');
  expect(await code(datasets.create(`${root}/no/such`))).toBe('PARENT_NOT_FOUND');
  expect(await code(datasets.create('gdnone/x'))).toBe('POOL_NOT_FOUND');
  expect(await code(datasets.get(`${root}/none`))).toBe('DATASET_NOT_FOUND');
  expect(await code(datasets.list({ root: 'gdnone' }))).toBe('DATASET_NOT_FOUND');
  expect(await code(datasets.destroy(`${root}/none`))).toBe('DATASET_NOT_FOUND');
  expect(await code(datasets.promote(root))).toBe('NOT_A_CLONE');
  expect(await code(snapshots.create(`${root}/none@a`))).toBe('DATASET_NOT_FOUND');
  expect(await code(snapshots.clone(`${root}@none`, `${root}/a`))).toBe('DATASET_NOT_FOUND');
  expect(await code(properties.set(root, { nonsense: 1 }))).toBe('INVALID_PROPERTY');
  expect(await code(properties.get(root, ['nonsense']))).toBe('INVALID_PROPERTY');
  expect(await code(properties.set(root, { quota: 1 }))).toBe('QUOTA_EXCEEDED');
  expect(await code(datasets.create(`${root}/a`, { properties: { reservation: 2 ** 50 } }))).toBe('OUT_OF_SPACE');
  expect(await code(pools.get('gdnone'))).toBe('POOL_NOT_FOUND');
});

test('a name that could be an option, or lies elsewhere, is refused before a command runs', async (real, root) => {
  const { datasets, snapshots } = real.zfs;
  for (const name of [
    '-r',
    '-o',
    '',
    'a//b',
    `${root}/`,
    `${root}/..`,
    `${root}/a@b`,
    `${root}/ä`,
    `${root}/\n`,
    `${root}/${'x'.repeat(250)}`,
  ])
    expect(await code(datasets.destroy(name))).toBe('INVALID_NAME');
  expect(await code(snapshots.destroy(root))).toBe('INVALID_NAME');
  expect(await code(snapshots.create('-r@x'))).toBe('INVALID_NAME');
  expect(await code(snapshots.holds.add(`${root}@x`, '-r'))).toBe('INVALID_NAME');
});

test('properties are set together, inherited, and read with their sources', async (real, root) => {
  const { properties, datasets } = real.zfs;
  await datasets.create(`${root}/a`);
  await properties.set(root, { 'com.example:key': 'value', recordsize: 64 << 10, quota: 20 << 20 });
  expect(await properties.get(`${root}/a`, ['com.example:key', 'recordsize', 'quota'])).toMatchObject({
    'com.example:key': { value: 'value', source: { kind: 'inherited', from: root } },
    recordsize: { value: 64 << 10, source: { kind: 'inherited', from: root } },
    quota: { value: null, source: { kind: 'default' } },
  });
  await properties.set(root, { quota: null });
  await properties.inherit(root, 'com.example:key');
  const found = await properties.get(root, ['quota', 'com.example:key', 'used', 'written', 'creation']);
  expect(found.quota?.value).toBeNull();
  expect(found['com.example:key']?.value).toBeUndefined();
  expect(found.creation?.value).toBeInstanceOf(Date);
  expect(found.used?.value).toBeGreaterThan(0);
  expect(found.written === undefined).toBe(real.zfs.capabilities.missingProperties.has('written'));
  const all = await properties.all(root);
  expect(all['recordsize']?.value).toBe(64 << 10);
  for (const name of real.zfs.capabilities.missingProperties) expect(all[name]).toBeUndefined();
});

test('where one of several properties fails, the error tells which were set before', async (real, root) => {
  const error = await real.zfs.properties.set(root, { atime: false, nonsense: 1 }).catch((failure: unknown) => failure);
  expect(error).toMatchObject({ code: 'INVALID_PROPERTY' });
  const { value } = (await real.zfs.properties.get(root, ['atime'])).atime ?? {};
  if (real.zfs.capabilities.severalProperties) expect(value).toBe(true);
  else expect([error, value]).toMatchObject([{ details: { applied: ['atime'] } }, false]);
});

test('a snapshot keeps what was written, a clone begins with it, and a rollback brings it back', async (real, root) => {
  const { snapshots, datasets } = real.zfs;
  const path = await pathOf(real, root);
  writeFileSync(join(path, 'file'), 'first');
  await snapshots.create(`${root}@one`, { properties: { 'com.example:why': 'test' } });
  writeFileSync(join(path, 'file'), 'second');
  await snapshots.create(`${root}@two`);
  await snapshots.clone(`${root}@one`, `${root}/clone`, { properties: { 'com.example:key': 'x' } });
  expect(readFileSync(join(await pathOf(real, `${root}/clone`), 'file'), 'latin1')).toBe('first');
  expect((await datasets.get(`${root}/clone`)).origin).toBe(`${root}@one`);
  expect((await snapshots.list({ root, depth: 1 })).map(({ name }) => name)).toEqual([`${root}@one`, `${root}@two`]);
  expect(await code(snapshots.rollback(`${root}@one`))).toBe('NEWER_SNAPSHOTS');
  await snapshots.rollback(`${root}@one`, { destroyNewer: true });
  expect(readFileSync(join(path, 'file'), 'latin1')).toBe('first');
  await snapshots.rename(`${root}@one`, 'uno');
  expect((await datasets.get(`${root}/clone`)).origin).toBe(`${root}@uno`);
});

test('what has children or clones is not destroyed, and the error names them', async (real, root) => {
  const { datasets, snapshots } = real.zfs;
  await datasets.create(`${root}/a`);
  await snapshots.create(`${root}/a@s`);
  await snapshots.clone(`${root}/a@s`, `${root}/c`);
  await expect(datasets.destroy(`${root}/a`)).rejects.toMatchObject({
    code: 'HAS_CHILDREN',
    details: { dependents: [`${root}/a@s`] },
  });
  const clones = { code: 'HAS_CLONES', details: { dependents: [`${root}/c`] } };
  await expect(snapshots.destroy(`${root}/a@s`)).rejects.toMatchObject(clones);
  await expect(datasets.destroy(`${root}/a`, { recursive: true })).rejects.toMatchObject(clones);
  expect(await code(datasets.planDestroy(`${root}/a`, { recursive: true }))).toBe('HAS_CLONES');
  const plan = await datasets.planDestroy(`${root}/a`, { clones: true });
  expect([...plan.names].sort()).toEqual([`${root}/a`, `${root}/a@s`, `${root}/c`]);
  expect((await snapshots.planDestroy(`${root}/a@s`, { clones: true })).names).toEqual([`${root}/c`, `${root}/a@s`]);
  expect(await code(snapshots.planDestroy(`${root}/a@s`))).toBe('HAS_CLONES');
  await datasets.promote(`${root}/c`);
  expect((await datasets.get(`${root}/a`)).origin).toBe(`${root}/c@s`);
  await datasets.destroy(`${root}/a`);
  await datasets.destroy(`${root}/c`, { recursive: true });
});

test('a deferred destroy of a snapshot happens with its last clone', async (real, root) => {
  const { datasets, snapshots } = real.zfs;
  await snapshots.create(`${root}@s`);
  await snapshots.clone(`${root}@s`, `${root}/c`);
  await snapshots.destroy(`${root}@s`, { deferred: true });
  expect(await datasets.exists(`${root}@s`)).toBe(true);
  await datasets.destroy(`${root}/c`);
  expect(await datasets.exists(`${root}@s`)).toBe(false);
});

test('a hold keeps a snapshot, at once and without waiting', async (real, root) => {
  const { snapshots, capabilities } = real.zfs;
  await snapshots.create(`${root}@s`);
  await snapshots.holds.add(`${root}@s`, 'keep');
  expect(await snapshots.holds.count(`${root}@s`)).toBe(1);
  expect(await code(snapshots.holds.add(`${root}@s`, 'keep'))).toBe('HOLD_EXISTS');
  expect(await code(snapshots.holds.release(`${root}@s`, 'none'))).toBe('HOLD_NOT_FOUND');
  expect(await code(snapshots.destroy(`${root}@s`))).toBe('HAS_HOLDS');
  if (capabilities.listHolds)
    expect(await snapshots.holds.list(`${root}@s`)).toMatchObject([{ snapshot: `${root}@s`, tag: 'keep' }]);
  else expect(await code(snapshots.holds.list(`${root}@s`))).toBe('UNSUPPORTED');
  await snapshots.holds.release(`${root}@s`, 'keep');
  await snapshots.destroy(`${root}@s`);
});

test('mounting what is mounted and unmounting what is not change nothing', async (real, root) => {
  const { datasets } = real.zfs;
  await datasets.mount(root);
  expect((await datasets.mounts()).find(({ dataset }) => dataset === root)?.path).toBe(await pathOf(real, root));
  await datasets.unmount(root);
  await datasets.unmount(root);
  expect((await datasets.get(root)).mounted).toBe(false);
  await datasets.mount(root);
  expect((await datasets.get(root)).mounted).toBe(true);
});

test('what is not to be mounted, or where files lie, says so; and what was made all the same is told', async (real, root) => {
  const { datasets } = real.zfs;
  await datasets.create(`${root}/off`, { properties: { canmount: 'off' } });
  expect(await code(datasets.mount(`${root}/off`))).toBe('NOT_MOUNTABLE');
  const full = join(real.directory, 'full');
  mkdirSync(join(full, 'x'), { recursive: true });
  const made = datasets.create(`${root}/full`, { properties: { mountpoint: full } });
  if (real.zfs.version.flavour === 'zfs-fuse') {
    await expect(made).rejects.toMatchObject({ code: 'MOUNTPOINT_NOT_EMPTY', details: { created: true } });
    expect(await datasets.exists(`${root}/full`)).toBe(true);
  } else await made;
});

test('what a process uses is busy, after the tries that were asked for', async (real, root) => {
  const { datasets } = real.zfs;
  const path = await pathOf(real, root);
  const user = startProcess('sleep', ['60'], { cwd: path, stdin: 'ignore', stdout: 'ignore', stderr: 'ignore' });
  try {
    expect(await code(datasets.unmount(root, { retry: false }))).toBe('DATASET_BUSY');
    const retry = { attempts: 3, firstPause: 10, longestPause: 10 };
    expect(await code(datasets.unmount(root, { retry }))).toBe('DATASET_BUSY');
    const abort = new AbortController();
    const waiting = code(
      datasets.unmount(root, { retry: { attempts: 100, firstPause: 200, longestPause: 200 }, signal: abort.signal }),
    );
    abort.abort();
    expect(await waiting).toBe('ABORTED');
  } finally {
    user.kill('SIGKILL');
    await user.ended;
  }
  await datasets.unmount(root);
});

test('what is busy for a moment is waited for: clones are destroyed one after another', async (real, root) => {
  const { datasets, snapshots } = real.zfs;
  await snapshots.create(`${root}@s`);
  for (let index = 0; index < 8; index += 1) {
    await snapshots.clone(`${root}@s`, `${root}/c${index}`);
    await datasets.destroy(`${root}/c${index}`);
  }
  expect((await datasets.list({ root })).map(({ name }) => name)).toEqual([root]);
});

test('a renamed filesystem keeps its files and moves its mount', async (real, root) => {
  const { datasets } = real.zfs;
  await datasets.create(`${root}/a`);
  writeFileSync(join(await pathOf(real, `${root}/a`), 'file'), 'x');
  await datasets.rename(`${root}/a`, `${root}/p/b`, { parents: true });
  const path = await pathOf(real, `${root}/p/b`);
  await datasets.mount(`${root}/p/b`);
  expect(readFileSync(join(path, 'file'), 'latin1')).toBe('x');
  expect(await code(datasets.rename(`${root}/p/b`, `${root}/p`))).toBe('DATASET_EXISTS');
  expect(await code(datasets.rename(`${root}/p/b`, `${root}/q/b`))).toBe('PARENT_NOT_FOUND');
});

test('a command that takes too long, or is not wanted any more, is ended', async (real, root) => {
  const { datasets } = real.zfs;
  expect(await code(datasets.get(root, { timeout: 1 }))).toBe('TIMED_OUT');
  expect(await code(datasets.get(root, { signal: AbortSignal.abort() }))).toBe('ABORTED');
  expect(await code(datasets.get(root))).toBe('none');
});

test('a quota that was set stops writers', async (real, root) => {
  const { properties } = real.zfs;
  await properties.set(root, { quota: 4 << 20 });
  const path = await pathOf(real, root);
  const write = (): void => {
    for (let index = 0; index < 100; index += 1) writeFileSync(join(path, `f${index}`), randomBytes(1 << 20));
  };
  expect(write).toThrow(expect.objectContaining({ errno: -constants.errno.EDQUOT }));
});
