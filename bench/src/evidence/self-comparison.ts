import type { BenchCase } from '../bench-case.ts';
import type { BenchResult } from '../bench-result.ts';
import type { BenchTarget } from '../bench-target.ts';
import { type BenchOptions, runBench } from '../run-bench.ts';
import { compareResults } from './compare-results.ts';
import type { Comparison } from './comparison.ts';

/** What a target is called when it is measured beside itself. */
const SIDES = ['first', 'second'] as const;

const KIBIBYTE = 1024;

/** Cheap cases of every kind that takes part in most comparisons: some seconds per round and side. */
const SELF_CASES: readonly BenchCase[] = [
  ...[4 * KIBIBYTE, KIBIBYTE ** 2].flatMap((size) =>
    [1, 16].map(
      (layers) => ({ workload: 'copy_up', size, layers, directories: 1, placement: 'home', cache: 'warm' }) as const,
    ),
  ),
  { workload: 'lifecycle', files: 16, fileSize: 64 * KIBIBYTE },
  { workload: 'difference', files: 256, fileSize: 4 * KIBIBYTE, changed: 16 },
];

/** What comparing a target with itself came to. All differences that it calls are false alarms. */
export interface SelfComparison {
  readonly comparison: Comparison;
  /** Of the comparisons of drivers, those whose own 95 % interval leaves out 1: one in twenty is expected to. */
  readonly leftOut: number;
  readonly tests: number;
  /** Those that are called a difference with the number of tests considered: none is expected. */
  readonly called: number;
  /** Middle of what the cases find four times out of five, as a ratio. */
  readonly detectable: number;
}

/**
 * Measures one target twice in one run, as if it were two: the rounds of both take turns, and nothing differs.
 * 30 rounds unless given. The result is a result like any other, whose two targets are called alike but for a word.
 */
export async function runSelfComparison(target: BenchTarget, options: BenchOptions = {}): Promise<BenchResult> {
  const twice = SIDES.map((side) => ({ ...target, label: `${target.label}, ${side}` }));
  return await runBench(twice, SELF_CASES, { rounds: 30, mostSamples: 5, ...options });
}

/** Tells results of {@link runSelfComparison} from others. */
export function isSelfComparison({ targets }: BenchResult): boolean {
  return targets.length === 2 && targets.every(({ label }, index) => label.endsWith(`, ${SIDES[index]}`));
}

/** Compares the two sides of what {@link runSelfComparison} measured. @throws {TypeError} for any other result */
export function selfComparison(result: BenchResult): SelfComparison {
  if (!isSelfComparison(result)) throw new TypeError('The result is not of a target beside itself.');
  const [before = '', after = ''] = result.targets.map(({ label }) => label);
  const comparison = compareResults(result, result, { before, after });
  const rows = [...comparison.operations, ...comparison.cases].filter(({ control }) => !control);
  const finds = comparison.cases.filter(({ control }) => !control).map((row) => row.detectable);
  return {
    comparison,
    tests: rows.length,
    leftOut: rows.filter(({ low, high }) => low > 1 || high < 1).length,
    called: rows.filter(({ verdict }) => verdict === 'slower' || verdict === 'faster').length,
    detectable: finds.sort((a, b) => a - b)[Math.floor(finds.length / 2)] ?? Number.POSITIVE_INFINITY,
  };
}

/** {@link SelfComparison} in a sentence or two, to follow its table. */
export function renderSelfComparison({ tests, leftOut, called, detectable, comparison }: SelfComparison): string {
  const rounds = comparison.after.rounds;
  const finds = Number.isFinite(detectable) ? `${((detectable - 1) * 100).toFixed(1)} %` : 'unknown';
  return (
    `A target beside itself, ${rounds} rounds: of ${tests} intervals ${leftOut} leave out 1 (5 % of them, ${(tests * 0.05).toFixed(1)}, are expected to); ` +
    `${called} are called a difference (none is expected).\n` +
    `The smallest slowdown that a case finds four times out of five: ${finds} (middle of the cases).\n`
  );
}
