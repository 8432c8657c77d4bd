import { StorageError } from '@graphdriver/core';
import type { CaseComparison, Comparison, OperationComparison } from './comparison.ts';

/** The least rounds that a gate may rest on: with two, one odd process decides. */
const LEAST_ROUNDS = 3;

/**
 * What has become slower, and by more than `limit`, as in 0.05: the operations first, then the cases.
 * Only what is called a difference counts, and never plain writes.
 *
 * @throws {StorageError} `PREREQUISITE_MISSING` where no comparison rests on three pairs of rounds: such a gate would never close
 */
export function findRegressions(
  comparison: Comparison,
  limit: number,
): readonly (OperationComparison | CaseComparison)[] {
  const sound = [...comparison.operations, ...comparison.cases].filter(
    ({ control, unit, observations }) => !control && unit === 'round' && observations >= LEAST_ROUNDS,
  );
  if (sound.length === 0) {
    throw new StorageError(
      'PREREQUISITE_MISSING',
      'The results have too few rounds to tell a regression from chance.',
      {
        hint: `Measure both with at least ${LEAST_ROUNDS} rounds, better ten: graphdriver bench run --rounds 10.`,
      },
    );
  }
  return sound.filter(({ verdict, ratio }) => verdict === 'slower' && ratio > 1 + limit);
}
