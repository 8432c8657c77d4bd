import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { BenchResult } from '../../src/bench-result.ts';
import { examineResult } from '../../src/evidence/examine-result.ts';
import { validateFile } from '../../src/evidence/validate-file.ts';
import { formatResult } from '../../src/result-file.ts';
import { seededRandom } from '../../src/seeded-random.ts';
import { simulatedResult } from './simulated-result.ts';

const made = simulatedResult({ rounds: 3, random: seededRandom(1) });
const sound: BenchResult = { ...made, environment: { ...made.environment, commit: 'a'.repeat(40) } };

/** The result with its first samples changed. */
function withSamples(change: (samples: BenchResult['samples']) => BenchResult['samples']): BenchResult {
  return { ...sound, samples: change(sound.samples) };
}

describe('examineResult', () => {
  test('finds nothing to say about a sound result', () => {
    expect(examineResult(sound)).toEqual({ faults: [], remarks: [] });
  });

  test.each<[string, BenchResult]>([
    ['an end before the beginning', { ...sound, endedAt: '2020-01-01T00:00:00.000Z' }],
    ['more measured time than there was', { ...sound, endedAt: sound.startedAt }],
    ['two targets of one name', { ...sound, targets: [...sound.targets, ...sound.targets] }],
    ['samples of a round that never ran', { ...sound, order: sound.order.slice(1) }],
    [
      'a sample twice',
      withSamples(([first, second, ...rest]) => (first && second ? [first, first, second, ...rest] : [])),
    ],
    ['a sample that is missing', withSamples((samples) => samples.filter((_, index) => index !== 0))],
    [
      'a first write without its plain one',
      withSamples((samples) => samples.filter((one) => one.operation !== 'plain' || one.index < 2)),
    ],
    [
      'an operation that the case does not have',
      withSamples(([first, ...rest]) => (first ? [{ ...first, operation: 'apply' }, ...rest] : [])),
    ],
    [
      'a complete run that forgot a case',
      withSamples((samples) => samples.filter((one) => !one.case.startsWith('lifecycle'))),
    ],
  ])('finds %s', (_, result) => {
    expect(examineResult(result).faults).toHaveLength(1);
  });

  test.each<[string, BenchResult]>([
    ['that it was ended early', { ...sound, complete: false }],
    ['that rounds were few', withSamples((samples) => samples.filter(({ round }) => round < 2))],
    ['that the machine was busy', { ...sound, environment: { ...sound.environment, load: [9, 9, 9] } }],
    ['that nobody has the commit', { ...sound, environment: { ...sound.environment, commit: `${'a'.repeat(40)}+` } }],
    ['that it has no commit', { ...sound, environment: { ...sound.environment, commit: null } }],
  ])('remarks %s, which is no fault', (_, result) => {
    expect(examineResult(result)).toEqual({ faults: [], remarks: [expect.any(String)] });
  });
});

describe('validateFile', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'bench-validate-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const judge = async (text: string) => {
    const file = join(folder, 'file.json');
    await writeFile(file, text);
    return await validateFile(file);
  };

  test('finds a sound file valid, and says on what machine it was measured', async () => {
    expect(await judge(formatResult(sound))).toMatchObject({
      valid: true,
      format: 'graphdriver-bench',
      machine: 'Linux 6.1.0, 2 × Example',
    });
  });

  test('finds a fault in what is no result, without failing itself', async () => {
    for (const text of ['{', '[]', '{"format":"tar"}', '{"format":"graphdriver-rows","version":1}']) {
      expect(await judge(text), text).toMatchObject({ valid: false, format: null, faults: [expect.any(String)] });
    }
    expect(await judge(formatResult({ ...sound, order: [] }))).toMatchObject({
      valid: false,
      faults: [expect.any(String)],
    });
  });

  test('fails where there is no file, or a later release has to judge', async () => {
    await expect(validateFile(join(folder, 'none.json'))).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' });
    await expect(judge('{"format":"graphdriver-bench","version":99}')).rejects.toMatchObject({ code: 'NEWER_FORMAT' });
  });

  test('finds every committed result valid', async () => {
    const results = fileURLToPath(new URL('../../../docs/benchmarks/results/', import.meta.url));
    const names = (await readdir(results, { recursive: true })).filter((name) => name.endsWith('.json'));
    expect(names.length).toBeGreaterThan(1);
    for (const name of names)
      expect(await validateFile(join(results, name)), name).toMatchObject({ faults: [], valid: true });
  });
});
