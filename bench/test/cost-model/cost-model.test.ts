import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { type BenchCase, isCopyUp } from '../../src/bench-case.ts';
import type { BenchResult } from '../../src/bench-result.ts';
import { answerCost } from '../../src/cost-model/answer-cost.ts';
import type { CostFit } from '../../src/cost-model/cost-model.ts';
import { misfitSentences } from '../../src/cost-model/cost-sentences.ts';
import { copyUpShape } from '../../src/cost-model/cost-terms.ts';
import { fitCostModel } from '../../src/cost-model/fit-cost-model.ts';
import { costLimit, predictCost } from '../../src/cost-model/predict-cost.ts';
import { renderCost } from '../../src/cost-model/render-cost.ts';
import { gridCases } from '../../src/grid-cases.ts';
import { readResult } from '../../src/result-file.ts';
import { seededRandom } from '../../src/seeded-random.ts';
import { type Simulation, simulatedResult } from '../evidence/simulated-result.ts';

const MEBIBYTE = 1024 ** 2;
/** Nanoseconds: 300 µs, and per MiB, layer, directory, and directory of every layer but the first. */
const TRUTH = { constant: 300_000, size: 900_000 / MEBIBYTE, layers: 2_000, directories: 60_000, merged: 1_500 };

const CASES: readonly BenchCase[] = [
  ...gridCases({
    sizes: [4096, MEBIBYTE, 64 * MEBIBYTE],
    layers: [1, 16, 128],
    directories: [1, 16],
    placements: ['home', 'every'],
    caches: ['warm'],
  }),
  { workload: 'lifecycle', files: 16, fileSize: 65_536 },
  { workload: 'lifecycle', files: 1024, fileSize: 65_536 },
];

function trueCost(of: BenchCase): number {
  if (!isCopyUp(of)) return 1e6;
  const shape = copyUpShape(of);
  return (
    TRUTH.constant +
    TRUTH.size * of.size +
    TRUTH.layers * of.layers +
    TRUTH.directories * of.directories +
    TRUTH.merged * (shape.merged ?? 0)
  );
}

function simulated(options: Partial<Simulation> = {}): BenchResult {
  return simulatedResult({
    cases: CASES,
    rounds: 4,
    random: seededRandom(4),
    cost: trueCost,
    roundNoise: 0.2,
    ...options,
  });
}

function fitted(result: BenchResult): CostFit {
  const [target] = result.targets;
  const fit = target === undefined ? undefined : fitCostModel(result, target, { operation: 'first', cache: 'warm' });
  return fit ?? expect.fail('There are first writes.');
}

