import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { major, makedev, minor } from '../src/device-number.ts';
import { filesystemOf } from '../src/filesystem.ts';
import { bootId, kernelAtLeast, kernelRelease } from '../src/kernel.ts';
import { effectiveCapabilities, hasPrivilege } from '../src/privileges.ts';
import { TimeSlice } from '../src/time-slice.ts';
import { scratch } from './scratch.ts';

test('the file system of a path that does not exist is that of its nearest ancestor', () => {
  using dir = scratch();
  const here = filesystemOf(dir.path);
  expect(filesystemOf(`${dir.path}/a/b/c`).name).toBe(here.name);
  expect(here.freeBytes).toBeGreaterThan(0);
  expect(here.blockSize).toBeGreaterThanOrEqual(512);
  expect(filesystemOf('/proc/self/status/below-a-file')).toMatchObject({ name: 'proc', magic: 0x9fa0 });
  expect(filesystemOf('/sys').name).toBe('sysfs');
});

test('the kernel is at least its own version and not the next one', () => {
  const [major = 0, minor = 0] = kernelRelease()
    .split('.')
    .map((part) => Number.parseInt(part, 10));
  expect(kernelAtLeast(major, minor)).toBe(true);
  expect(kernelAtLeast(major - 1, minor + 50)).toBe(true);
  expect(kernelAtLeast(major, minor + 1)).toBe(false);
  expect(kernelAtLeast(major + 1, 0)).toBe(false);
});

test('the boot id is a UUID and the same twice', () => {
  expect(bootId()).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  expect(bootId()).toBe(bootId());
});

test('capabilities are read from the bits of CapEff', () => {
  expect(effectiveCapabilities('Name:\tx\nCapEff:\t0000000008200001\n')).toEqual(['chown', 'sys_admin', 'mknod']);
  expect(effectiveCapabilities('CapEff:\t0000000000000000\n')).toEqual([]);
  expect(effectiveCapabilities('')).toEqual([]);
  expect(effectiveCapabilities('CapEff:\t000001ffffffffff\n').at(-1)).toBe('checkpoint_restore');
  const status = readFileSync('/proc/self/status', 'latin1');
  expect(hasPrivilege('sys_admin')).toBe(effectiveCapabilities(status).includes('sys_admin'));
});

test('device numbers survive being put together and taken apart, and are those of the kernel', () => {
  for (const [high, low] of [
    [0, 0],
    [1, 3],
    [8, 255],
    [259, 256],
    [4095, 1_048_575],
    [254, 70_000],
  ] as const) {
    expect([major(makedev(high, low)), minor(makedev(high, low))]).toEqual([high, low]);
  }
  expect(makedev(1, 3)).toBe(259);
});

test('a slice ends after its time and starts anew after a pause, in which timers run', async () => {
  const slice = new TimeSlice(5);
  expect(slice.over).toBe(false);
  let ran = false;
  setTimeout(() => {
    ran = true;
  }, 1);
  const start = performance.now();
  while (performance.now() - start < 6);
  expect(slice.over).toBe(true);
  expect(ran).toBe(false);
  while (!ran) await slice.pause();
  expect(slice.over).toBe(false);
});
