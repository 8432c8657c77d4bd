import { mkdirSync } from 'node:fs';
import { isStorageError, STORAGE_ERROR_CODES, StorageError } from '@graphdriver/core';
import { expect, test } from 'vitest';
import { errnoError, isErrno, toStorageError } from '../src/errno.ts';

function caught(action: () => void): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  throw new Error('It did not fail.');
}

test('an error made here has the fields and the text of one that node:fs throws', () => {
  const real = caught(() => mkdirSync('/nowhere/at/all')) as Error;
  const made = errnoError('mkdir', 2, '/nowhere/at/all');
  expect({ ...made }).toEqual({ ...real });
  expect(made.message).toBe(real.message);
});

test('names that libuv does not know are known here', () => {
  for (const [number, name] of [
    [122, 'EDQUOT'],
    [117, 'EUCLEAN'],
    [61, 'ENODATA'],
    [11, 'EAGAIN'],
    [95, 'ENOTSUP'],
  ] as const) {
    expect(errnoError('call', number).code).toBe(name);
  }
  const fromNode = Object.assign(new Error('x'), { code: 'Unknown system error -122', errno: -122, syscall: 'write' });
  expect(isErrno(fromNode, 'EDQUOT')).toBe(true);
});

test('isErrno tells one code of several, any code, and what is no errno error', () => {
  const error = errnoError('open', 2);
  expect(isErrno(error, 'EACCES', 'ENOENT')).toBe(true);
  expect(isErrno(error, 'EACCES')).toBe(false);
  expect(isErrno(error)).toBe(true);
  expect(isErrno(new Error('x'))).toBe(false);
  expect(isErrno(new StorageError('ABORTED', 'x'))).toBe(false);
  expect(isErrno('ENOENT', 'ENOENT')).toBe(false);
});

test('each errno that a caller can act upon gets the code for it', () => {
  const expected = {
    28: 'OUT_OF_SPACE',
    122: 'QUOTA_EXCEEDED',
    1: 'PERMISSION_DENIED',
    13: 'PERMISSION_DENIED',
    5: 'SYSTEM_CALL_FAILED',
  } as const;
  for (const [number, code] of Object.entries(expected)) {
    const cause = errnoError('write', Number(number), '/f');
    const error = toStorageError(cause, 'Could not write.');
    expect(error.code).toBe(code);
    expect(error.cause).toBe(cause);
    expect(error.details['errno']).toBe(cause.code);
  }
});

test('a StorageError passes unchanged, whatever its code', () => {
  for (const code of STORAGE_ERROR_CODES) {
    const error = new StorageError(code, 'x');
    expect(toStorageError(error, 'y')).toBe(error);
  }
});

test('the reason of an aborted signal becomes ABORTED, and an unrelated failure does not', () => {
  const reason = new Error('enough');
  const signal = AbortSignal.abort(reason);
  expect(isStorageError(toStorageError(reason, 'x', signal), 'ABORTED')).toBe(true);
  expect(isStorageError(toStorageError(new DOMException('x', 'AbortError'), 'x'), 'ABORTED')).toBe(true);
  expect(toStorageError(errnoError('write', 28), 'x', signal).code).toBe('OUT_OF_SPACE');
});

test('anything else that was thrown becomes SYSTEM_CALL_FAILED with it as the cause', () => {
  expect(toStorageError('text', 'x')).toMatchObject({ code: 'SYSTEM_CALL_FAILED', cause: 'text' });
});
