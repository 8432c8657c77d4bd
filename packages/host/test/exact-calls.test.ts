import { lstatSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { errnoCode } from '../src/errno.ts';
import {
  getXattr,
  linkPath,
  listXattrBytes,
  renamePath,
  setPathTimes,
  setXattr,
  truncatePath,
  unsetXattr,
} from '../src/exact-calls.ts';
import { scratch } from './scratch.ts';

function failure(action: () => unknown): string | undefined {
  try {
    action();
  } catch (error) {
    return errnoCode(error);
  }
  return undefined;
}

test('calls do what the manual says, with its flags', () => {
  using dir = scratch();
  const [a, b, link] = ['a', 'b', 'link'].map((name) => `${dir.path}/${name}`) as [string, string, string];
  writeFileSync(a, 'abc');
  writeFileSync(b, '');
  symlinkSync('a', link);

  truncatePath(link, 1);
  expect(readFileSync(a, 'latin1')).toBe('a');
  expect(failure(() => truncatePath(a, -1))).toBe('EINVAL');

  linkPath(link, `${link}-2`, 'link-itself');
  linkPath(link, `${a}-2`, 'follow');
  expect([lstatSync(`${link}-2`).isSymbolicLink(), lstatSync(a).nlink]).toEqual([true, 2]);

  expect(failure(() => renamePath(a, b, 1))).toBe('EEXIST');
  expect(failure(() => renamePath(a, b, 3))).toBe('EINVAL');

  setPathTimes(link, [{ seconds: -2, nanoseconds: 7 }, undefined], 'follow');
  expect(lstatSync(a, { bigint: true }).atimeNs).toBe(-1_999_999_993n);
  const before = lstatSync(link, { bigint: true }).mtimeNs;
  setPathTimes(link, [undefined, 'now'], 'link-itself');
  expect(lstatSync(link, { bigint: true }).mtimeNs).toBeGreaterThanOrEqual(before);
});

test('extended attributes are set, told and measured as by the calls themselves', () => {
  using dir = scratch();
  const path = `${dir.path}/file`;
  writeFileSync(path, '');
  setXattr(path, 'user.a', Buffer.from('12345'));
  setXattr(path, 'user.empty', Buffer.alloc(0));
  expect(failure(() => setXattr(path, 'user.a', Buffer.alloc(1), { manner: 'create' }))).toBe('EEXIST');
  expect(getXattr(path, 'user.a')).toEqual({ length: 5, value: Buffer.from('12345') });
  expect(getXattr(path, 'user.a', 0).length).toBe(5);
  expect(failure(() => getXattr(path, 'user.a', 4))).toBe('ERANGE');
  expect(listXattrBytes(path).names.toSorted()).toEqual(['user.a', 'user.empty']);
  expect(listXattrBytes(path, 0)).toEqual({ length: 18, names: [] });
  unsetXattr(path, 'user.a');
  expect(failure(() => getXattr(path, 'user.a'))).toBe('ENODATA');
});
