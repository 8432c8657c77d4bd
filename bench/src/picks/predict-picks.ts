import { type Evidence, evidenceFor } from '../workload-profiles/evidence.ts';
import { predictWorkload } from '../workload-profiles/predict-workload.ts';
import type { WorkloadProfile } from '../workload-profiles/workload-profile.ts';
import type { PickPrediction, PredictionSource } from './picks-result.ts';

/** What each workload would cost on each driver, as `pick --workload` foresees it. Drivers of which nothing is known are left out. */
export function predictPicks(
  by: PredictionSource,
  workloads: readonly WorkloadProfile[],
  evidence: Evidence,
  places: readonly { readonly driver: string; readonly filesystem: string }[],
): PickPrediction[] {
  const targets = places.flatMap((place) => evidenceFor(evidence, place) ?? []);
  return workloads.flatMap((profile) =>
    predictWorkload(profile, targets).map(({ driver, target, total, low, high }) => ({
      by,
      workload: profile.name,
      driver,
      target,
      total,
      low,
      high,
    })),
  );
}
