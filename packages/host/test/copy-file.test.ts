import { closeSync, ftruncateSync, openSync, readFileSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { expect, test } from 'vitest';
import { type CopyFileOptions, canReflink, copyFileData, copyFileDataNow } from '../src/copy-file.ts';
import type { CopyAbilities } from '../src/copy-range.ts';
import { errnoError } from '../src/errno.ts';
import { setFaultHandler } from '../src/fault-point.ts';
import { loopMount, machineLock, scratch } from './scratch.ts';

async function copy(from: string, to: string, options: CopyFileOptions = {}): Promise<string> {
  const [source, target] = [openSync(from, 'r'), openSync(to, 'w')];
  try {
    return await copyFileData(source, target, statSync(from).size, options);
  } finally {
    closeSync(source);
    closeSync(target);
  }
}

function pattern(size: number): Buffer {
  const bytes = Buffer.alloc(size);
  for (let index = 0; index < size; index += 1) bytes[index] = (index * 31 + (index >> 8)) & 0xff;
  return bytes;
}

/** 1 MiB of data at 8 MiB and 4 KiB at 24 MiB in a file of 32 MiB that ends in a hole. */
function writeSparse(path: string): void {
  const fd = openSync(path, 'w');
  writeSync(fd, pattern(1 << 20), 0, 1 << 20, 8 << 20);
  writeSync(fd, pattern(4096), 0, 4096, 24 << 20);
  ftruncateSync(fd, 32 << 20);
  closeSync(fd);
}

test('files of all sizes are copied byte for byte, whatever works between the file systems', async () => {
  using dir = scratch();
  for (const size of [0, 1, 4096, 65536, 65537, (1 << 20) + 1, 5 << 20]) {
    writeFileSync(`${dir.path}/from`, pattern(size));
    for (const abilities of [
      { clone: true, range: true },
      { clone: false, range: true },
      { clone: false, range: false },
    ]) {
      await copy(`${dir.path}/from`, `${dir.path}/to`, { abilities });
      expect(readFileSync(`${dir.path}/to`).equals(readFileSync(`${dir.path}/from`)), `${size}`).toBe(true);
    }
  }
});

test.each([false, true])(
  'at once a dense file of up to 1 MiB is copied, and of anything else nothing is claimed (sent: %s)',
  (sends) => {
    using dir = scratch();
    const copyNow = (size: number, abilities: CopyAbilities): 'cloned' | 'copied' | undefined => {
      const [source, target] = [openSync(`${dir.path}/from`, 'r'), openSync(`${dir.path}/to`, 'w')];
      try {
        const allocated = statSync(`${dir.path}/from`).blocks * 512;
        return copyFileDataNow(source, target, { size, allocated }, { abilities, sends });
      } finally {
        closeSync(source);
        closeSync(target);
      }
    };
    for (const size of [1, 65536, 65537, 1 << 20]) {
      writeFileSync(`${dir.path}/from`, pattern(size));
      expect(copyNow(size, { clone: false, range: true }), `${size}`).toBe('copied');
      expect(readFileSync(`${dir.path}/to`).equals(pattern(size)), `${size}`).toBe(true);
    }
    expect(copyNow(1 << 20, { clone: false, range: false })).toBeUndefined();
    writeFileSync(`${dir.path}/from`, pattern((1 << 20) + 1));
    expect(copyNow((1 << 20) + 1, { clone: false, range: true })).toBeUndefined();
    writeSparse(`${dir.path}/from`);
    expect(copyNow(32 << 20, { clone: false, range: true })).toBeUndefined();
  },
);

test('holes stay holes, also at the end', async () => {
  using dir = scratch();
  writeSparse(`${dir.path}/from`);
  for (const range of [true, false]) {
    await copy(`${dir.path}/from`, `${dir.path}/to`, { abilities: { clone: false, range } });
    expect(readFileSync(`${dir.path}/to`).equals(readFileSync(`${dir.path}/from`))).toBe(true);
    expect(statSync(`${dir.path}/to`).blocks).toBeLessThanOrEqual(statSync(`${dir.path}/from`).blocks);
  }
});

test('a small file that is one hole takes no block in the copy', async () => {
  using dir = scratch();
  const fd = openSync(`${dir.path}/from`, 'w');
  ftruncateSync(fd, 10_000);
  closeSync(fd);
  await copy(`${dir.path}/from`, `${dir.path}/to`);
  expect(statSync(`${dir.path}/to`)).toMatchObject({ size: 10_000, blocks: 0 });
});

test('the positions of the descriptors do not matter', async () => {
  using dir = scratch();
  writeFileSync(`${dir.path}/from`, '0123456789');
  const [source, target] = [openSync(`${dir.path}/from`, 'r'), openSync(`${dir.path}/to`, 'w')];
  writeSync(target, 'abc');
  await copyFileData(source, target, 10);
  closeSync(source);
  closeSync(target);
  expect(readFileSync(`${dir.path}/to`, 'utf8')).toBe('0123456789');
});

test('what the kernel can neither clone nor copy nor search for holes is read, and ends where the file ends', async () => {
  using dir = scratch();
  const [source, target] = [openSync('/proc/self/status', 'r'), openSync(`${dir.path}/to`, 'w')];
  const abilities = { clone: true, range: true };
  await copyFileData(source, target, 100_000, { abilities });
  closeSync(source);
  closeSync(target);
  expect(readFileSync(`${dir.path}/to`, 'utf8')).toContain('CapEff');
});

test('an aborted copy fails with ABORTED', async () => {
  using dir = scratch();
  writeFileSync(`${dir.path}/from`, pattern(1 << 20));
  const signal = AbortSignal.abort();
  for (const range of [true, false]) {
    const abilities = { clone: false, range };
    await expect(copy(`${dir.path}/from`, `${dir.path}/to`, { signal, abilities })).rejects.toMatchObject({
      code: 'ABORTED',
    });
  }
});

test('a file system that shares blocks clones small and large files, and another one says that it cannot', async () => {
  using _lock = await machineLock();
  using dir = scratch();
  expect(canReflink(`${dir.path}/nowhere`)).toBe(false);
  for (const type of ['btrfs', 'xfs'] as const) {
    const path = loopMount(dir.path, type);
    expect(canReflink(path)).toBe(true);
    for (const size of [5000, 3 << 20]) {
      writeFileSync(`${path}/from`, pattern(size));
      expect(await copy(`${path}/from`, `${path}/to`)).toBe('cloned');
      expect(readFileSync(`${path}/to`).equals(pattern(size))).toBe(true);
    }
    // To another file system nothing can be cloned.
    expect(await copy(`${path}/from`, `${dir.path}/to`)).toBe('copied');
    expect(readFileSync(`${dir.path}/to`).equals(pattern(3 << 20))).toBe(true);
  }
  const ext4 = loopMount(dir.path, 'ext4');
  expect(canReflink(ext4)).toBe(false);
  const abilities = { clone: true, range: true };
  writeFileSync(`${ext4}/from`, 'x');
  expect(await copy(`${ext4}/from`, `${ext4}/to`, { abilities })).toBe('copied');
  expect(abilities).toEqual({ clone: false, range: true });
});

test('on ext4 the blocks of large pieces are reserved first: those of the source, and no others; elsewhere none are', async () => {
  using _lock = await machineLock();
  using dir = scratch();
  const reserved = { ext4: 0, xfs: 0 };
  for (const type of ['ext4', 'xfs'] as const) {
    const path = loopMount(dir.path, type);
    setFaultHandler((call) => {
      if (call === 'fallocate') reserved[type] += 1;
    });
    try {
      for (const write of [writeSparse, (from: string) => writeFileSync(from, pattern((3 << 20) + 5))]) {
        write(`${path}/from`);
        expect(await copy(`${path}/from`, `${path}/to`, { abilities: { clone: false, range: true } })).toBe('copied');
        expect(readFileSync(`${path}/to`).equals(readFileSync(`${path}/from`))).toBe(true);
        expect(statSync(`${path}/to`).blocks).toBeLessThanOrEqual(statSync(`${path}/from`).blocks);
      }
    } finally {
      setFaultHandler(undefined);
    }
  }
  // One for the mebibyte of the sparse file, whose other piece is small, and one for the dense file.
  expect(reserved).toEqual({ ext4: 2, xfs: 0 });
});

test('a copy does without a reservation that fails, and fails where the disk is full', async () => {
  using _lock = await machineLock();
  using dir = scratch();
  const path = loopMount(dir.path, 'ext4');
  writeFileSync(`${path}/from`, pattern(3 << 20));
  setFaultHandler((call) => {
    if (call === 'fallocate') throw errnoError('fallocate', 95);
  });
  try {
    expect(await copy(`${path}/from`, `${path}/to`, { abilities: { clone: false, range: true } })).toBe('copied');
    expect(readFileSync(`${path}/to`).equals(pattern(3 << 20))).toBe(true);
  } finally {
    setFaultHandler(undefined);
  }
  const large = openSync(`${path}/large`, 'w');
  const fill = (): void => {
    for (;;) writeSync(large, pattern(1 << 20));
  };
  expect(fill).toThrow(expect.objectContaining({ code: 'ENOSPC' }));
  closeSync(large);
  await expect(copy(`${path}/from`, `${path}/other`)).rejects.toMatchObject({ code: 'ENOSPC' });
});
