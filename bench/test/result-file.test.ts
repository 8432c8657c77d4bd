import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type BenchCase, caseId } from '../src/bench-case.ts';
import { type BenchResult, RESULT_VERSION } from '../src/bench-result.ts';
import { formatResult, parseResult, readResult, writeResult } from '../src/result-file.ts';
import { resultOf } from './result-fixture.ts';

const of: BenchCase = {
  workload: 'copy_up',
  size: 4096,
  layers: 1,
  directories: 1,
  placement: 'home',
  cache: 'warm',
};
const result = resultOf(
  [of],
  [
    {
      target: 'overlay2',
      case: caseId(of),
      operation: 'first',
      round: 0,
      index: 0,
      nanoseconds: 1500,
      reported: 31000,
    },
    { target: 'overlay2', case: caseId(of), operation: 'plain', round: 0, index: 0, nanoseconds: 700 },
  ],
  [{ target: 'vfs', case: caseId(of), reason: 'Too much.' }],
);

/** The result with some fields replaced, as text. */
function damaged(fields: object): string {
  return JSON.stringify({ ...result, ...fields });
}

/** The result with some fields of its first sample replaced, as text. */
function damagedSample(fields: object): string {
  return damaged({ samples: [{ ...result.samples[0], ...fields }] });
}

describe('a result file', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'bench-result-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  test('gives back what was written', async () => {
    const path = join(folder, 'result.json');
    await writeResult(path, result);
    expect(await readResult(path)).toEqual(result);
  });

  test('has a line of its own for each sample', async () => {
    const path = join(folder, 'result.json');
    await writeResult(path, result);
    const lines = (await readFile(path, 'utf8')).split('\n').filter((line) => line.includes('"nanoseconds"'));
    expect(lines).toHaveLength(result.samples.length);
  });

  test('that is not there gives FILE_NOT_FOUND', async () => {
    await expect(readResult(join(folder, 'none.json'))).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' });
  });

  test('of a later release gives NEWER_FORMAT', async () => {
    const path = join(folder, 'result.json');
    await writeFile(path, damaged({ version: RESULT_VERSION + 1 }));
    await expect(readResult(path)).rejects.toMatchObject({ code: 'NEWER_FORMAT' });
  });

  test('cannot be written into a folder that does not exist', async () => {
    await expect(writeResult(join(folder, 'none', 'result.json'), result)).rejects.toMatchObject({
      name: 'StorageError',
    });
  });
});

describe('parseResult', () => {
  test('reads a result without samples', () => {
    const empty: BenchResult = { ...result, samples: [] };
    expect(parseResult(formatResult(empty), 'it')).toEqual(empty);
  });

  test('reads a result that was cut short', () => {
    const partial: BenchResult = { ...result, complete: false, samples: result.samples.slice(1) };
    expect(parseResult(formatResult(partial), 'it')).toEqual(partial);
  });

  test('reads what the first version wrote, in which all files were at home and all caches warm', () => {
    const id = 'copy_up/4KiB/layers-1/directories-1';
    const rows = { target: 'overlay2', case: id };
    const { settings, volatile, ...target } = result.targets[0] ?? expect.fail('There is a target.');
    const old = {
      ...result,
      version: 1,
      targets: [target],
      cases: { [id]: { workload: 'copy_up', size: 4096, layers: 1, directories: 1 } },
      samples: [{ ...rows, operation: 'first', round: 0, index: 0, nanoseconds: 1500 }],
      skips: [{ ...rows, reason: 'Too much.' }],
    };
    const read = parseResult(JSON.stringify({ ...old, order: [] }), 'it');
    expect(read).toMatchObject({ version: RESULT_VERSION, cases: { [caseId(of)]: of } });
    expect([read.samples[0]?.case, read.skips[0]?.case]).toEqual([caseId(of), caseId(of)]);
    expect(read.targets[0]).toMatchObject({ settings, volatile });
    expect(parseResult(formatResult(read), 'it')).toEqual(read);
  });

  test.each<[string, string]>([
    ['no JSON', '{'],
    ['not an object', '[]'],
    ['null', 'null'],
    ['another format', damaged({ format: 'tar' })],
    ['an old version', damaged({ version: 0 })],
    ['no environment', damaged({ environment: undefined })],
    ['a time that is none', damaged({ startedAt: 'yesterday' })],
    ['samples that are no list', damaged({ samples: {} })],
    ['a sample without a value', damagedSample({ nanoseconds: undefined })],
    ['a negative time', damagedSample({ nanoseconds: -1 })],
    ['an operation that nobody knows', damagedSample({ operation: 'fly' })],
    ['a sample of no target', damagedSample({ target: 'zfs' })],
    ['a size that is none', damagedSample({ bytes: -1 })],
    ['a case of no workload', damaged({ cases: { ...result.cases, x: { workload: 'fly' } } })],
    ['a case without a cache', damaged({ cases: { [caseId(of)]: { ...of, cache: undefined } } })],
    [
      'a target that does not say how it was held',
      damaged({ targets: [{ ...result.targets[0], volatile: undefined }] }),
    ],
    ['a sample of no case', damagedSample({ case: 'copy_up/1B' })],
    ['a case under another key', damaged({ cases: { ...result.cases, x: of } })],
    ['a skip without a reason', damaged({ skips: [{ ...result.skips[0], reason: null }] })],
  ])('refuses %s', (_, text) => {
    expect(() => parseResult(text, 'it')).toThrow(expect.objectContaining({ code: 'INVALID_ARCHIVE' }));
  });
});
