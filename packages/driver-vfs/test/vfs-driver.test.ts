import {
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { isMountPoint, readXattr, setTimes, writeXattr } from '@graphdriver/host';
import { loopFilesystem, loopFilesystemReason, machineLock, requireOrSkip } from '@graphdriver/testkit';
import { expect, test } from 'vitest';
import { vfs } from '../src/index.ts';
import { write } from './fixture/stage.mjs';
import { opened, scratchRoot } from './opened.ts';

test('a layer is a whole copy of its parent, as an ordinary directory', async () => {
  const { driver, layout } = await opened();
  await driver.create('base');
  await write(driver, 'base', (path) => writeFileSync(join(path, 'file'), 'base'));
  await driver.commit('base');
  await driver.create('child', { parent: 'base' });
  await write(driver, 'child', (path) => writeFileSync(join(path, 'file'), 'child'));
  expect(readFileSync(join(layout.files('base'), 'file'), 'utf8')).toBe('base');
  expect(readFileSync(join(layout.files('child'), 'file'), 'utf8')).toBe('child');
  expect(await driver.metadata('child')).toEqual({ SourceDir: layout.files('child') });
});

test('a new layer without a parent is 0755 and owned by 0:0, whatever the umask and the root’s group', async () => {
  const { driver, layout } = await opened();
  const umask = process.umask(0o077);
  try {
    await driver.create('x');
  } finally {
    process.umask(umask);
  }
  const { mode, uid, gid } = statSync(layout.files('x'));
  expect([mode & 0o7777, uid, gid]).toEqual([0o755, 0, 0]);
});

test('usage is the difference from the parent, with hard links once', async () => {
  const { driver } = await opened();
  await driver.create('base');
  await write(driver, 'base', (path) => writeFileSync(join(path, 'big'), Buffer.alloc(1 << 20, 1)));
  await driver.commit('base');
  await driver.create('child', { parent: 'base' });
  expect(await driver.usage('child')).toEqual({ allocated: 0, apparent: 0, inodes: 0 });
  await write(driver, 'child', (path) => {
    writeFileSync(join(path, 'one'), Buffer.alloc(8192, 1));
    linkSync(join(path, 'one'), join(path, 'other'));
    truncateSync(join(path, 'one'), 1 << 20);
  });
  expect(await driver.usage('child')).toEqual({ allocated: 8192, apparent: 1 << 20, inodes: 1 });
  const { apparent } = await driver.usage('base');
  expect(apparent).toBe(1 << 20);
  expect(await driver.reclaimable('child')).toBeGreaterThan(1 << 20);
});

test('after the host went down, a copy is completed and what users wrote is left alone', async () => {
  const { driver, layout, root } = await opened();
  await driver.create('base');
  await write(driver, 'base', (path) => {
    mkdirSync(join(path, 'dir'));
    for (const name of ['whole', 'torn', 'dir/torn', 'short', 'removed'])
      writeFileSync(join(path, name), `base ${name}`);
    writeXattr(join(path, 'torn'), 'security.capability', CAPABILITY);
  });
  await driver.commit('base');
  await driver.create('child', { parent: 'base' });
  await driver.close();
  for (const name of ['torn', 'dir/torn']) tear(layout.files('base'), layout.files('child'), name);
  rmSync(join(layout.files('child'), 'removed'));
  pretend(root, 'child', new Date());
  await setTimeout(50);
  writeFileSync(join(layout.files('child'), 'short'), 'user');
  setMtime(layout.files('base'), layout.files('child'), 'short');
  const later = await opened(root);
  const content = (name: string): string => readFileSync(join(layout.files('child'), name), 'utf8');
  expect(['whole', 'torn', 'dir/torn', 'short'].map(content)).toEqual([
    'base whole',
    'base torn',
    'base dir/torn',
    'user',
  ]);
  expect(existsSync(join(layout.files('child'), 'removed'))).toBe(false);
  expect(readXattr(join(layout.files('child'), 'torn'), 'security.capability')).toEqual(CAPABILITY);
  expect((await later.driver.changes('child')).map(({ kind, path }) => `${kind} ${path}`)).toEqual([
    'delete /removed',
    'modify /short',
  ]);
});

test('a layer that was being made when the process died leaves nothing on disk', async () => {
  const { driver, layout, root } = await opened();
  await driver.close();
  mkdirSync(layout.layer('half'));
  writeFileSync(join(root, '.graphdriver/pending/half'), '');
  await opened(root);
  expect(existsSync(layout.layer('half'))).toBe(false);
});

test('a probe tells whether copies will share blocks, and what else matters', async () => {
  const report = await vfs.probe({ root: scratchRoot() });
  expect(report.usable).toBe(true);
  expect(report.checks.map(({ check }) => check)).toEqual([
    'privileges',
    'filesystem',
    'root',
    'mount',
    'xattr',
    'reflink',
  ]);
  const procfs = await vfs.probe({ root: '/proc/vfs' });
  expect(procfs).toMatchObject({ usable: false, capabilities: null });
  await expect(vfs.open({ root: '/proc/vfs' })).rejects.toMatchObject({ code: 'UNSUITABLE_FILESYSTEM' });
});

test.each(['syscall', 'command'] as const)('layers are mounted by way of %s', async (mountWith) => {
  const root = scratchRoot();
  await using driver = await vfs.open({ root, mountWith });
  await driver.create('x');
  await using mount = await driver.get('x', { nodev: true, readOnly: true });
  expect(isMountPoint(mount.path)).toBe(true);
  expect(() => writeFileSync(join(mount.path, 'file'), '')).toThrow(/EROFS/);
});

// Whoever else has the machine may keep it for minutes.
test('on a reflinking file system a copy costs little, and removing it gives back little', {
  timeout: 600_000,
}, async (context) => {
  const reason = requireOrSkip('vfs', await loopFilesystemReason('xfs'));
  if (reason !== null) return context.skip(reason);
  await using _lock = await machineLock();
  await using filesystem = await loopFilesystem({ type: 'xfs', size: 320 << 20 });
  await using driver = await vfs.open({ root: join(filesystem.path, 'root') });
  await driver.create('base');
  await write(driver, 'base', (path) => writeFileSync(join(path, 'big'), Buffer.alloc(32 << 20, 1)));
  await driver.commit('base');
  expect(await driver.reclaimable('base')).toBeGreaterThanOrEqual(32 << 20);
  await driver.create('child', { parent: 'base' });
  expect(await driver.reclaimable('child')).toBeLessThan(1 << 20);
  expect(await driver.reclaimable('base')).toBeLessThan(1 << 20);
  expect((await driver.usage('base')).allocated).toBeGreaterThanOrEqual(32 << 20);
});

/** A file capability as the kernel writes it: version 2, CAP_NET_RAW. */
const CAPABILITY = Buffer.from('0100000200200000000000000000000000000000', 'hex');

/** Makes a copied file what a loss of power makes of it: empty, with the time of the original. */
function tear(original: string, copy: string, name: string): void {
  truncateSync(join(copy, name));
  setMtime(original, copy, name);
}

function setMtime(original: string, copy: string, name: string): void {
  setTimes(join(copy, name), { mtime: statSync(join(original, name), { bigint: true }).mtimeNs });
}

/** Makes a root look as if a layer had been made at `createdAt`, and the host been started anew since. */
function pretend(root: string, id: string, createdAt: Date): void {
  const path = join(root, `.graphdriver/records/${id}.json`);
  // The text of a record that nobody has changed is the target of a link.
  const record: unknown = JSON.parse(readlinkSync(path));
  rmSync(path);
  writeFileSync(path, JSON.stringify({ ...(record as object), createdAt }));
  writeFileSync(join(root, '.graphdriver/boot'), 'another boot');
}
