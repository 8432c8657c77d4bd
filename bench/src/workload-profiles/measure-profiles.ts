import { throwIfAborted } from '@graphdriver/core';
import type { BenchCase } from '../bench-case.ts';
import type { PlanOptions, TargetPlan } from '../bench-plan.ts';
import type { BenchProgress } from '../bench-progress.ts';
import type { BenchResult } from '../bench-result.ts';
import type { BenchTarget } from '../bench-target.ts';
import { planBench } from '../plan-bench.ts';
import { type BenchOptions, runBench } from '../run-bench.ts';
import { fitCases, joinRuns, leaveOut } from './fit-cases.ts';
import { profileCases } from './profile-cases.ts';
import type { WorkloadProfile } from './workload-profile.ts';

/** How far a measurement is. */
export type MeasureProgress = Pick<BenchProgress, 'fraction' | 'remaining' | 'target' | 'case'>;

/** Options of {@link measureProfiles}. */
export interface MeasureOptions {
  /** All of it ends after so many milliseconds, what was made being removed; 60,000 unless given. */
  readonly milliseconds?: number;
  /** Of file contents and orders; 1 unless given. */
  readonly seed?: number;
  readonly onProgress?: (progress: MeasureProgress) => void;
  readonly signal?: AbortSignal;
}

const MILLISECONDS = 60_000;
/** Kept for taking away what is there when the time is up: a share of it, and no more than this. */
const RESERVE = { share: 0.2, most: 12_000 };

const LIGHT = { rounds: 2, mostSamples: 4 };
const MOST_ROUNDS = 3;
/** Bytes that a heavy case may write in a round, and milliseconds that it may take. */
const HEAVY: PlanOptions = { budget: 512 * 1024 ** 2, patience: 8000, mostSamples: 2 };

/**
 * Measures what the costs of workloads can be foreseen by, on each target, within a minute.
 *
 * First what is quick, so that something is known of every operation on every target; then, in the time that is left, what is nearer to
 * the workloads, in as many rounds as fit. What there was no time for is in `skips`, or was cut short, in which case the result is not
 * `complete`. It is a result like any other, and `evidenceOf` makes evidence of it. Everything that was made is removed.
 *
 * @throws {StorageError} `ABORTED` by `signal`
 */
export async function measureProfiles(
  targets: readonly BenchTarget[],
  profiles: readonly WorkloadProfile[],
  options: MeasureOptions = {},
): Promise<BenchResult> {
  const { seed = 1, signal } = options;
  const clock = new MeasureClock(options);
  const { light, heavy } = profileCases(profiles);
  const plans = await planBench(targets, heavy, { ...HEAVY, rounds: 1 });
  const common: BenchOptions = { seed, signal: clock.signal };
  const began = performance.now();
  let foreseen = 1;
  const sketch = await runBench(targets, light, {
    ...common,
    ...LIGHT,
    onPlan: (own) => {
      foreseen = millisecondsOf(own);
    },
    onProgress: clock.teller(MOST_ROUNDS * millisecondsOf(plans)),
  });
  throwIfAborted(signal, 'The measurement');
  const pace = (performance.now() - began) / foreseen;
  const { cases, rounds } = fitCases(heavy, plans, clock.left() / pace, MOST_ROUNDS);
  const dropped = heavy.filter((of) => !cases.includes(of));
  if (cases.length === 0) return leaveOut(sketch, dropped);
  const rest = await restOf(targets, cases, { ...common, ...HEAVY, rounds, onProgress: clock.teller(0) });
  throwIfAborted(signal, 'The measurement');
  return leaveOut(joinRuns(sketch, rest), dropped);
}

/** What the time is too short for is told by a result that is not complete, and not by an error. */
async function restOf(
  targets: readonly BenchTarget[],
  cases: readonly BenchCase[],
  options: BenchOptions,
): Promise<BenchResult | undefined> {
  return options.signal?.aborted === true ? undefined : await runBench(targets, cases, options);
}

function millisecondsOf(plans: readonly TargetPlan[]): number {
  return Math.max(
    1,
    plans.reduce((sum, { milliseconds }) => sum + milliseconds, 0),
  );
}

/** The time that a measurement has. */
class MeasureClock {
  /** Is aborted when the time is up, or by the caller. */
  readonly signal: AbortSignal;
  readonly #end: number;
  readonly #start = performance.now();
  readonly #onProgress: MeasureOptions['onProgress'];

  constructor({ milliseconds = MILLISECONDS, signal, onProgress }: MeasureOptions) {
    const allowed = Math.max(0, Math.floor(milliseconds - Math.min(RESERVE.most, RESERVE.share * milliseconds)));
    const timeUp = AbortSignal.timeout(allowed);
    this.signal = signal === undefined ? timeUp : AbortSignal.any([signal, timeUp]);
    this.#end = this.#start + allowed;
    this.#onProgress = onProgress;
  }

  /** Milliseconds. */
  left(): number {
    return Math.max(0, this.#end - performance.now());
  }

  /** Tells the progress of a run after which there is more to do, of so many milliseconds by guess. */
  teller(later: number): (progress: BenchProgress) => void {
    return ({ remaining: own, target, case: of }) => {
      const remaining = Math.min(this.left(), own + later);
      const elapsed = performance.now() - this.#start;
      this.#onProgress?.({ fraction: elapsed / (elapsed + remaining), remaining, target, case: of });
    };
  }
}
