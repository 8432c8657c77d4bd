import {
  chmodSync,
  chownSync,
  closeSync,
  constants,
  copyFileSync,
  cpSync,
  existsSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  readSync,
  renameSync,
  rmdirSync,
  statfsSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import {
  copyFileData,
  dataSegments,
  exchangeFiles,
  LockFile,
  listXattrs,
  makedev,
  makeNode,
  readXattr,
  removeXattr,
  renameNoReplace,
  run,
  setTimes,
  startProcess,
  writeXattr,
} from '@graphdriver/host';
import { privilegeReason, requireOrSkip } from '@graphdriver/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type MemoryMount, memoryMount } from './memory-mount.ts';

const reason = requireOrSkip('fuse', privilegeReason());

describe.skipIf(reason !== null)('through a mount every system call does what it does elsewhere', () => {
  let mount: MemoryMount;
  let place = '';
  let count = 0;
  const at = (name: string): string => `${place}/${name}`;

  beforeAll(async () => {
    mount = await memoryMount({ features: { remoteFlock: true } });
  });
  afterAll(async () => {
    expect((await mount.state()).defects).toEqual([]);
    await mount[Symbol.asyncDispose]();
  });
  const fresh = (): void => {
    count += 1;
    place = `${mount.path}/${count}`;
    mkdirSync(place);
  };
  const test = (title: string, body: () => void | Promise<void>): void =>
    it(title, async () => {
      fresh();
      await body();
    });

  test('files are written, read, made longer and shorter', () => {
    writeFileSync(at('file'), 'hello');
    expect(readFileSync(at('file'), 'utf8')).toBe('hello');
    truncateSync(at('file'), 2);
    expect(readFileSync(at('file'), 'utf8')).toBe('he');
    const fd = openSync(at('file'), 'r+');
    ftruncateSync(fd, 4);
    fsyncSync(fd);
    writeSync(fd, 'x', 3);
    expect(fstatSync(fd).size).toBe(4);
    closeSync(fd);
    expect(readFileSync(at('file'))).toEqual(Buffer.from('he\0x'));
    writeFileSync(at('file'), 'new', { flag: 'w' });
    expect(readFileSync(at('file'), 'utf8')).toBe('new');
  });

  test('three mebibytes go through whole, in writes and reads of a mebibyte', async () => {
    const data = Buffer.alloc(3 << 20, 'abcdefg');
    writeFileSync(at('large'), data);
    expect(readFileSync(at('large')).equals(data)).toBe(true);
    expect((await mount.counters())['WRITE']?.count).toBeLessThan(20);
  });

  test('missing, taken, full and wrong names fail as they should', () => {
    mkdirSync(at('dir'));
    writeFileSync(at('dir/file'), '');
    expect(() => readFileSync(at('none'))).toThrow(expect.objectContaining({ code: 'ENOENT' }));
    expect(() => mkdirSync(at('dir'))).toThrow(expect.objectContaining({ code: 'EEXIST' }));
    expect(() => rmdirSync(at('dir'))).toThrow(expect.objectContaining({ code: 'ENOTEMPTY' }));
    expect(() => rmdirSync(at('dir/file'))).toThrow(expect.objectContaining({ code: 'ENOTDIR' }));
    expect(() => unlinkSync(at('dir'))).toThrow(expect.objectContaining({ code: 'EISDIR' }));
    expect(() => readFileSync(at('dir/file/x'))).toThrow(expect.objectContaining({ code: 'ENOTDIR' }));
    expect(() => writeFileSync(at('n'.repeat(256)), '')).toThrow(expect.objectContaining({ code: 'ENAMETOOLONG' }));
    unlinkSync(at('dir/file'));
    rmdirSync(at('dir'));
    expect(existsSync(at('dir'))).toBe(false);
  });

  test('an offset that no number of JavaScript holds fails with EFBIG', async () => {
    writeFileSync(at('file'), '');
    const tooLarge = await run('truncate', ['-s', `${2n ** 60n}`, at('file')], { okExitCodes: [1] });
    expect(tooLarge.stderr).toContain('File too large');
  });

  test('names of any bytes are kept', () => {
    const name = Buffer.concat([Buffer.from(`${place}/`), Buffer.from([0xff, 0x80, 0x0a, 0x5c, 0xc3])]);
    writeFileSync(name, 'x');
    expect(readdirSync(place, { encoding: 'buffer' })).toEqual([Buffer.from([0xff, 0x80, 0x0a, 0x5c, 0xc3])]);
    expect(readFileSync(name, 'utf8')).toBe('x');
  });

  test('modes, owners and times are set, times to the nanosecond and before 1970', () => {
    writeFileSync(at('file'), '');
    chmodSync(at('file'), 0o4751);
    expect(lstatSync(at('file')).mode).toBe(0o104751);
    chownSync(at('file'), 12, 34);
    setTimes(at('file'), { atime: 1_000_000_000_123_456_789n, mtime: -1_500_000_000n });
    const { uid, gid, atimeNs, mtimeNs } = lstatSync(at('file'), { bigint: true });
    expect({ uid, gid, atimeNs, mtimeNs }).toEqual({
      uid: 12n,
      gid: 34n,
      atimeNs: 1_000_000_000_123_456_789n,
      mtimeNs: -1_500_000_000n,
    });
  });

  test('symbolic links, hard links and special files are made', () => {
    symlinkSync('some/where', at('link'));
    expect(readlinkSync(at('link'))).toBe('some/where');
    writeFileSync(at('file'), 'x');
    linkSync(at('file'), at('other'));
    expect(lstatSync(at('other'))).toMatchObject({ nlink: 2, ino: lstatSync(at('file')).ino });
    makeNode(at('device'), constants.S_IFCHR | 0o600, makedev(1, 300_000));
    expect(lstatSync(at('device')).rdev).toBe(makedev(1, 300_000));
    makeNode(at('fifo'), constants.S_IFIFO | 0o600, 0);
    expect(lstatSync(at('fifo')).isFIFO()).toBe(true);
  });

  test('a rename replaces, refuses to replace, swaps, and leaves a whiteout', async () => {
    for (const name of ['a', 'b']) writeFileSync(at(name), name);
    expect(() => renameNoReplace(at('a'), at('b'))).toThrow(expect.objectContaining({ code: 'EEXIST' }));
    exchangeFiles(at('a'), at('b'));
    expect([readFileSync(at('a'), 'utf8'), readFileSync(at('b'), 'utf8')]).toEqual(['b', 'a']);
    mkdirSync(at('dir'));
    renameSync(at('a'), at('dir/b'));
    renameNoReplace(at('dir/b'), at('dir/c'));
    expect(readdirSync(at('dir'))).toEqual(['c']);
    // Of all programs it is overlayfs that leaves whiteouts: in its upper directory.
    mkdirSync(at('upper'));
    mkdirSync(at('work'));
    mkdirSync(`${mount.path}/../lower-${count}`);
    const [lower, merged] = [`${mount.path}/../lower-${count}`, `${mount.path}/../merged-${count}`];
    mkdirSync(merged);
    writeFileSync(`${lower}/old`, 'x');
    await run('mount', [
      '-t',
      'overlay',
      '-o',
      `lowerdir=${lower},upperdir=${at('upper')},workdir=${at('work')}`,
      'overlay',
      merged,
    ]);
    renameSync(`${merged}/old`, `${merged}/new`);
    await run('umount', [merged]);
    expect(lstatSync(at('upper/old'))).toMatchObject({ rdev: 0, mode: constants.S_IFCHR });
    expect(readFileSync(at('upper/new'), 'utf8')).toBe('x');
  });

  test('extended attributes are set, read, listed and removed', () => {
    writeFileSync(at('file'), '');
    writeXattr(at('file'), 'user.one', Buffer.from([0, 255, 1]));
    writeXattr(at('file'), 'user.two', Buffer.alloc(60_000, 7));
    expect(readXattr(at('file'), 'user.one')).toEqual(Buffer.from([0, 255, 1]));
    expect(readXattr(at('file'), 'user.two')?.length).toBe(60_000);
    expect(readXattr(at('file'), 'user.none')).toBeUndefined();
    expect(listXattrs(at('file')).sort()).toEqual(['user.one', 'user.two']);
    removeXattr(at('file'), 'user.one');
    expect(listXattrs(at('file'))).toEqual(['user.two']);
  });

  test('a file without a name is made, used and gone when it is closed', async () => {
    const O_TMPFILE = 0o20200000;
    const before = (await mount.state()).open[0];
    const fd = openSync(place, O_TMPFILE | constants.O_RDWR, 0o600);
    writeSync(fd, 'nobody sees it');
    expect(fstatSync(fd)).toMatchObject({ nlink: 0, size: 14 });
    closeSync(fd);
    expect(readdirSync(place)).toEqual([]);
    await expect.poll(async () => (await mount.state()).open[0]).toBe(before);
  });

  test('an unlinked file is usable until it is closed', () => {
    writeFileSync(at('file'), 'still here');
    const fd = openSync(at('file'), 'r+');
    unlinkSync(at('file'));
    const into = Buffer.alloc(20);
    expect(into.toString('utf8', 0, readSync(fd, into, 0, 20, 0))).toBe('still here');
    expect(fstatSync(fd).nlink).toBe(0);
    closeSync(fd);
  });

  test('holes are made, found, and stay holes', async () => {
    await run('fallocate', ['-l', '1000000', at('file')]);
    expect(lstatSync(at('file')).size).toBe(1_000_000);
    const fd = openSync(at('file'), 'r+');
    writeSync(fd, Buffer.alloc(300_000, 1), 0, 300_000, 400_000);
    fsyncSync(fd);
    await run('fallocate', ['-p', '-o', '500000', '-l', '50000', at('file')]);
    expect([...dataSegments(fd, 1_000_000)]).toEqual([
      { offset: 400_000, length: 100_000 },
      { offset: 550_000, length: 150_000 },
    ]);
    closeSync(fd);
    await expect(run('fallocate', ['-z', '-l', '10', at('file')])).rejects.toMatchObject({
      details: { stderr: expect.stringContaining('not supported') },
    });
  });

  test('the kernel copies between two files by asking once', async () => {
    writeFileSync(at('from'), Buffer.alloc(500_000, 'x'));
    const [from, to] = [openSync(at('from'), 'r'), openSync(at('to'), 'w')];
    await copyFileData(from, to, 500_000);
    closeSync(from);
    closeSync(to);
    expect(readFileSync(at('to')).equals(Buffer.alloc(500_000, 'x'))).toBe(true);
    const counters = await mount.counters();
    expect((counters['COPY_FILE_RANGE_64'] ?? counters['COPY_FILE_RANGE'])?.failures).toBe(0);
  });

  test('record locks keep open files apart until they are closed', () => {
    const [one, other] = [LockFile.open(at('file')), LockFile.open(at('file'))];
    const held = one.tryAcquire('key');
    expect(held).toBeDefined();
    expect(other.tryAcquire('key')).toBeUndefined();
    expect(other.isHeldElsewhere('key')).toBe(true);
    expect(other.tryAcquire('another key')).toBeDefined();
    one.close();
    expect(other.tryAcquire('key')).toBeDefined();
    other.close();
  });

  test('flock waits for its turn, and who is killed while waiting does not get one', async () => {
    writeFileSync(at('file'), '');
    const holder = startProcess('flock', [at('file'), 'cat']);
    const pending = async (): Promise<number | undefined> => (await mount.state()).pending[0];
    await expect.poll(async () => (await mount.counters())['SETLK']?.count ?? 0).toBeGreaterThan(0);
    await expect(run('flock', ['-n', at('file'), 'true'])).rejects.toMatchObject({ details: { exitCode: 1 } });
    const waiter = startProcess('flock', [at('file'), 'true']);
    await expect.poll(pending).toBe(1);
    waiter.kill('SIGKILL');
    expect((await waiter.ended).signal).toBe('SIGKILL');
    await expect.poll(pending).toBe(0);
    const next = startProcess('flock', [at('file'), 'true']);
    await expect.poll(pending).toBe(1);
    holder.stdin?.end();
    expect((await holder.ended).exitCode).toBe(0);
    expect((await next.ended).exitCode).toBe(0);
  });

  test('a program is run from it, with its libraries mapped', async () => {
    copyFileSync('/bin/sh', at('sh'));
    chmodSync(at('sh'), 0o755);
    expect((await run(at('sh'), ['-c', 'echo it runs'])).stdout).toBe('it runs\n');
    const fd = openSync(at('sh'), 'r');
    expect(() => openSync(at('none/sh'), 'r')).toThrow(expect.objectContaining({ code: 'ENOENT' }));
    closeSync(fd);
  });

  test('a thousand names are listed once each, with and without their attributes', () => {
    for (let index = 0; index < 1000; index += 1) writeFileSync(at(`name-${'x'.repeat(index % 200)}-${index}`), '');
    expect(new Set(readdirSync(place)).size).toBe(1000);
    expect(readdirSync(place, { withFileTypes: true }).every((entry) => entry.isFile())).toBe(true);
    expect(lstatSync(at('name--0')).size).toBe(0);
  });

  test('statfs tells what the file system says', () => {
    expect(statfsSync(place)).toMatchObject({
      blocks: 1000,
      bfree: 900,
      bavail: 800,
      files: 100,
      ffree: 90,
      bsize: 4096,
    });
  });

  test('a tree is copied in and out unharmed', async () => {
    cpSync(new URL('../src', import.meta.url).pathname, at('tree'), { recursive: true });
    await run('diff', ['-r', new URL('../src', import.meta.url).pathname, at('tree')]);
    await run('tar', ['-C', at('tree'), '-cf', at('tree.tar'), '.']);
    await run('tar', ['-C', at('tree'), '-df', at('tree.tar')]);
  });
});