describe('fitCostModel', () => {
  test('finds what a byte, a layer and a directory cost', () => {
    const { model } = fitted(simulated());
    expect(model).toMatchObject({ unit: 'round', rounds: 4, unknown: [], fitness: 'good', operation: 'first' });
    expect(Math.abs(model.constant.value / TRUTH.constant - 1)).toBeLessThan(0.3);
    for (const { term, value, low, high } of model.coefficients) {
      expect(low).toBeLessThanOrEqual(value);
      expect(high).toBeGreaterThanOrEqual(value);
      const truth = term === 'files' || term === 'changed' ? Number.NaN : TRUTH[term];
      expect(Math.abs(value / truth - 1), term).toBeLessThan(0.3);
    }
  });

  test('gives the same model for the same result', () => {
    expect(fitted(simulated())).toEqual(fitted(simulated()));
  });

  test('has wider intervals where the samples of a round have something in common', () => {
    const width = (fit: CostFit): number => {
      const { modelLow, modelHigh } = predictCost(fit, { size: MEBIBYTE, layers: 16, directories: 1 });
      return modelHigh / modelLow;
    };
    const noisy = simulated({ roundNoise: 2 });
    const asOne = {
      ...noisy,
      samples: noisy.samples.map((sample) => ({ ...sample, round: 0, index: sample.round * 3 + sample.index })),
    };
    expect(width(fitted(noisy)) - 1).toBeGreaterThan(1.5 * (width(fitted(asOne)) - 1));
    expect(fitted(asOne).model).toMatchObject({ unit: 'sample', rounds: 1 });
  });

  test('says that it fits badly, and where, when costs do not grow as it thinks', () => {
    const square = (of: BenchCase): number => (isCopyUp(of) ? 100_000 + 3_000 * of.directories ** 3 : 1e6);
    const { model } = fitted(
      simulated({
        cost: square,
        cases: gridCases({
          sizes: [4096, 8192],
          layers: [1, 2],
          directories: [1, 4, 16, 64],
          placements: ['home'],
          caches: ['warm'],
        }),
      }),
    );
    expect(model.fitness).toBe('poor');
    expect(misfitSentences(model).some((sentence) => sentence.includes('directories: measured is'))).toBe(true);
    expect(model.misfit.median).toBeGreaterThan(0.2);
  });

  test('does not claim to be tested by as many cells as it has coefficients', () => {
    const result = simulated();
    const [target] = result.targets;
    if (target === undefined) expect.fail('There is a target.');
    const create = fitCostModel(result, target, { operation: 'create', cache: 'warm' });
    expect(create?.model).toMatchObject({ fitness: 'untested', unknown: ['files'] });
    expect(create?.unseen).toEqual([]);
    expect(fitCostModel(result, target, { operation: 'apply', cache: 'warm' })).toBeUndefined();
    expect(fitCostModel(result, target, { operation: 'first', cache: 'cold' })).toBeUndefined();
  });
});

describe('predictCost', () => {
  const UNMEASURED = {
    workload: 'copy_up',
    size: 10 * MEBIBYTE,
    layers: 40,
    directories: 8,
    placement: 'every',
    cache: 'warm',
  } as const;

  test('has the true cost of a shape that was not measured within its interval, in at least 90 % of 40 runs', () => {
    let covered = 0;
    const random = seededRandom(9);
    for (let run = 0; run < 40; run += 1) {
      const fit = fitted(simulated({ random, rounds: 5, samples: 1, roundNoise: 0.5 }));
      const { low, high, value } = predictCost(fit, copyUpShape(UNMEASURED));
      expect(high / low).toBeLessThan(3);
      expect(value).toBeGreaterThan(low);
      if (low <= trueCost(UNMEASURED) && trueCost(UNMEASURED) <= high) covered += 1;
    }
    expect(covered).toBeGreaterThanOrEqual(36);
  });

  test('says what lies outside of what was measured, and takes the least for what is not given', () => {
    const fit = fitted(simulated());
    expect(predictCost(fit, { size: 1024 * MEBIBYTE, layers: 500 }).beyond).toEqual(['size', 'layers']);
    expect(predictCost(fit, {})).toEqual(predictCost(fit, { size: 4096, layers: 1, directories: 1, merged: 0 }));
  });
});

describe('costLimit', () => {
  const fit = fitted(simulated());
  const shape = { layers: 16, directories: 4 };

  test('is where the predicted cost is the limit', () => {
    const limit = costLimit(fit, shape, 'size', 20e6);
    if (limit?.value == null) expect.fail('There is a limit.');
    expect(predictCost(fit, { ...shape, size: limit.value }).value).toBeCloseTo(20e6, 0);
    expect(limit.low).toBeLessThan(limit.value);
    expect(limit.high).toBeGreaterThan(limit.value);
  });

  test('regards that directories of every layer are more with more layers', () => {
    const every = copyUpShape({ size: 4096, layers: 16, directories: 16, placement: 'every' });
    const limit = costLimit(fit, every, 'layers', 4e6)?.value;
    if (limit == null) expect.fail('There is a limit.');
    const there = copyUpShape({ size: 4096, layers: limit, directories: 16, placement: 'every' });
    expect(predictCost(fit, there).value).toBeCloseTo(4e6, 0);
  });

  test('is negative where the cost is over it from the start, and unknown for what the model does not know', () => {
    expect(costLimit(fit, shape, 'size', 1)?.value).toBeLessThan(0);
    expect(costLimit(fit, shape, 'files', 1e9)).toBeUndefined();
  });

  test('is nowhere for a term that costs nothing', () => {
    const free = fitted(simulated({ cost: (of) => (isCopyUp(of) ? 1e6 * of.directories : 1e6) }));
    const flat: CostFit = {
      ...free,
      model: {
        ...free.model,
        coefficients: free.model.coefficients.map((one) => (one.term === 'size' ? { ...one, value: 0 } : one)),
      },
      draws: free.draws.map((draw) => draw.map((value, index) => (index === 1 ? 0 : value))),
    };
    expect(costLimit(flat, {}, 'size', 10e6)).toMatchObject({ value: null, low: null, high: null });
  });
});

