import { lstatSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { closeFile, createFile, errnoError, readXattr, setFaultHandler } from '@graphdriver/host';
import { scratchRoot } from '@graphdriver/testkit';
import { afterEach, describe, expect, it } from 'vitest';
import type { TarEntry } from '../src/tar-entry.ts';
import { unpackLayer } from '../src/unpack-layer.ts';
import { WriteBehind } from '../src/write-behind.ts';
import { archiveOf, entry, file, streamOf } from './support/tar-bytes.ts';

const KIB = 1024;
const MIB = 1024 * KIB;
const CAPABILITY = Buffer.from('0100000200040000000000000000000000000000', 'hex');

afterEach(() => setFaultHandler(undefined));

function openDescriptors(): number {
  return readdirSync('/proc/self/fd').length;
}

function large(path: string, fill: number, size: number, given: Partial<TarEntry> = {}): TarEntry {
  return entry({ path, size, content: [Buffer.alloc(size, fill)], mtime: BigInt(fill) * 1_000_000_001n, ...given });
}

function sizeOf(index: number): number {
  return (40 + ((index * 137) % 900)) * KIB + index;
}

async function unpack(root: string, archive: Buffer, chunk: number): Promise<void> {
  await unpackLayer(streamOf(archive, [chunk]), { root, whiteouts: 'remove', lower: null });
}

describe('large files, whose ends are written in other threads,', () => {
  it.each([64 * KIB, MIB, 16 * MIB])('have their content, mode and time with chunks of %i bytes', async (chunk) => {
    await using scratch = await scratchRoot();
    const count = 60;
    const entries = Array.from({ length: count }, (_, index) =>
      large(`f${index}`, index, sizeOf(index), { mode: 0o640 }),
    );
    await unpack(scratch.path, await archiveOf(...entries), chunk);
    for (let index = 0; index < count; index++) {
      const path = `${scratch.path}/f${index}`;
      expect(readFileSync(path).equals(Buffer.alloc(sizeOf(index), index))).toBe(true);
      const { mode, mtimeNs } = lstatSync(path, { bigint: true });
      expect([Number(mode) & 0o7777, mtimeNs]).toEqual([0o640, BigInt(index) * 1_000_000_001n]);
    }
  });

  it('keep set-id bits and capabilities, which a write takes away', async () => {
    await using scratch = await scratchRoot();
    const xattrs = new Map([['security.capability', CAPABILITY]]);
    const archive = await archiveOf(
      large('a', 1, 600 * KIB, { mode: 0o6755, uid: 1000, gid: 1000, xattrs }),
      large('b', 2, 600 * KIB, { mode: 0o4755 }),
    );
    await unpack(scratch.path, archive, 4 * MIB);
    expect(['a', 'b'].map((name) => lstatSync(`${scratch.path}/${name}`).mode & 0o7777)).toEqual([0o6755, 0o4755]);
    expect(readXattr(`${scratch.path}/a`, 'security.capability')).toEqual(CAPABILITY);
  });

  it('may get another name, and lose theirs to another file, before they are written', async () => {
    await using scratch = await scratchRoot();
    const xattrs = new Map([['user.which', Buffer.from('second')]]);
    const archive = await archiveOf(
      large('a', 1, 700 * KIB, { mode: 0o600 }),
      entry({ path: 'b', type: 'hardlink', linkTarget: 'a' }),
      large('a', 2, 600 * KIB, { mode: 0o644, xattrs }),
      file('c'),
    );
    await unpack(scratch.path, archive, 4 * MIB);
    expect(readFileSync(`${scratch.path}/b`).equals(Buffer.alloc(700 * KIB, 1))).toBe(true);
    expect(readFileSync(`${scratch.path}/a`).equals(Buffer.alloc(600 * KIB, 2))).toBe(true);
    const [first, second] = ['b', 'a'].map((name) => lstatSync(`${scratch.path}/${name}`, { bigint: true }));
    expect([first?.mtimeNs, second?.mtimeNs]).toEqual([1_000_000_001n, 2_000_000_002n]);
    expect([readXattr(`${scratch.path}/b`, 'user.which'), readXattr(`${scratch.path}/a`, 'user.which')]).toEqual([
      undefined,
      Buffer.from('second'),
    ]);
  });
});

describe('a write in another thread that fails', () => {
  it.each([3, 20])(
    'fails the unpacking and leaves no descriptor open, be it one of the first or the last of 20 (%i)',
    async (failing) => {
      await using scratch = await scratchRoot();
      const archive = await archiveOf(
        ...Array.from({ length: 20 }, (_, index) => large(`f${index}`, index, 600 * KIB)),
      );
      let writes = 0;
      setFaultHandler((call) => {
        if (call === 'write' && ++writes === failing) throw errnoError('write', 122);
      });
      const before = openDescriptors();
      await expect(unpack(scratch.path, archive, 16 * MIB)).rejects.toMatchObject({ code: 'QUOTA_EXCEEDED' });
      expect(openDescriptors()).toBe(before);
    },
  );
});

it('an archive that breaks off while large files are written leaves no descriptor open', async () => {
  await using scratch = await scratchRoot();
  const archive = await archiveOf(...Array.from({ length: 20 }, (_, index) => large(`f${index}`, index, 600 * KIB)));
  const before = openDescriptors();
  const broken = unpack(scratch.path, archive.subarray(0, 9_000_000), 16 * MIB);
  await expect(broken).rejects.toMatchObject({ code: 'INVALID_ARCHIVE' });
  expect(openDescriptors()).toBe(before);
});

it('takes no more writes than it may hold, no small ones, and new ones when those are done', async () => {
  await using scratch = await scratchRoot();
  const writes = new WriteBehind();
  let finished = 0;
  let taken = 0;
  for (; taken < 100 && writes.takes(512 * KIB); taken++) {
    const fd = createFile(`${scratch.path}/${taken}`, 0o600);
    writes.start({ fd, bytes: Buffer.alloc(512 * KIB), position: 0, finish: () => finished++ });
  }
  expect(taken).toBe(8);
  expect(writes.takes(8 * MIB)).toBe(false);
  await writes.settle();
  writes.check();
  expect(finished).toBe(8);
  expect([writes.takes(512 * KIB), writes.takes(511 * KIB), writes.takes(8 * MIB)]).toEqual([true, false, false]);
});

it('tells what the kernel says to a write', async () => {
  const writes = new WriteBehind();
  const fd = openSync('/dev/full', 'w');
  let finished = false;
  const finish = (): void => {
    finished = true;
  };
  writes.start({ fd, bytes: Buffer.alloc(100), position: 0, finish });
  await writes.settle();
  expect(() => writes.check()).toThrow(expect.objectContaining({ code: 'ENOSPC' }));
  expect(finished).toBe(false);
  expect(() => closeFile(fd)).toThrow(expect.objectContaining({ code: 'EBADF' }));
});

it('closes a file that could not be finished, and tells of it', async () => {
  await using scratch = await scratchRoot();
  const writes = new WriteBehind();
  const fd = createFile(`${scratch.path}/a`, 0o600);
  const failure = new Error('no');
  const finish = (): void => {
    throw failure;
  };
  writes.start({ fd, bytes: Buffer.alloc(100), position: 0, finish });
  await writes.settle();
  expect(() => writes.check()).toThrow(failure);
  expect(() => closeFile(fd)).toThrow(expect.objectContaining({ code: 'EBADF' }));
});
