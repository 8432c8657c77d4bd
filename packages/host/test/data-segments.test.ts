import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { dataSegments, hasHole } from '../src/index.ts';

const MEBIBYTE = 1024 * 1024;

let directory: string;
let fd: number;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'graphdriver-'));
  fd = openSync(join(directory, 'file'), 'w+');
});

afterEach(async () => {
  closeSync(fd);
  await rm(directory, { recursive: true });
});

test('a file without holes is one run of data', () => {
  writeSync(fd, Buffer.alloc(100_001, 'x'));
  expect([...dataSegments(fd, 100_001)]).toEqual([{ offset: 0, length: 100_001 }]);
  expect(hasHole(fd, 100_001)).toBe(false);
});

test('an empty file has no data and no holes', () => {
  expect([...dataSegments(fd, 0)]).toEqual([]);
  expect(hasHole(fd, 0)).toBe(false);
});

test('a sparse file is the runs between its holes, as long as they are data within the size that is asked for', () => {
  ftruncateSync(fd, 4 * MEBIBYTE);
  for (const offset of [MEBIBYTE, 3 * MEBIBYTE]) writeSync(fd, Buffer.alloc(4096, 'x'), 0, 4096, offset);
  expect([...dataSegments(fd, 4 * MEBIBYTE)]).toEqual([
    { offset: MEBIBYTE, length: 4096 },
    { offset: 3 * MEBIBYTE, length: 4096 },
  ]);
  expect([...dataSegments(fd, MEBIBYTE + 10)]).toEqual([{ offset: MEBIBYTE, length: 10 }]);
  expect(hasHole(fd, 4 * MEBIBYTE)).toBe(true);
});

test('a file that is one hole has no data', () => {
  ftruncateSync(fd, MEBIBYTE);
  expect([...dataSegments(fd, MEBIBYTE)]).toEqual([]);
});

test('a file that is cut off between two runs ends there', () => {
  ftruncateSync(fd, 4 * MEBIBYTE);
  for (const offset of [MEBIBYTE, 3 * MEBIBYTE]) writeSync(fd, Buffer.alloc(4096, 'x'), 0, 4096, offset);
  const runs = dataSegments(fd, 4 * MEBIBYTE);
  runs.next();
  ftruncateSync(fd, MEBIBYTE);
  expect(runs.next().done).toBe(true);
});
