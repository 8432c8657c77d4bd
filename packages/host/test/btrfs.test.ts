import { execFileSync } from 'node:child_process';
import { existsSync, linkSync, lstatSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  createSubvolume,
  destroySubvolume,
  enableSubvolumeQuotas,
  exchangeFiles,
  forgetSubvolumeQuota,
  hasSubvolumeQuotas,
  isSubvolume,
  limitSubvolume,
  SubvolumeReader,
  setSubvolumeReadOnly,
  snapshotSubvolume,
  subvolumeInfo,
  syncFilesystem,
} from '../src/index.ts';
import { loopMount, machineLock, scratch } from './scratch.ts';

const usable = process.getuid?.() === 0 && existsSync('/usr/sbin/mkfs.btrfs') && existsSync('/dev/loop-control');

describe.skipIf(!usable)('a btrfs file system', () => {
  let lock: Disposable;
  let place: ReturnType<typeof scratch>;
  let root: string;
  let count = 0;

  beforeAll(async () => {
    lock = await machineLock();
    place = scratch();
    root = loopMount(place.path, 'btrfs');
  });

  afterAll(() => {
    place?.[Symbol.dispose]();
    lock?.[Symbol.dispose]();
  });

  async function subvolume(): Promise<string> {
    count += 1;
    const path = join(root, `subvolume-${count}`);
    await createSubvolume(path);
    return path;
  }

  test('makes, shows and destroys a subvolume, as btrfs-progs see it', async () => {
    const path = await subvolume();
    expect(isSubvolume(path)).toBe(true);
    mkdirSync(join(path, 'plain'));
    expect(isSubvolume(join(path, 'plain'))).toBe(false);
    expect(isSubvolume(join(path, 'none'))).toBe(false);
    const shown = execFileSync('btrfs', ['subvolume', 'show', path], { encoding: 'utf8' });
    expect(shown).toContain(`Subvolume ID: \t\t${subvolumeInfo(path).id}`);
    await destroySubvolume(path);
    expect(existsSync(path)).toBe(false);
    await expect(destroySubvolume(path)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('snapshots share what was there and nothing later, and can be read-only', async () => {
    const path = await subvolume();
    writeFileSync(join(path, 'file'), 'before');
    await snapshotSubvolume(path, `${path}-snapshot`);
    await snapshotSubvolume(path, `${path}-frozen`, { readOnly: true });
    writeFileSync(join(path, 'file'), 'after');
    expect(readFileSync(join(`${path}-snapshot`, 'file'), 'utf8')).toBe('before');
    expect(lstatSync(join(`${path}-snapshot`, 'file')).ino).toBe(lstatSync(join(path, 'file')).ino);
    expect(subvolumeInfo(`${path}-frozen`).readOnly).toBe(true);
    expect(() => writeFileSync(join(`${path}-frozen`, 'file'), '')).toThrow(expect.objectContaining({ code: 'EROFS' }));
    await expect(snapshotSubvolume(path, `${path}-frozen`)).rejects.toMatchObject({ code: 'EEXIST' });
    await setSubvolumeReadOnly(`${path}-frozen`, false);
    expect(subvolumeInfo(`${path}-frozen`).readOnly).toBe(false);
    await setSubvolumeReadOnly(`${path}-frozen`, true);
    await destroySubvolume(`${path}-frozen`);
  });

  test('lets two subvolumes exchange their names', async () => {
    const [one, other] = [await subvolume(), await subvolume()];
    writeFileSync(join(one, 'one'), '');
    exchangeFiles(one, other);
    expect(existsSync(join(other, 'one'))).toBe(true);
  });

  test('tells the subvolumes inside one, whatever they are called', async () => {
    const path = await subvolume();
    mkdirSync(join(path, 'a/deep'), { recursive: true });
    await createSubvolume(Buffer.from(join(path, 'a/deep/é\xff'), 'latin1'));
    await createSubvolume(join(path, 'top'));
    await createSubvolume(join(path, 'top/below'));
    using reader = new SubvolumeReader(path);
    expect([...reader.nestedIn(subvolumeInfo(path).id)].sort()).toEqual(['a/deep/é\xff', 'top']);
    await expect(destroySubvolume(path)).rejects.toMatchObject({ code: 'ENOTEMPTY' });
  });

  test('tells what has changed since a snapshot, and by which names', async () => {
    const path = await subvolume();
    for (const name of ['content', 'mode', 'removed', 'linked', 'quiet']) writeFileSync(join(path, name), name);
    mkdirSync(join(path, 'directory'));
    await syncFilesystem(path);
    await setSubvolumeReadOnly(path, true);
    const child = `${path}-child`;
    await snapshotSubvolume(path, child);
    const inode = (name: string): bigint => lstatSync(join(child, name), { bigint: true }).ino;
    const [content, mode, linked, directory] = ['content', 'mode', 'linked', 'directory'].map(inode);
    writeFileSync(join(child, 'content'), 'CONTENT');
    execFileSync('chmod', ['600', join(child, 'mode')]);
    rmSync(join(child, 'removed'));
    linkSync(join(child, 'linked'), join(child, 'directory/again'));
    await syncFilesystem(child);
    using reader = new SubvolumeReader(child);
    const since = subvolumeInfo(path).changedAt + 1n;
    expect([...reader.changedInodes(since)].map(({ inode }) => inode).sort()).toEqual(
      [256n, content, mode, linked, directory].sort(),
    );
    expect([...reader.changedInodes(since)].filter((found) => found.isDirectory)).toHaveLength(2);
    expect(reader.namesOf(linked ?? 0n)).toEqual([
      { directory: 256n, name: 'linked' },
      { directory, name: 'again' },
    ]);
    expect(reader.entriesOf(256n).get('content')).toEqual({ inode: content, isDirectory: false });
    expect(reader.entriesOf(256n).get('directory')).toEqual({ inode: directory, isDirectory: true });
    expect([...reader.entriesOf(256n).keys()]).not.toContain('removed');
  });

  test('finds hundreds of names of one file, and thousands of changed ones', async () => {
    const path = await subvolume();
    writeFileSync(join(path, 'file'), '');
    for (let number = 0; number < 700; number += 1) linkSync(join(path, 'file'), join(path, `link-${number}`));
    for (let number = 0; number < 5_000; number += 1) writeFileSync(join(path, `file-${number}`), 'x'.repeat(200));
    renameSync(join(path, 'link-3'), join(path, 'renamed'));
    await syncFilesystem(path);
    using reader = new SubvolumeReader(path);
    expect(reader.namesOf(lstatSync(join(path, 'file'), { bigint: true }).ino)).toHaveLength(701);
    expect([...reader.changedInodes(0n)]).toHaveLength(5_002);
    expect(reader.entriesOf(256n).size).toBe(5_701);
  });

  test('counts and limits what a subvolume alone takes, once it is asked to', async () => {
    const path = await subvolume();
    expect(hasSubvolumeQuotas(path)).toBe(false);
    await expect(limitSubvolume(path, 1 << 20)).rejects.toMatchObject({ code: 'ENOTCONN' });
    await enableSubvolumeQuotas(path);
    expect(hasSubvolumeQuotas(path)).toBe(true);
    writeFileSync(join(path, 'shared'), Buffer.alloc(4 << 20, 1));
    const child = `${path}-child`;
    await snapshotSubvolume(path, child);
    await limitSubvolume(child, 2 << 20);
    writeFileSync(join(child, 'own'), Buffer.alloc(1 << 20, 2));
    expect(() => {
      writeFileSync(join(child, 'more'), Buffer.alloc(3 << 20, 3));
      execFileSync('sync', [join(child, 'more')], { stdio: 'pipe' });
    }).toThrow();
    const { id } = subvolumeInfo(child);
    await destroySubvolume(child);
    await forgetSubvolumeQuota(root, id);
  });
});
