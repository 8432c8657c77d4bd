import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { syncFilesystem } from '@graphdriver/host';
import { loopFilesystem, machineLock, privilegeReason, requireOrSkip, scratchRoot } from '@graphdriver/testkit';
import { describe, expect, test } from 'vitest';
import { deviceCounter } from '../src/device-counter.ts';

const MIB = 1024 ** 2;
const reason = requireOrSkip('overlay2', privilegeReason());
const suffix = reason === null ? '' : ` (${reason})`;

/** A mount of the mount table. */
function mountAt(mountPoint: string, device: string, source: string) {
  const rest = { id: 1, parent: 0, root: '/', options: [], propagation: [], type: 'any', superOptions: [] };
  return { ...rest, mountPoint, device, source };
}

/** What the kernel says of a device that has had so many sectors of 512 bytes written. */
function statWith(sectors: number): string {
  return `     100        5     4000       30      200       60 ${sectors}       90        0       40      120\n`;
}

describe('deviceCounter', () => {
  test('reads what was written to the device that the mount table names', async () => {
    await using scratch = await scratchRoot('graphdriver-counter-');
    await mkdir(join(scratch.path, 'dev/block/7:3'), { recursive: true });
    await writeFile(join(scratch.path, 'dev/block/7:3/stat'), statWith(16));
    const sources = { sysfs: scratch.path, mounts: [mountAt('/data', '7:3', '/dev/loop3')] };
    expect(deviceCounter('/data/below', sources)?.bytesWritten()).toBe(8192);
  });

  test('adds up the devices of a btrfs, whose files are on none by their number', async () => {
    await using scratch = await scratchRoot('graphdriver-counter-');
    for (const [name, sectors] of [
      ['loop4', 8],
      ['loop5', 2],
    ] as const) {
      await mkdir(join(scratch.path, 'fs/btrfs/some-id/devices', name), { recursive: true });
      await writeFile(join(scratch.path, 'fs/btrfs/some-id/devices', name, 'stat'), statWith(sectors));
    }
    const sources = { sysfs: scratch.path, mounts: [mountAt('/data', '0:44', '/dev/loop4')] };
    expect(deviceCounter('/data', sources)?.bytesWritten()).toBe(5120);
  });

  test('is null where no block device is written to', async () => {
    await using scratch = await scratchRoot('graphdriver-counter-');
    const mounts = [
      mountAt('/', '8:1', '/dev/sda1'),
      mountAt('/tmp', '0:30', 'tmpfs'),
      mountAt('/pool', '0:31', 'tank'),
    ];
    for (const directory of ['/', '/tmp', '/pool/root'])
      expect(deviceCounter(directory, { sysfs: scratch.path, mounts })).toBeNull();
  });

  test.skipIf(reason !== null).each(['ext4', 'btrfs'] as const)(
    `counts on %s what a file and a sync write, and nothing while nothing is written${suffix}`,
    async (type) => {
      await using _lock = await machineLock();
      await using loop = await loopFilesystem({ type, size: 512 * MIB, directIo: true });
      const counter = deviceCounter(loop.path) ?? expect.fail('A loop device counts.');
      await syncFilesystem(loop.path);
      const before = counter.bytesWritten();
      await writeFile(join(loop.path, 'file'), Buffer.alloc(8 * MIB, 1));
      await syncFilesystem(loop.path);
      const written = counter.bytesWritten() - before;
      expect(written).toBeGreaterThanOrEqual(8 * MIB);
      expect(written).toBeLessThan(10 * MIB);
      const rest = counter.bytesWritten();
      await syncFilesystem(loop.path);
      expect(counter.bytesWritten() - rest).toBeLessThan(64 * 1024);
    },
  );
});
