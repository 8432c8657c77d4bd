import { AssertionError } from 'node:assert';
import { isStorageError } from '@graphdriver/core';
import { isErrno } from '@graphdriver/host';
import type { Outcome } from './check.ts';
import { CheckSkipped } from './check-skipped.ts';

/** How a check ended. */
export interface Ending {
  readonly outcome: Outcome;
  readonly reason?: string;
  /** It failed because the driver, or its file system, did otherwise than the check says, and not because something broke on the way. */
  readonly asserted?: boolean;
}

/** Runs a check, and tells how it ended. Never rejects. */
export async function endingOf(run: () => void | Promise<void>): Promise<Ending> {
  try {
    await run();
    return { outcome: 'passed' };
  } catch (error) {
    if (error instanceof CheckSkipped) return { outcome: 'skipped', reason: error.message };
    return { outcome: 'failed', reason: describe(error), asserted: error instanceof AssertionError || isErrno(error) };
  }
}

/** What an ending is where `deviation` says why the check must fail: a deviation where it did, and a failure where it passed. */
export function judgeDeviation(ending: Ending, deviation: string): Ending {
  if (ending.outcome === 'failed' && ending.asserted === true) return { outcome: 'deviates', reason: deviation };
  if (ending.outcome !== 'passed') return ending;
  return { outcome: 'failed', reason: `It passes although it is listed as a deviation: ${deviation}` };
}

/** An error in one line, with the place in the check. */
export function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = isStorageError(error) ? ` ${error.code}` : '';
  const place = /\n\s+at (?!.*node:)(.*)/.exec(error.stack ?? '')?.[1];
  return `${error.name}${code}: ${error.message}${place === undefined ? '' : ` (${place})`}`;
}
