import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createMounter, filesystemOf, isMountPoint, LockFile, mountsUnder, run } from '@graphdriver/host';
import { afterEach, expect, test } from 'vitest';
import {
  type LoopType,
  loopFilesystem,
  loopFilesystemReason,
  machineLock,
  privilegeReason,
  requireOrSkip,
  scratchRoot,
} from '../src/index.ts';

const required = process.env['REQUIRED_DRIVERS'];

afterEach(() => {
  if (required === undefined) delete process.env['REQUIRED_DRIVERS'];
  else process.env['REQUIRED_DRIVERS'] = required;
});

async function loopDevices(): Promise<string> {
  return (await run('losetup', ['-a'])).stdout;
}

test('a scratch root is an empty directory and gone after its scope', async () => {
  let path = '';
  {
    await using scratch = await scratchRoot('testkit-');
    path = scratch.path;
    expect(path.startsWith(join(tmpdir(), 'testkit-'))).toBe(true);
    writeFileSync(join(path, 'file'), '');
  }
  expect(existsSync(path)).toBe(false);
});

test.skipIf(privilegeReason() !== null)(
  'a scratch root goes with the mounts that a failed test has left in it',
  async () => {
    await using _lock = await machineLock();
    const scratch = await scratchRoot();
    const mounter = createMounter();
    const inner = join(scratch.path, 'a b\n', 'inner');
    mkdirSync(inner, { recursive: true });
    await mounter.mount({ type: 'tmpfs', source: 'none', target: scratch.path });
    mkdirSync(inner, { recursive: true });
    await mounter.mount({ type: 'tmpfs', source: 'none', target: inner });
    await mounter.mount({ type: 'tmpfs', source: 'none', target: inner });
    expect(mountsUnder(scratch.path)).toHaveLength(3);
    await scratch[Symbol.asyncDispose]();
    expect(existsSync(scratch.path)).toBe(false);
    expect(mountsUnder(scratch.path)).toEqual([]);
  },
);

for (const type of ['ext4', 'xfs', 'btrfs'] as const satisfies readonly LoopType[]) {
  const reason = await loopFilesystemReason(type);
  test.skipIf(reason !== null)(
    `a loop file system is a mounted ${type}, and takes its loop device with it`,
    async () => {
      await using _lock = await machineLock();
      const loop = await loopFilesystem({ type, size: 320 << 20 });
      expect(filesystemOf(loop.path).name).toBe(type);
      expect(isMountPoint(loop.path)).toBe(true);
      writeFileSync(join(loop.path, 'file'), 'x');
      await loop[Symbol.asyncDispose]();
      expect(existsSync(loop.path)).toBe(false);
      expect(await loopDevices()).not.toContain(loop.path.replace(/mnt$/, 'image'));
    },
  );
}

test.skipIf((await loopFilesystemReason('ext4')) !== null)(
  'a loop file system that cannot be made leaves nothing',
  async () => {
    await using _lock = await machineLock();
    const before = await loopDevices();
    await expect(
      loopFilesystem({ type: 'ext4', size: 320 << 20, mkfsArgs: ['--no-such-option'] }),
    ).rejects.toMatchObject({ code: 'COMMAND_FAILED' });
    await expect(loopFilesystem({ type: 'ext4', size: 1024 })).rejects.toMatchObject({ code: 'COMMAND_FAILED' });
    expect(await loopDevices()).toBe(before);
  },
);

test('the machine lock keeps others out until its scope ends, and a killed holder does not keep it', async () => {
  const file = LockFile.open(join(tmpdir(), 'graphdriver-tests.lock'));
  {
    await using _lock = await machineLock();
    expect(file.isHeldElsewhere('machine')).toBe(true);
  }
  file.close();
  const source = `
    import { machineLock } from ${JSON.stringify(new URL('../dist/index.js', import.meta.url).href)};
    const lock = await machineLock();
    console.log('held');
    setInterval(() => lock, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', source], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await new Promise((resolve) => child.stdout.once('data', resolve));
  child.kill('SIGKILL');
  await using _again = await machineLock();
});

test('mounting needs CAP_SYS_ADMIN, and the reason is null exactly with it', () => {
  const effective = /^CapEff:\s*(\S+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0';
  const administers = ((BigInt(`0x${effective}`) >> 21n) & 1n) === 1n;
  expect(privilegeReason() === null).toBe(administers);
});

test('a reason to skip is passed on, and thrown where the driver is required', () => {
  process.env['REQUIRED_DRIVERS'] = 'overlay2, btrfs';
  expect(requireOrSkip('zfs', 'no module')).toBe('no module');
  expect(requireOrSkip('btrfs', null)).toBeNull();
  expect(() => requireOrSkip('btrfs', 'no mkfs')).toThrow();
  expect(() => requireOrSkip('overlay2', 'no mount')).toThrow();
  delete process.env['REQUIRED_DRIVERS'];
  expect(requireOrSkip('btrfs', 'no mkfs')).toBe('no mkfs');
});
