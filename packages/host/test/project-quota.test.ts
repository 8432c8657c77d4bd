import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { assignProject, isErrno, limitProject, projectOf, readProjectQuota } from '../src/index.ts';
import { encodeLimits, parseDiskQuota, projectOfAttributes, withProject } from '../src/quota-records.ts';
import { loopMount, machineLock, scratch } from './scratch.ts';

const usable = process.getuid?.() === 0 && existsSync('/usr/sbin/mkfs.xfs') && existsSync('/dev/loop-control');

describe('the structures of the kernel', () => {
  test('limits are encoded as struct fs_disk_quota in blocks of 512 bytes, rounded up', () => {
    const record = encodeLimits(0x4000_0001, 1024, 513);
    expect(record).toHaveLength(112);
    // Version 1, of a project, block limits only, the project, the hard limit, the soft one.
    expect(record.subarray(0, 24).toString('hex')).toBe(
      ['01', '02', '0c00', '01000040', '0200000000000000', '0200000000000000'].join(''),
    );
    expect(record.subarray(24).every((byte) => byte === 0)).toBe(true);
  });

  test('what a project takes and may take is read from where the kernel writes it', () => {
    const record = encodeLimits(7, 4096, 8192);
    record.writeBigUInt64LE(3n, 40);
    record.writeBigUInt64LE(5n, 48);
    expect(parseDiskQuota(record)).toEqual({ bytes: 1536, inodes: 5, softBytes: 4096, hardBytes: 8192 });
  });

  test('a project is put into struct fsxattr without touching the rest, and inheriting is one flag', () => {
    const before = Buffer.from(Array.from({ length: 28 }, (_, index) => index));
    const inheriting = withProject(before, 0x7fff_fffe, true);
    expect(projectOfAttributes(inheriting)).toBe(0x7fff_fffe);
    expect(inheriting.readUInt32LE(0)).toBe(before.readUInt32LE(0) | 0x200);
    expect(withProject(inheriting, before.readUInt32LE(12), false).readUInt32LE(0) & 0x200).toBe(0);
    for (const [start, end] of [[4, 12] as const, [16, 28] as const])
      expect(inheriting.subarray(start, end)).toEqual(before.subarray(start, end));
  });
});

describe.skipIf(!usable)('projects on a file system that has them', () => {
  let lock: Disposable;
  let room: ReturnType<typeof scratch>;
  let place: string;

  beforeAll(async () => {
    lock = await machineLock();
    room = scratch();
    place = loopMount(room.path, 'xfs');
  });

  afterAll(() => {
    room?.[Symbol.dispose]();
    lock?.[Symbol.dispose]();
  });

  test('a directory hands its project on, and refuses what belongs to another', () => {
    const [own, other] = [join(place, 'own'), join(place, 'other')];
    for (const directory of [own, other]) mkdirSync(directory);
    assignProject(own, 0x4000_0000, { inherit: true });
    mkdirSync(join(own, 'inner'));
    writeFileSync(join(own, 'inner', 'file'), '');
    expect(projectOf(join(own, 'inner', 'file'))).toBe(0x4000_0000);
    expect(projectOf(other)).toBe(0);
    expect(codeOf(() => renameSync(other, join(own, 'inner', 'other')))).toBe('EXDEV');
    assignProject(other, 0x4000_0000, { inherit: false });
    writeFileSync(join(other, 'file'), '');
    expect(projectOf(join(other, 'file'))).toBe(0);
    renameSync(other, join(own, 'inner', 'other'));
  });

  test('limits are refused where the file system was not mounted with quota', () => {
    expect(
      isErrno(
        errorOf(() => readProjectQuota(place, 1)),
        'ENOSYS',
        'ESRCH',
      ),
    ).toBe(true);
    const limits = { softBytes: 1, hardBytes: 1 };
    expect(
      isErrno(
        errorOf(() => limitProject(place, 1, limits)),
        'ENOSYS',
        'ESRCH',
      ),
    ).toBe(true);
  });
});

test('where there are no projects, everything belongs to none and nothing can be put under one', () => {
  expect(projectOf('/proc/sys')).toBe(0);
  expect(isErrno(errorOf(() => assignProject('/proc/sys', 1, { inherit: true })))).toBe(true);
});

function errorOf(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  return undefined;
}

function codeOf(act: () => unknown): string | undefined {
  const error = errorOf(act);
  return isErrno(error) ? error.code : undefined;
}
