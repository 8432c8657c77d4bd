import { type BenchCase, caseId, OPERATIONS, type Operation } from '../../src/bench-case.ts';
import type { BenchResult, SampleRecord } from '../../src/bench-result.ts';
import type { Random } from '../../src/seeded-random.ts';
import { resultOf } from '../result-fixture.ts';
import { heavyNoise } from './heavy-tails.ts';

/** Cells of a small grid, and a life. */
export const SIMULATED_CASES: readonly BenchCase[] = [
  ...[4096, 1024 ** 2].flatMap((size) =>
    [1, 16].map(
      (layers) => ({ workload: 'copy_up', size, layers, directories: 1, placement: 'home', cache: 'warm' }) as const,
    ),
  ),
  { workload: 'lifecycle', files: 16, fileSize: 65_536 },
];

/** A machine that never was. */
export interface Simulation {
  readonly targets?: readonly string[];
  readonly cases?: readonly BenchCase[];
  readonly rounds: number;
  readonly samples?: number;
  readonly random: Random;
  /** Nanoseconds without the noise; 1 ms unless given. */
  readonly cost?: (of: BenchCase, operation: Operation, target: string) => number;
  /** Noise that all samples of a round have in common; like that of the samples unless given. */
  readonly roundNoise?: number;
}

/** A result with noise between rounds and between the samples of a round, both with heavy tails. */
export function simulatedResult(simulation: Simulation): BenchResult {
  const { targets = ['overlay2'], cases = SIMULATED_CASES, rounds, samples = 3, random, roundNoise = 1 } = simulation;
  const taken: SampleRecord[] = [];
  for (let round = 0; round < rounds; round += 1) {
    for (const target of targets) {
      const common = roundNoise * heavyNoise(random);
      for (const of of cases) {
        for (const operation of OPERATIONS[of.workload]) {
          const cost = simulation.cost?.(of, operation, target) ?? 1e6;
          for (let index = 0; index < samples; index += 1) {
            const nanoseconds = Math.round(cost * Math.exp(common + heavyNoise(random)));
            taken.push({ target, case: caseId(of), operation, round, index, nanoseconds });
          }
        }
      }
    }
  }
  const order = Array.from({ length: rounds }, (_, round) => targets.map((target) => ({ round, target }))).flat();
  const lasted = taken.reduce((sum, { nanoseconds }) => sum + nanoseconds, 0) / 1e6;
  const result = resultOf(cases, taken);
  const endedAt = new Date(Date.parse(result.startedAt) + lasted + 1000).toISOString();
  return { ...result, rounds, order, endedAt };
}
