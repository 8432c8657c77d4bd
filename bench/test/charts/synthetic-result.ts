import { type BenchCase, type CopyUpCase, caseId } from '../../src/bench-case.ts';
import type { BenchResult, SampleRecord } from '../../src/bench-result.ts';
import { type GridFactors, gridCases } from '../../src/grid-cases.ts';
import { seededRandom } from '../../src/seeded-random.ts';
import { resultOf } from '../result-fixture.ts';

/** A target of a machine that never was: nanoseconds that a first write costs there beyond a plain one. */
export type Model = (of: CopyUpCase) => number;

const SAMPLES = 3;

/** A result whose numbers follow the models, with some noise of a fixed seed. What a model gives as NaN is skipped. */
export function syntheticResult(models: Readonly<Record<string, Model>>, factors: GridFactors): BenchResult {
  const random = seededRandom(1);
  const noisy = (value: number): number => Math.max(1, Math.round(value * (0.95 + random() / 10)));
  const life: BenchCase = { workload: 'lifecycle', files: 16, fileSize: 65536 };
  const cases = gridCases(factors);
  const samples: SampleRecord[] = [];
  const skips: { target: string; case: string; reason: string }[] = [];
  for (const [target, model] of Object.entries(models)) {
    const add = (of: BenchCase, operation: SampleRecord['operation'], index: number, nanoseconds: number): void => {
      samples.push({ target, case: caseId(of), operation, round: 0, index, nanoseconds: noisy(nanoseconds) });
    };
    for (const of of cases) {
      const extra = model(of);
      if (Number.isNaN(extra)) {
        skips.push({ target, case: caseId(of), reason: 'It would cost too much.' });
        continue;
      }
      for (let index = 0; index < SAMPLES; index += 1) {
        add(of, 'plain', index, 20_000);
        add(of, 'first', index, 20_000 + extra);
        add(of, 'second', index, 21_000);
      }
    }
    const steps = { create: 0.4e6, get: 0.6e6, put: 0.9e6, remove: 0.8e6 };
    for (const [operation, nanoseconds] of Object.entries(steps)) {
      // Object.entries forgets the type of the keys.
      for (let index = 0; index < SAMPLES; index += 1) add(life, operation as keyof typeof steps, index, nanoseconds);
    }
  }
  const result = resultOf([...cases, life], samples, skips);
  return { ...result, targets: result.targets.map((target) => ({ ...target, settings: {}, volatile: false })) };
}
