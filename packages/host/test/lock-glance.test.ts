import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { LockFile } from '../src/lock-file.ts';
import { LockGlance } from '../src/lock-glance.ts';
import { ProcessMarks } from '../src/process-marks.ts';
import { scratch } from './scratch.ts';

test('a glance sees what another opener holds, and holds nothing itself', () => {
  using dir = scratch();
  const locks = LockFile.open(`${dir.path}/locks`);
  const glance = LockGlance.open(`${dir.path}/locks`) ?? expect.fail('There is a file.');
  expect(glance.isHeld('a')).toBe(false);
  const held = locks.tryAcquire('a');
  expect([glance.isHeld('a'), glance.isHeld('b')]).toEqual([true, false]);
  held?.release();
  expect(glance.isHeld('a')).toBe(false);
  expect(locks.tryAcquire('a')).toBeDefined();
  glance.close();
  locks.close();
});

test('a glance sees whether the process of a mark lives', () => {
  using dir = scratch();
  const marks = ProcessMarks.open(`${dir.path}/marks`);
  const glance = LockGlance.open(`${dir.path}/marks`) ?? expect.fail('There is a file.');
  expect(glance.isHeld(marks.token)).toBe(true);
  marks.close();
  expect(glance.isHeld(marks.token)).toBe(false);
  glance.close();
});

test('a glance makes no file', () => {
  using dir = scratch();
  expect(LockGlance.open(`${dir.path}/missing`)).toBeUndefined();
  expect(existsSync(`${dir.path}/missing`)).toBe(false);
});
