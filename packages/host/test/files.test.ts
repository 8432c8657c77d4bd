import { constants, existsSync, lstatSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { afterEach, expect, test } from 'vitest';
import { makedev } from '../src/device-number.ts';
import { setFaultHandler } from '../src/fault-point.ts';
import * as files from '../src/files.ts';
import * as open from '../src/open-files.ts';
import { removeXattr, writeXattr } from '../src/xattr.ts';
import { scratch } from './scratch.ts';

afterEach(() => setFaultHandler(undefined));

function stat(path: string | Buffer) {
  return lstatSync(path, { bigint: true });
}

test('a directory gets exactly the mode asked for, whatever the umask', () => {
  using dir = scratch();
  const before = process.umask(0o077);
  try {
    for (const mode of [0o755, 0o777, 0o1777, 0o2775, 0o500, 0]) {
      files.makeDirectory(`${dir.path}/${mode}`, mode);
      expect(Number(stat(`${dir.path}/${mode}`).mode) & 0o7777).toBe(mode);
    }
  } finally {
    process.umask(before);
  }
});

test('making a directory where something has the name fails with EEXIST', () => {
  using dir = scratch();
  expect(() => files.makeDirectory(dir.path)).toThrow(expect.objectContaining({ code: 'EEXIST' }));
});

test('removing a directory that is not empty fails with ENOTEMPTY, an empty one goes', () => {
  using dir = scratch();
  files.makeDirectory(`${dir.path}/a`);
  files.makeDirectory(`${dir.path}/a/b`);
  expect(() => files.removeDirectory(`${dir.path}/a`)).toThrow(expect.objectContaining({ code: 'ENOTEMPTY' }));
  files.removeDirectory(`${dir.path}/a/b`);
  files.removeDirectory(`${dir.path}/a`);
  expect(existsSync(`${dir.path}/a`)).toBe(false);
});

test('renameFile replaces, renameNoReplace fails with EEXIST, exchangeFiles swaps a file with a directory', () => {
  using dir = scratch();
  const [a, b, c] = [`${dir.path}/a`, `${dir.path}/b`, `${dir.path}/c`];
  writeFileSync(a, 'a');
  writeFileSync(b, 'b');
  expect(() => files.renameNoReplace(a, b)).toThrow(expect.objectContaining({ code: 'EEXIST', errno: -17, path: a }));
  expect(readFileSync(b, 'utf8')).toBe('b');
  files.renameFile(a, b);
  expect(readFileSync(b, 'utf8')).toBe('a');
  files.makeDirectory(c);
  files.exchangeFiles(b, c);
  expect(stat(b).isDirectory()).toBe(true);
  expect(readFileSync(c, 'utf8')).toBe('a');
  files.renameNoReplace(c, a);
  expect(readFileSync(a, 'utf8')).toBe('a');
});

test('a symbolic link holds the very bytes of its target', () => {
  using dir = scratch();
  const target = Buffer.from([0x2f, 0xff, 0xfe, 0x0a, 0x20]);
  files.makeSymlink(target, `${dir.path}/link`);
  expect(readlinkSync(`${dir.path}/link`, { encoding: 'buffer' })).toEqual(target);
});

test('a hard link to a symbolic link is another name of the link itself', () => {
  using dir = scratch();
  files.makeSymlink('nowhere', `${dir.path}/link`);
  files.makeHardLink(`${dir.path}/link`, `${dir.path}/other`);
  expect(stat(`${dir.path}/other`).isSymbolicLink()).toBe(true);
  expect(stat(`${dir.path}/other`).ino).toBe(stat(`${dir.path}/link`).ino);
});

test('owner and times change on a symbolic link itself and not on what it points to', () => {
  using dir = scratch();
  const [file, link] = [`${dir.path}/file`, `${dir.path}/link`];
  writeFileSync(file, '');
  files.makeSymlink('file', link);
  const before = stat(file);
  files.changeOwner(link, 1234, 4_000_000_000);
  files.setTimes(link, { atime: 1n, mtime: 1_700_000_000_123_456_789n });
  expect(stat(link)).toMatchObject({
    uid: 1234n,
    gid: 4_000_000_000n,
    atimeNs: 1n,
    mtimeNs: 1_700_000_000_123_456_789n,
  });
  expect(stat(file)).toMatchObject({
    uid: before.uid,
    gid: before.gid,
    mtimeNs: before.mtimeNs,
    ctimeNs: before.ctimeNs,
  });
});

test('changing the mode of a symbolic link fails and leaves its target alone', () => {
  using dir = scratch();
  writeFileSync(`${dir.path}/file`, '', { mode: 0o640 });
  files.makeSymlink('file', `${dir.path}/link`);
  expect(() => files.changeMode(`${dir.path}/link`, 0o777)).toThrow(expect.objectContaining({ code: 'ENOTSUP' }));
  expect(Number(stat(`${dir.path}/file`).mode) & 0o7777).toBe(0o640);
});

test('the mode takes set-id and sticky bits', () => {
  using dir = scratch();
  writeFileSync(`${dir.path}/file`, '');
  files.changeMode(`${dir.path}/file`, 0o6751);
  expect(Number(stat(`${dir.path}/file`).mode) & 0o7777).toBe(0o6751);
});

test('times are exact to the nanosecond, also before 1970 and after 2038, and a left out access time stays', () => {
  using dir = scratch();
  const file = `${dir.path}/file`;
  writeFileSync(file, '');
  files.setTimes(file, { atime: 5n, mtime: 5n });
  for (const time of [0n, 1n, 999_999_999n, -1n, -1_000_000_001n, 4_300_000_000_987_654_321n]) {
    files.setTimes(file, { mtime: time });
    expect(stat(file).mtimeNs).toBe(time);
    expect(stat(file).atimeNs).toBe(5n);
  }
});

test('devices keep large numbers, and fifos and sockets are made', () => {
  using dir = scratch();
  const rdev = makedev(259, 1_000_000);
  files.makeNode(`${dir.path}/char`, constants.S_IFCHR | 0o600, rdev);
  files.makeNode(`${dir.path}/whiteout`, constants.S_IFCHR, 0);
  files.makeNode(`${dir.path}/block`, constants.S_IFBLK | 0o600, makedev(8, 1));
  files.makeNode(`${dir.path}/fifo`, constants.S_IFIFO | 0o600, 0);
  files.makeNode(`${dir.path}/socket`, constants.S_IFSOCK | 0o600, 0);
  expect(stat(`${dir.path}/char`).rdev).toBe(BigInt(rdev));
  expect(stat(`${dir.path}/whiteout`)).toMatchObject({ rdev: 0n });
  expect(stat(`${dir.path}/block`).isBlockDevice()).toBe(true);
  expect(stat(`${dir.path}/fifo`).isFIFO()).toBe(true);
  expect(stat(`${dir.path}/socket`).isSocket()).toBe(true);
});

test('every call takes paths of any bytes', () => {
  using dir = scratch();
  const at = (name: number[]): Buffer => Buffer.concat([Buffer.from(`${dir.path}/`), Buffer.from(name)]);
  const odd = at([0xff, 0x0a, 0x80]);
  files.makeDirectory(odd);
  files.changeMode(odd, 0o711);
  files.changeOwner(odd, 7, 8);
  files.setTimes(odd, { mtime: 9n });
  files.renameNoReplace(odd, at([0xfe]));
  files.makeNode(odd, constants.S_IFIFO | 0o600, 0);
  files.exchangeFiles(odd, at([0xfe]));
  expect(stat(odd)).toMatchObject({ uid: 7n, gid: 8n, mtimeNs: 9n });
  expect(stat(at([0xfe])).isFIFO()).toBe(true);
});

test('a path near the limit works and one beyond it fails with ENAMETOOLONG', () => {
  using dir = scratch();
  const path = `${dir.path}/${'./'.repeat(2000 - dir.path.length / 2)}f`;
  writeFileSync(`${dir.path}/f`, '');
  files.setTimes(path, { mtime: 3n });
  expect(stat(`${dir.path}/f`).mtimeNs).toBe(3n);
  expect(() => files.setTimes(`./${'./'.repeat(2100)}f`, { mtime: 3n })).toThrow(
    expect.objectContaining({ code: 'ENAMETOOLONG' }),
  );
});

test('a NUL in a path is refused and names no other file', () => {
  using dir = scratch();
  writeFileSync(`${dir.path}/f`, '');
  expect(() => files.setTimes(`${dir.path}/f\0g`, { mtime: 3n })).toThrow(TypeError);
  expect(() => files.changeMode(Buffer.from(`${dir.path}/f\0g`), 0)).toThrow(TypeError);
});

test('createFile makes new files only and never writes through a symbolic link', () => {
  using dir = scratch();
  files.makeSymlink(`${dir.path}/elsewhere`, `${dir.path}/link`);
  expect(() => open.createFile(`${dir.path}/link`, 0o600)).toThrow(expect.objectContaining({ code: 'EEXIST' }));
  expect(existsSync(`${dir.path}/elsewhere`)).toBe(false);
  open.closeFile(open.createFile(`${dir.path}/file`, 0o600));
  expect(() => open.createFile(`${dir.path}/file`, 0o600)).toThrow(expect.objectContaining({ code: 'EEXIST' }));
});

test('an open file is written, cut, and given owner, mode and times', () => {
  using dir = scratch();
  const path = `${dir.path}/file`;
  const fd = open.createFile(path, 0o600);
  expect(open.writeBytes(fd, Buffer.from('0123456789'), 2, 5)).toBe(5);
  expect(open.writeBytes(fd, Buffer.from('x'), 0, 1, 9)).toBe(1);
  open.truncateFile(fd, 12);
  open.changeFileOwner(fd, 11, 12);
  open.changeFileMode(fd, 0o4755);
  open.setFileTimes(fd, { atime: 1n, mtime: -2n });
  open.closeFile(fd);
  expect(stat(path)).toMatchObject({ uid: 11n, gid: 12n, atimeNs: 1n, mtimeNs: -2n });
  expect(Number(stat(path).mode) & 0o7777).toBe(0o4755);
  expect(readFileSync(path, 'latin1')).toBe('23456\0\0\0\0x\0\0');
});

test('each state-changing call passes the fault point first and then does nothing', () => {
  using dir = scratch();
  const [file, none] = [`${dir.path}/file`, `${dir.path}/none`];
  writeFileSync(file, 'x', { mode: 0o600 });
  const fd = open.openFile(file, constants.O_RDWR);
  const before = stat(file);
  const calls: Readonly<Record<string, () => unknown>> = {
    mkdir: () => files.makeDirectory(none),
    rmdir: () => files.removeDirectory(dir.path),
    rename: () => files.renameFile(file, none),
    unlink: () => files.unlinkFile(file),
    symlink: () => files.makeSymlink('x', none),
    link: () => files.makeHardLink(file, none),
    mknod: () => files.makeNode(none, constants.S_IFIFO, 0),
    chmod: () => files.changeMode(file, 0o777),
    chown: () => files.changeOwner(file, 1, 1),
    utimens: () => files.setTimes(file, { mtime: 1n }),
    open: () => open.createFile(none, 0o600),
    write: () => open.writeBytes(fd, Buffer.from('y')),
    truncate: () => open.truncateFile(fd, 0),
    setxattr: () => writeXattr(file, 'user.a', Buffer.from('a')),
    removexattr: () => removeXattr(file, 'user.a'),
  };
  setFaultHandler((call) => {
    throw new Error(call);
  });
  for (const [name, call] of Object.entries(calls)) expect(call, name).toThrow(name);
  for (const call of [
    () => open.changeFileMode(fd, 0),
    () => open.changeFileOwner(fd, 1, 1),
    () => open.setFileTimes(fd, { mtime: 1n }),
  ]) {
    expect(call).toThrow();
  }
  expect(() => files.exchangeFiles(file, none)).toThrow('rename');
  setFaultHandler(undefined);
  expect(existsSync(none)).toBe(false);
  expect(stat(file)).toEqual(before);
  open.closeFile(fd);
});
