import { isCopyUp } from './bench-case.ts';
import type { PlannedCase, WorkGroup } from './case-plan.ts';
import { type Random, seededRandom, shuffled } from './seeded-random.ts';

/**
 * The order of a round: groups shuffled, and in each of them its warm cases and then its cold ones, both shuffled.
 * A cold case empties the machine's caches, and warm ones that came after would have to read everything once more.
 */
export function orderWork(groups: readonly WorkGroup[], seed: number): WorkGroup[] {
  const random = seededRandom(seed);
  return shuffled(groups, random).map((group) => ({ ...group, cases: warmFirst(group.cases, random) }));
}

function warmFirst(cases: readonly PlannedCase[], random: Random): PlannedCase[] {
  const cold = cases.filter((planned) => isCopyUp(planned.case) && planned.case.cache === 'cold');
  const warm = cases.filter((planned) => !cold.includes(planned));
  return [...shuffled(warm, random), ...shuffled(cold, random)];
}
