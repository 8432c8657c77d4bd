import { parseMountinfo } from '@graphdriver/host';
import { describe, expect, test } from 'vitest';
import { mountOf, readEnvironment, readFilesystem } from '../src/environment.ts';

const MOUNTS = parseMountinfo(
  [
    '1 0 8:1 / / rw,relatime - ext4 /dev/sda1 rw',
    '2 1 0:5 / /var rw - tmpfs tmpfs rw',
    '3 1 8:2 / /var/lib rw,noatime - xfs /dev/sda2 rw,attr2',
    '4 3 8:3 / /var/lib rw - btrfs /dev/sda3 rw,ssd',
  ].join('\n'),
);

describe('mountOf', () => {
  test.each([
    ['/', '/dev/sda1'],
    ['/home/x', '/dev/sda1'],
    ['/var', 'tmpfs'],
    ['/variable', '/dev/sda1'],
    ['/var/library', 'tmpfs'],
    ['/var/lib/graphdriver', '/dev/sda3'],
  ])('finds for %s the mount that is seen there: %s', (path, source) => {
    expect(mountOf(MOUNTS, path)?.source).toBe(source);
  });

  test('finds nothing in an empty table', () => {
    expect(mountOf([], '/')).toBeUndefined();
  });
});

describe('readEnvironment', () => {
  test('knows the machine and the versions of all that takes part', async () => {
    const environment = await readEnvironment();
    expect(environment.cpu.count).toBeGreaterThan(0);
    expect(environment.memory.total).toBeGreaterThan(environment.memory.free);
    expect(environment.load).toHaveLength(3);
    expect(environment.node).toBe(process.version);
    expect(environment.packages['benchmark']).toBe('2.1.4');
    expect(Object.values(environment.packages)).not.toContain('unknown');
  });
});

describe('readFilesystem', () => {
  test('describes what a directory lies on', () => {
    const proc = readFilesystem('/proc');
    expect(proc).toMatchObject({ name: 'proc', free: 0 });
    expect(proc.mountOptions).toContain('rw');
  });
});
