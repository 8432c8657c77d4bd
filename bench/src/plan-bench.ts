import type { BenchCase } from './bench-case.ts';
import { type PlanOptions, planTarget, type TargetPlan } from './bench-plan.ts';
import type { BenchTarget } from './bench-target.ts';

/** What `runBench` would measure on each target, how long it would take, and what it would skip. Leaves nothing on the targets, where it may make a few layers to foresee what long chains cost. */
export async function planBench(
  targets: readonly BenchTarget[],
  cases: readonly BenchCase[],
  options: PlanOptions = {},
): Promise<TargetPlan[]> {
  const plans: TargetPlan[] = [];
  for (const target of targets) {
    plans.push(await planTarget(target, cases, `${target.directory}/graphdriver-bench-plan`, options));
  }
  return plans;
}
