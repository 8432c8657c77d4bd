import {
  closeSync,
  constants,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  changeModeAt,
  changeOwnerAt,
  FileStatus,
  isErrno,
  listXattrsAt,
  makeDirectoryAt,
  makeHardLinkAt,
  makeNodeAt,
  makeSymlinkAt,
  openAt,
  readEntries,
  readLinkAt,
  readXattrAt,
  removeXattrAt,
  renameAt,
  setTimesAt,
  statAt,
  unlinkAt,
  writeXattrAt,
} from '../src/index.ts';

const O_PATH = 0o10000000;
const O_TMPFILE = 0o20200000;
const REGULAR = 0o100600;

let root: string;
let fd: number;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'at-files-'));
  fd = openSync(root, O_PATH | constants.O_DIRECTORY);
});

afterEach(() => {
  closeSync(fd);
  rmSync(root, { recursive: true });
});

function codeOf(action: () => unknown): string | undefined {
  try {
    action();
  } catch (error) {
    if (isErrno(error)) return error.code;
    throw error;
  }
  return undefined;
}

test('a status says the same as lstat, to the nanosecond and before 1970', () => {
  writeFileSync(join(root, 'file'), 'content', { mode: 0o640 });
  setTimesAt(fd, 'file', { seconds: -5, nanoseconds: 1 }, { seconds: 1_700_000_000, nanoseconds: 123_456_789 });
  const status = new FileStatus();
  statAt(fd, 'file', status);
  const { ino, mode, nlink, size, blocks, uid, gid } = lstatSync(join(root, 'file'));
  expect(status).toMatchObject({ ino, mode, links: nlink, size, blocks, uid, gid, rdev: 0 });
  expect([status.atime, status.atimeNs, status.mtime, status.mtimeNs]).toEqual([-5, 1, 1_700_000_000, 123_456_789]);
});

test('names of any bytes are made, listed and renamed', () => {
  const name = 'caf\xe9\xff';
  makeNodeAt(fd, name, REGULAR, 0);
  makeDirectoryAt(fd, 'directory', 0o755);
  renameAt(fd, name, fd, `${name}2`, 'no-replace');
  const seen: (readonly [string, number])[] = [];
  const listing = openAt(fd, '.', constants.O_DIRECTORY);
  readEntries(listing, (entry, type) => seen.push([entry, type]));
  closeSync(listing);
  expect(seen.sort()).toEqual(
    [
      [`${name}2`, 8],
      ['directory', 4],
    ].sort(),
  );
});

test('a symbolic link is never followed', () => {
  mkdirSync(join(root, 'target'), { mode: 0o755 });
  symlinkSync('target', join(root, 'link'));
  expect(readLinkAt(fd, 'link')).toBe('target');
  expect(codeOf(() => openAt(fd, 'link', constants.O_RDONLY))).toBe('ELOOP');
  expect(codeOf(() => changeModeAt(fd, 'link', 0o700))).toBeDefined();
  writeXattrAt(fd, 'link', 'trusted.x', Buffer.from('1'));
  expect(listXattrsAt(fd, 'target')).not.toContain('trusted.x');
  expect(lstatSync(join(root, 'target')).mode & 0o777).toBe(0o755);
});

test.each([
  ['that can be written to', false],
  ['that only names a file (O_PATH)', true],
])('the empty name stands for the own file of a descriptor %s, also for one without a name', (_, isPath) => {
  const file = openAt(fd, '.', O_TMPFILE | constants.O_RDWR, 0o600);
  const handle = isPath ? openAt(file, '', O_PATH) : file;
  changeOwnerAt(handle, '', 7, 8);
  changeModeAt(handle, '', 0o640);
  writeXattrAt(handle, '', 'trusted.x', Buffer.from('value'));
  writeXattrAt(handle, '', 'trusted.y', Buffer.alloc(0));
  expect(readXattrAt(handle, '', 'trusted.x')?.toString()).toBe('value');
  expect(listXattrsAt(handle, '').sort()).toEqual(['trusted.x', 'trusted.y']);
  removeXattrAt(handle, '', 'trusted.y');
  expect(readXattrAt(handle, '', 'trusted.y')).toBeUndefined();
  expect(codeOf(() => removeXattrAt(handle, '', 'trusted.y'))).toBe('ENODATA');
  setTimesAt(handle, '', undefined, { seconds: 5, nanoseconds: 6 });
  makeHardLinkAt(handle, '', fd, 'named');
  const status = new FileStatus();
  statAt(handle, '', status);
  expect([status.mode & 0o777, status.links, status.uid, status.gid]).toEqual([0o640, 1, 7, 8]);
  expect([status.mtime, status.mtimeNs]).toEqual([5, 6]);
  for (const open of new Set([file, handle])) closeSync(open);
});

test('an attribute without a value, one that is missing, and one that must not be there yet', () => {
  makeSymlinkAt('anywhere', fd, 'link');
  writeXattrAt(fd, 'link', 'trusted.empty', Buffer.alloc(0));
  expect(readXattrAt(fd, 'link', 'trusted.empty')?.length).toBe(0);
  expect(readXattrAt(fd, 'link', 'trusted.missing')).toBeUndefined();
  expect(codeOf(() => writeXattrAt(fd, 'link', 'trusted.empty', Buffer.from('x'), 'create'))).toBe('EEXIST');
  unlinkAt(fd, 'link');
  expect(codeOf(() => unlinkAt(fd, 'link'))).toBe('ENOENT');
});
