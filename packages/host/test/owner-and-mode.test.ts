import { closeSync, lstatSync, openSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { afterEach, expect, test } from 'vitest';
import { errnoError } from '../src/errno.ts';
import { setFaultHandler } from '../src/fault-point.ts';
import { createFile, writeBytesInThread } from '../src/open-files.ts';
import { firstPermissions, ownerOfNewFiles, setFileOwnerAndMode, setOwnerAndMode } from '../src/owner-and-mode.ts';
import { scratch } from './scratch.ts';

afterEach(() => setFaultHandler(undefined));

/** Which state-changing calls `work` makes. */
function callsOf(work: () => void): string[] {
  const calls: string[] = [];
  setFaultHandler((call) => calls.push(call));
  work();
  setFaultHandler(undefined);
  return calls;
}

function ownerAndModeOf(path: string): readonly [uid: number, gid: number, mode: number] {
  const { uid, gid, mode } = lstatSync(path);
  return [uid, gid, mode & 0o7777];
}

test('a file that has its owner and mode is left alone', () => {
  using dir = scratch();
  const path = `${dir.path}/a`;
  const wanted = { ...ownerOfNewFiles(), mode: 0o640 };
  const fd = createFile(path, 0o640);
  expect(callsOf(() => setFileOwnerAndMode(fd, wanted))).toEqual([]);
  expect(callsOf(() => setOwnerAndMode(path, wanted))).toEqual([]);
  closeSync(fd);
});

test('a mode that differs is set, set-id bits too', () => {
  using dir = scratch();
  const fd = createFile(`${dir.path}/a`, 0o600);
  const wanted = { ...ownerOfNewFiles(), mode: 0o4755 };
  expect(callsOf(() => setFileOwnerAndMode(fd, wanted))).toEqual(['chmod']);
  expect(ownerAndModeOf(`${dir.path}/a`)).toEqual([wanted.uid, wanted.gid, 0o4755]);
  closeSync(fd);
});

test.skipIf(process.getuid?.() !== 0)('the set-id bits that a change of the owner takes away are set again', () => {
  using dir = scratch();
  const path = `${dir.path}/a`;
  writeFileSync(path, '');
  setOwnerAndMode(path, { ...ownerOfNewFiles(), mode: 0o6755 });
  expect(callsOf(() => setOwnerAndMode(path, { uid: 1000, gid: 1001, mode: 0o6755 }))).toEqual(['chown', 'chmod']);
  expect(ownerAndModeOf(path)).toEqual([1000, 1001, 0o6755]);
  const fd = openSync(path, 'r');
  expect(callsOf(() => setFileOwnerAndMode(fd, { uid: 1000, gid: 1002, mode: 0o6755 }))).toEqual(['chown', 'chmod']);
  expect(ownerAndModeOf(path)).toEqual([1000, 1002, 0o6755]);
  closeSync(fd);
});

test.skipIf(process.getuid?.() !== 0)(
  'a symbolic link gets an owner and no mode, and what it points to gets neither',
  () => {
    using dir = scratch();
    writeFileSync(`${dir.path}/a`, '');
    symlinkSync('a', `${dir.path}/l`);
    const before = ownerAndModeOf(`${dir.path}/a`);
    expect(callsOf(() => setOwnerAndMode(`${dir.path}/l`, { uid: 7, gid: 8, mode: 0o600 }))).toEqual(['chown']);
    expect(ownerAndModeOf(`${dir.path}/l`).slice(0, 2)).toEqual([7, 8]);
    expect(ownerAndModeOf(`${dir.path}/a`)).toEqual(before);
  },
);

test('a file that is to have another owner is closed to everybody else until it has', () => {
  const maker = { uid: 0, gid: 0 };
  expect(firstPermissions({ uid: 0, gid: 0, mode: 0o6755 }, maker)).toBe(0o755);
  expect(firstPermissions({ uid: 0, gid: 42, mode: 0o640 }, maker)).toBe(0o600);
  expect(firstPermissions({ uid: 1000, gid: 0, mode: 0o755 }, maker)).toBe(0o700);
});

test('bytes are written at their position in another thread, and pass one fault point', async () => {
  using dir = scratch();
  const fd = createFile(`${dir.path}/a`, 0o600);
  const calls: string[] = [];
  setFaultHandler((call) => calls.push(call));
  await writeBytesInThread(fd, Buffer.from('world'), 6);
  await writeBytesInThread(fd, Buffer.from('hello '), 0);
  expect(calls).toEqual(['write', 'write']);
  expect(readFileSync(`${dir.path}/a`, 'utf8')).toBe('hello world');
  setFaultHandler(() => {
    throw errnoError('write', 28);
  });
  await expect(writeBytesInThread(fd, Buffer.from('x'), 0)).rejects.toMatchObject({ code: 'ENOSPC' });
  closeSync(fd);
});
