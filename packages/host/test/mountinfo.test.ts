import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { isMountPoint, mountAt, mountsUnder, parseMountinfo, readMounts } from '../src/mountinfo.ts';
import { scratch } from './scratch.ts';

test('a line with optional fields and one without are read', () => {
  const text = [
    '36 35 98:0 /mnt1 /mnt2 rw,noatime shared:1 master:2 - ext3 /dev/root rw,errors=continue',
    '37 36 0:45 / /merged ro,nosuid - overlay overlay ro,lowerdir=/a:/b',
    '',
  ].join('\n');
  const [first, second, ...rest] = parseMountinfo(text);
  expect(rest).toEqual([]);
  expect(first).toEqual({
    id: 36,
    parent: 35,
    device: '98:0',
    root: '/mnt1',
    mountPoint: '/mnt2',
    options: ['rw', 'noatime'],
    propagation: ['shared:1', 'master:2'],
    type: 'ext3',
    source: '/dev/root',
    superOptions: ['rw', 'errors=continue'],
  });
  expect(second).toMatchObject({ propagation: [], type: 'overlay', superOptions: ['ro', 'lowerdir=/a:/b'] });
});

test('octal escapes stand for their bytes, and other backslashes for themselves', () => {
  const [entry] = parseMountinfo(
    '1 2 0:1 /a\\040b /new\\012line\\011tab\\134back\\043 rw - type so\\040urce rw,dir=/x\\134\\054y',
  );
  expect(entry).toMatchObject({
    root: '/a b',
    mountPoint: '/new\nline\ttab\\back#',
    source: 'so urce',
    superOptions: ['rw', 'dir=/x\\,y'],
  });
});

test('lines that make no sense are left out', () => {
  expect(parseMountinfo('nonsense\n1 2 3\n1 2 0:1 / / rw ext4 x rw\n')).toEqual([]);
});

test('the live table has the root and /proc, with paths of one character per byte', () => {
  const points = readMounts().map((entry) => entry.mountPoint);
  expect(points).toContain('/');
  expect(points).toContain('/proc');
  expect(isMountPoint('/proc')).toBe(true);
  expect(isMountPoint('/')).toBe(true);
  expect(mountAt('/proc')).toMatchObject({ type: 'proc' });
  expect(mountsUnder('/').map((entry) => entry.mountPoint)).toEqual(expect.arrayContaining(['/', '/proc']));
});

test('directories, files, links to mount points and missing paths are no mount points', () => {
  using dir = scratch();
  mkdirSync(`${dir.path}/dir`);
  writeFileSync(`${dir.path}/file`, '');
  symlinkSync('/proc', `${dir.path}/link`);
  for (const name of ['dir', 'file', 'link', 'none', 'none/below'])
    expect(isMountPoint(`${dir.path}/${name}`), name).toBe(false);
  expect(mountsUnder(`${dir.path}/none/below`)).toEqual([]);
  expect(mountAt(`${dir.path}/dir`)).toBeUndefined();
});

test('a name that another one starts with is not beneath it', () => {
  expect(mountsUnder('/pro')).toEqual([]);
});
