import {
  appendFileSync,
  closeSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Driver, MountRoute } from '@graphdriver/core';
import { listXattrs, mountsUnder, readXattr } from '@graphdriver/host';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { overlay2 } from '../src/index.ts';
import { makePlace, type Place, type PlaceKind, placeReason } from './places.ts';

const kinds: readonly PlaceKind[] = ['here', 'xfs', 'btrfs'];
const routes: readonly MountRoute[] = ['syscall', 'command'];

for (const kind of kinds) {
  const reason = await placeReason(kind);
  describe.skipIf(reason !== null)(`overlay2 on ${kind}${reason === null ? '' : `: ${reason}`}`, () => {
    let place: Place;
    beforeAll(async () => {
      place = await makePlace(kind);
    });
    afterAll(() => place?.[Symbol.asyncDispose]());
    describe.each(routes)('mounting by %s', (mountWith) => driverTests(() => place.path, mountWith));
  });
}

function driverTests(path: () => string, mountWith: MountRoute): void {
  let root: string;
  let driver: Driver;
  let count = 0;

  beforeEach(async () => {
    count += 1;
    root = join(path(), `wurzel-ä-${mountWith}-${count}`);
    driver = await overlay2.open({ root, mountWith });
  });

  afterEach(async () => {
    await driver.close();
    expect(mountsUnder(root)).toEqual([]);
    rmSync(root, { recursive: true });
  });

  /** Makes a layer, lets `work` loose on its view, and commits it. */
  async function committed(id: string, parent: string | null, work: (view: string) => void): Promise<void> {
    await written(id, parent, work);
    await driver.commit(id);
  }

  async function written(id: string, parent: string | null, work: (view: string) => void): Promise<void> {
    await driver.create(id, parent === null ? {} : { parent });
    await using mount = await driver.get(id);
    work(mount.path);
  }

  test('a write to a lower file lands in the layer’s own directory, and the parent stays as it was', async () => {
    await committed('base', null, (view) => writeFileSync(join(view, 'file'), 'old'));
    await written('top', 'base', (view) => writeFileSync(join(view, 'file'), 'new'));
    expect(readFileSync(join(root, 'base/diff/file'), 'utf8')).toBe('old');
    expect(readFileSync(join(root, 'top/diff/file'), 'utf8')).toBe('new');
  });

  test('a deletion is a device 0:0, and a replaced directory is opaque', async () => {
    await committed('base', null, (view) => {
      writeFileSync(join(view, 'file'), '');
      mkdirSync(join(view, 'dir/sub'), { recursive: true });
    });
    await written('top', 'base', (view) => {
      rmSync(join(view, 'file'));
      rmSync(join(view, 'dir'), { recursive: true });
      mkdirSync(join(view, 'dir'));
    });
    const whiteout = lstatSync(join(root, 'top/diff/file'));
    expect(whiteout.isCharacterDevice() && whiteout.rdev).toBe(0);
    expect(readXattr(join(root, 'top/diff/dir'), 'trusted.overlay.opaque')?.toString()).toBe('y');
    expect((await driver.changes('top')).map(({ kind, path: where }) => `${kind} ${where}`)).toEqual([
      'modify /dir',
      'delete /dir/sub',
      'delete /file',
    ]);
  });

  test('a layer inside an opaque directory shows what is missing there, however deep', async () => {
    await committed('base', null, (view) => {
      mkdirSync(join(view, 'a/b/c'), { recursive: true });
      writeFileSync(join(view, 'a/b/c/file'), '');
      writeFileSync(join(view, 'a/b/kept'), 'kept');
    });
    await written('top', 'base', (view) => {
      rmSync(join(view, 'a'), { recursive: true });
      mkdirSync(join(view, 'a/b'), { recursive: true });
      writeFileSync(join(view, 'a/b/kept'), 'kept');
    });
    const changes = await driver.changes('top');
    expect(changes.filter(({ kind }) => kind === 'delete').map(({ path: where }) => where)).toEqual(['/a/b/c']);
  });

  test('a new root directory has the mode, owner and attributes of the parent’s', async () => {
    await committed('base', null, () => undefined);
    await driver.create('middle', { parent: 'base' });
    {
      await using mount = await driver.get('middle');
      const { chmodSync, chownSync } = await import('node:fs');
      const { writeXattr } = await import('@graphdriver/host');
      chownSync(mount.path, 5, 7);
      chmodSync(mount.path, 0o2770);
      writeXattr(mount.path, 'user.mark', Buffer.from('here'));
    }
    await driver.commit('middle');
    await driver.create('top', { parent: 'middle' });
    await using mount = await driver.get('top');
    const { mode, uid, gid } = statSync(mount.path);
    expect([mode & 0o7777, uid, gid]).toEqual([0o2770, 5, 7]);
    expect(readXattr(mount.path, 'user.mark')?.toString()).toBe('here');
    expect(listXattrs(join(root, 'top/diff'))).not.toContain('trusted.overlay.redirect');
    expect(await driver.changes('top')).toEqual([]);
  });

  test('an empty layer’s root is 0755 and owned by 0:0 under any umask', async () => {
    const before = process.umask(0o077);
    try {
      await driver.create('base');
    } finally {
      process.umask(before);
    }
    const { mode, uid, gid } = statSync(join(root, 'base/diff'));
    expect([mode & 0o7777, uid, gid]).toEqual([0o755, 0, 0]);
  });

  test('a committed layer has neither upper nor work directory in its mount, and refuses writes', async () => {
    await committed('base', null, (view) => writeFileSync(join(view, 'file'), ''));
    await committed('top', 'base', (view) => writeFileSync(join(view, 'other'), ''));
    for (const id of ['base', 'top']) {
      await using mount = await driver.get(id);
      expect(() => writeFileSync(join(mount.path, 'new'), '')).toThrow(expect.objectContaining({ code: 'EROFS' }));
      const [entry] = mountsUnder(mount.path);
      expect(JSON.stringify(entry)).not.toContain('upperdir');
    }
  });

  test('renaming a lower directory fails with EXDEV, and a new one can be renamed', async () => {
    await committed('base', null, (view) => mkdirSync(join(view, 'lower')));
    await written('top', 'base', (view) => {
      expect(() => renameSync(join(view, 'lower'), join(view, 'moved'))).toThrow(
        expect.objectContaining({ code: 'EXDEV' }),
      );
      mkdirSync(join(view, 'new'));
      renameSync(join(view, 'new'), join(view, 'renamed'));
    });
    expect(driver.capabilities.renameLowerDirectory).toBe(false);
  });

  test('a file keeps its inode number across its first write, as promised', async () => {
    await committed('base', null, (view) => writeFileSync(join(view, 'file'), 'old'));
    await written('top', 'base', (view) => {
      const before = statSync(join(view, 'file'));
      appendFileSync(join(view, 'file'), 'new');
      expect(statSync(join(view, 'file')).ino === before.ino).toBe(driver.capabilities.stableInodes);
    });
  });

  // From here on the kernel decides: what it does must be what was promised.
  test('two names of a lower file become two files at the first write, as not promised', async () => {
    await committed('base', null, (view) => {
      writeFileSync(join(view, 'one'), 'old');
      linkSync(join(view, 'one'), join(view, 'two'));
    });
    await written('top', 'base', (view) => {
      writeFileSync(join(view, 'one'), 'new');
      expect(readFileSync(join(view, 'two'), 'utf8') === 'new').toBe(driver.capabilities.keepsHardLinks);
    });
  });

  test('a descriptor opened before the first write sees it where that is promised', async () => {
    await committed('base', null, (view) => writeFileSync(join(view, 'file'), 'old'));
    await written('top', 'base', (view) => {
      const early = openSync(join(view, 'file'), 'r');
      writeFileSync(join(view, 'file'), 'new');
      const seen = Buffer.alloc(3);
      readSync(early, seen);
      closeSync(early);
      expect(seen.toString() === 'new').toBe(driver.capabilities.sharesOpenFiles);
    });
  });

  test('a layer that was mounted volatile can be mounted again, with what was written', async () => {
    await committed('base', null, () => undefined);
    await driver.create('top', { parent: 'base' });
    {
      await using mount = await driver.get('top', { volatile: true });
      writeFileSync(join(mount.path, 'file'), 'kept');
    }
    expect(lstatSync(join(root, 'top/work/work/incompat/volatile')).isDirectory()).toBe(true);
    await using mount = await driver.get('top');
    expect(readFileSync(join(mount.path, 'file'), 'utf8')).toBe('kept');
  });

  test('a description of a layer that is mounted volatile leaves the kernel’s mark alone, and a later one does not', async () => {
    await committed('base', null, () => undefined);
    await driver.create('top', { parent: 'base' });
    const mark = join(root, 'top/work/work/incompat/volatile');
    {
      await using _mount = await driver.get('top', { volatile: true });
      await driver.describeMount('top');
      expect(existsSync(mark)).toBe(true);
    }
    await driver.describeMount('top');
    expect(existsSync(mark)).toBe(false);
    expect(existsSync(join(root, 'top/work'))).toBe(true);
  });

  test('a layer whose parent’s files are gone is corrupt, and says whose', async () => {
    await committed('base', null, () => undefined);
    await committed('middle', 'base', () => undefined);
    await driver.create('top', { parent: 'middle' });
    renameSync(join(root, 'base/diff'), join(root, 'base/lost'));
    const corrupt = { code: 'CORRUPT_LAYER', details: { id: 'base' } };
    for (const id of ['top', 'middle', 'base']) await expect(driver.get(id)).rejects.toMatchObject(corrupt);
    renameSync(join(root, 'base/lost'), join(root, 'base/diff'));
    await (await driver.get('top')).put();
  });

  test('metadata has Docker’s keys, with LowerDir only where there is a parent', async () => {
    await committed('base', null, () => undefined);
    await driver.create('top', { parent: 'base' });
    expect(await driver.metadata('top')).toEqual({
      LowerDir: join(root, 'base/diff'),
      UpperDir: join(root, 'top/diff'),
      WorkDir: join(root, 'top/work'),
      MergedDir: join(root, 'top/merged'),
    });
    expect(Object.keys(await driver.metadata('base'))).not.toContain('LowerDir');
  });

  test('a layer’s own directories take 16 KiB at most, and no more with its short name', async () => {
    await committed('base', null, () => undefined);
    await written('top', 'base', () => undefined);
    expect(await driver.reclaimable('top')).toBeLessThanOrEqual(16 << 10);
    await driver.commit('top');
    expect(await driver.reclaimable('top')).toBeLessThanOrEqual(16 << 10);
  });

  test('a layer may be called l as the directory of names is', async () => {
    await committed('base', null, (view) => writeFileSync(join(view, 'file'), 'of base'));
    await committed('l', 'base', (view) => writeFileSync(join(view, 'own'), 'of l'));
    await written('top', 'l', (view) => expect(readFileSync(join(view, 'own'), 'utf8')).toBe('of l'));
    expect(readdirSync(root).sort()).toEqual(['.graphdriver', '_l', 'base', 'l', 'top']);
    expect(await driver.metadata('top')).toMatchObject({ LowerDir: `${root}/_l/diff:${root}/base/diff` });
    await driver.remove('top');
    await driver.close();
    // As after the host went down: what is on the disk is compared with the records.
    rmSync(join(root, '.graphdriver/boot'));
    driver = await overlay2.open({ root, mountWith });
    expect((await driver.list()).map(({ id }) => id)).toEqual(['base', 'l']);
    await driver.remove('l');
    expect(readdirSync(root).sort()).toEqual(['.graphdriver', 'base', 'l']);
    expect(readdirSync(join(root, 'l'))).toHaveLength(1);
  });

  test('a root whose directory of names is lost has it again when it is opened, and works without it until then', async () => {
    await committed('base', null, (view) => writeFileSync(join(view, 'file'), 'of base'));
    await committed('top', 'base', () => undefined);
    const names = readdirSync(join(root, 'l')).sort();
    rmSync(join(root, 'l'), { recursive: true });
    await driver.create('child', { parent: 'top' });
    {
      await using mount = await driver.get('child');
      expect(readFileSync(join(mount.path, 'file'), 'utf8')).toBe('of base');
    }
    await driver.close();
    driver = await overlay2.open({ root, mountWith });
    expect(readdirSync(join(root, 'l')).sort()).toEqual(names);
    await driver.commit('child');
    expect(readdirSync(join(root, 'l'))).toHaveLength(3);
  });

  test('what a held layer would give back does not count what its mount shows', async () => {
    await committed('base', null, (view) => writeFileSync(join(view, 'big'), Buffer.alloc(1 << 20, 1)));
    await driver.create('top', { parent: 'base' });
    await using _mount = await driver.get('top');
    expect(await driver.reclaimable('top')).toBeLessThan(64 << 10);
  });

  test('an applied archive replaces the whole directory and keeps what the layer had', async () => {
    await committed('base', null, (view) => {
      for (const name of ['gone', 'changed', 'kept']) writeFileSync(join(view, name), name);
    });
    await written('first', 'base', (view) => {
      rmSync(join(view, 'gone'));
      writeFileSync(join(view, 'changed'), 'by first');
    });
    await written('second', 'base', (view) => {
      rmSync(join(view, 'changed'));
      writeFileSync(join(view, 'new'), 'by second');
      utimesSync(join(view, 'new'), 1, 1);
    });
    await driver.applyDiff('first', driver.diff('second'));
    expect((await driver.changes('first')).map(({ kind, path: where }) => `${kind} ${where}`)).toEqual([
      'delete /changed',
      'delete /gone',
      'add /new',
    ]);
    await using mount = await driver.get('first');
    expect(readFileSync(join(mount.path, 'new'), 'utf8')).toBe('by second');
    expect(() => lstatSync(join(mount.path, 'changed'))).toThrow();
    expect(() => lstatSync(join(root, 'first/incoming'))).toThrow();
  });
}
