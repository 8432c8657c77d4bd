import { symlinkSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { listXattrs, readXattr, removeXattr, writeXattr } from '../src/xattr.ts';
import { scratch } from './scratch.ts';

test('attributes are listed in order, read back byte for byte, replaced and removed', () => {
  using dir = scratch();
  const file = `${dir.path}/file`;
  writeFileSync(file, '');
  const value = Buffer.from([0, 255, 10, 0]);
  writeXattr(file, 'user.b', value);
  writeXattr(file, 'trusted.a', Buffer.from('old'));
  writeXattr(file, 'trusted.a', Buffer.from('new'));
  writeXattr(file, 'user.empty', Buffer.alloc(0));
  expect(listXattrs(file)).toEqual(['trusted.a', 'user.b', 'user.empty']);
  expect(readXattr(file, 'user.b')).toEqual(value);
  expect(readXattr(file, 'trusted.a')).toEqual(Buffer.from('new'));
  expect(readXattr(file, 'user.empty')).toEqual(Buffer.alloc(0));
  removeXattr(file, 'user.b');
  expect(readXattr(file, 'user.b')).toBeUndefined();
  expect(() => removeXattr(file, 'user.b')).toThrow(expect.objectContaining({ code: 'ENODATA' }));
});

test('a value read is not overwritten by the next one', () => {
  using dir = scratch();
  const file = `${dir.path}/file`;
  writeFileSync(file, '');
  writeXattr(file, 'user.a', Buffer.from('aaa'));
  writeXattr(file, 'user.b', Buffer.from('bbb'));
  const first = readXattr(file, 'user.a');
  readXattr(file, 'user.b');
  expect(first?.toString()).toBe('aaa');
});

test('names of any bytes survive', () => {
  using dir = scratch();
  const file = `${dir.path}/file`;
  writeFileSync(file, '');
  writeXattr(file, 'user.\xff\xc3', Buffer.from('x'));
  expect(listXattrs(file)).toEqual(['user.\xff\xc3']);
  expect(readXattr(file, 'user.\xff\xc3')?.toString()).toBe('x');
});

test('a symbolic link has attributes of its own', () => {
  using dir = scratch();
  writeFileSync(`${dir.path}/file`, '');
  symlinkSync('file', `${dir.path}/link`);
  writeXattr(`${dir.path}/link`, 'trusted.a', Buffer.from('link'));
  expect(listXattrs(`${dir.path}/file`)).toEqual([]);
  expect(readXattr(`${dir.path}/link`, 'trusted.a')?.toString()).toBe('link');
});

test('a slice of a larger buffer is written without what surrounds it', () => {
  using dir = scratch();
  writeFileSync(`${dir.path}/file`, '');
  writeXattr(`${dir.path}/file`, 'user.a', new Uint8Array([1, 2, 3, 4]).subarray(1, 3));
  expect(readXattr(`${dir.path}/file`, 'user.a')).toEqual(Buffer.from([2, 3]));
});

test('a file system without attributes lists none', () => {
  expect(listXattrs('/proc/self/status')).toEqual([]);
});

test('a missing file fails with ENOENT and its path', () => {
  expect(() => listXattrs('/nowhere/at/all')).toThrow(
    expect.objectContaining({ code: 'ENOENT', path: '/nowhere/at/all' }),
  );
  expect(() => readXattr('/nowhere/at/all', 'user.a')).toThrow(expect.objectContaining({ code: 'ENOENT' }));
});
