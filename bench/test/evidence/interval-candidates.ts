import { normalBelow, normalQuantile } from '../../src/evidence/normal.ts';
import { sortedQuantile } from '../../src/evidence/quantile-interval.ts';
import type { Random } from '../../src/seeded-random.ts';

/** Between which two values an interval lies. */
export type Bounds = readonly [low: number, high: number];

/** What might have been chosen: plain percentiles of resampled medians, and BCa (Efron and Tibshirani, chapter 14). */
export function medianCandidates(
  values: readonly number[],
  resamples: number,
  random: Random,
): { readonly percentile: Bounds; readonly bca: Bounds } {
  const size = values.length;
  const sorted = Float64Array.from(values).sort();
  const found = new Float64Array(resamples);
  const draw = new Float64Array(size);
  for (let at = 0; at < resamples; at += 1) {
    for (let index = 0; index < size; index += 1) draw[index] = sorted[Math.floor(random() * size)] ?? 0;
    found[at] = sortedQuantile(draw.sort(), 0.5);
  }
  found.sort();
  const estimate = sortedQuantile(sorted, 0.5);
  let below = 0;
  for (const value of found) below += value < estimate ? 1 : value === estimate ? 0.5 : 0;
  const bias = normalQuantile(below / resamples);
  const left = Array.from(sorted, (_, index) =>
    sortedQuantile(
      sorted.filter((__, other) => other !== index),
      0.5,
    ),
  );
  const mean = left.reduce((sum, value) => sum + value, 0) / size;
  const [cubes, squares] = [3, 2].map((power) => left.reduce((sum, value) => sum + (mean - value) ** power, 0));
  const acceleration = (squares ?? 0) === 0 ? 0 : (cubes ?? 0) / (6 * (squares ?? 1) ** 1.5);
  const level = (z: number): number => normalBelow(bias + (bias + z) / (1 - acceleration * (bias + z)));
  return {
    percentile: [sortedQuantile(found, 0.025), sortedQuantile(found, 0.975)],
    bca: [sortedQuantile(found, level(-1.96)), sortedQuantile(found, level(1.96))],
  };
}