describe('answerCost', () => {
  test('answers in a sentence, for every target, the cheapest first', () => {
    const result = simulated({
      targets: ['slow', 'fast'],
      cost: (of, _, target) => trueCost(of) * (target === 'slow' ? 3 : 1),
    });
    const answers = answerCost(result, {
      operation: 'first',
      cache: 'warm',
      shape: { size: 10 * MEBIBYTE, layers: 40, directories: 8 },
      limit: { term: 'size', nanoseconds: 20e6 },
    });
    expect(answers.map(({ target }) => target)).toEqual(['fast', 'slow']);
    const [first] = answers;
    expect(first?.sentences[0]).toMatch(
      /^a first write to a 10 MiB file in layer 40 under 8 directories costs [\d.]+ ms \([\d.]+ to [\d.]+\) here$/,
    );
    expect(first?.sentences[1]).toMatch(
      /^first writes in layer 40 under 8 directories stay under 20\.0 ms up to [\d.]+ MiB \(/,
    );
    expect(renderCost(answers)).toContain('slow');
    expect(renderCost(answers, { models: true, format: 'markdown' })).toContain(
      '| copy_up/4KiB/layers-1/directories-1/home/warm',
    );
  });

  test('says that one round is one process, and what was not measured is a guess', () => {
    const one = simulated({ rounds: 1 });
    const ask = (size: number) =>
      answerCost(one, { operation: 'first', cache: 'warm', shape: { size } })[0]?.reservations ?? [];
    const three =
      answerCost(simulated({ rounds: 8 }), { operation: 'first', cache: 'warm', shape: { size: 4096 } })[0]
        ?.reservations ?? [];
    expect(ask(4096)).toHaveLength(three.length + 1);
    expect(ask(1024 * MEBIBYTE)).toHaveLength(three.length + 2);
  });

  test('refuses targets that are not there, and operations that were not measured', () => {
    const result = simulated({ rounds: 1 });
    const question = { operation: 'first', cache: 'warm', shape: {} } as const;
    expect(() => answerCost(result, { ...question, driver: 'zfs' })).toThrow(TypeError);
    expect(() => answerCost(result, { ...question, target: 'overlay2 on the moon' })).toThrow(TypeError);
    expect(() => answerCost(result, { ...question, operation: 'apply' })).toThrow(TypeError);
    expect(() => answerCost(result, { ...question, cache: 'cold' })).toThrow(TypeError);
  });

  test('makes models of the committed grid that fit its first writes', async () => {
    const grid = await readResult(
      fileURLToPath(new URL('../../../docs/benchmarks/results/grid.json', import.meta.url)),
    );
    const shape = copyUpShape({ size: 100 * MEBIBYTE, layers: 40, directories: 8, placement: 'home' });
    const answers = answerCost(grid, { operation: 'first', cache: 'warm', shape });
    expect(answers.length).toBeGreaterThan(3);
    for (const { cost, model } of answers) {
      expect(['good', 'fair']).toContain(model.fitness);
      expect(cost.low).toBeGreaterThan(0);
      expect(cost.high / cost.low).toBeLessThan(5);
    }
  });
});
