import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Driver } from '@graphdriver/core';
import type { CheckContext, Worker } from '../check.ts';
import { assertNothingNew, footprintOf } from './footprint.ts';
import { endingThere } from './two-processes.ts';

/** How many moments of one operation are tried, unless all of them are asked for. */
const SAMPLE = 6;

/** Something that a process does to a root while it is killed, and what must then be true. */
export interface CrashCase {
  /** Makes what the operation needs. The root has the committed layer `base` beforehand. */
  prepare?(driver: Driver): Promise<void>;
  /** What the other process does. */
  operate(worker: Worker): Promise<unknown>;
  /**
   * Looks at the root, which has been opened again, and removes everything that `prepare` and the operation have made.
   * `done`: the operation had answered before the process died.
   */
  verify(again: Driver, done: boolean, places: CrashPlaces): Promise<void>;
}

/** Fail where the root has names or mounts that it had not at that time. Asked before anything else is done to the root. */
export interface CrashPlaces {
  asBefore(): void;
  asPrepared(): void;
}

/** A moment at which a process dies. */
type Moment = { readonly passing: number } | { readonly milliseconds: number };

/**
 * Kills a process at one state-changing system call after another while it does something, opens the root again each time, and
 * has the outcome looked at. Fails also where any file or mount is left that an undisturbed round does not leave.
 *
 * A driver whose system calls cannot be counted is killed by the clock instead.
 */
export async function surviveCrashes(context: CheckContext, crash: CrashCase): Promise<void> {
  const moments = await momentsOf(context, crash);
  const before = footprintOf(context.driver.root);
  for (const moment of moments) {
    await crash.prepare?.(context.driver);
    const places = placesOf(context.driver.root, before, `A crash at ${JSON.stringify(moment)}`);
    const done = await killedAt(context, moment, (worker) => crash.operate(worker));
    await healed(context, (again) => crash.verify(again, done, places));
    places.asBefore();
  }
}

function placesOf(root: string, before: readonly string[], what: string): CrashPlaces {
  const prepared = footprintOf(root);
  return {
    asBefore: () => assertNothingNew(root, before, what),
    asPrepared: () => assertNothingNew(root, prepared, what),
  };
}

/** Starts a process, lets it work and die, and tells whether the work had ended by then. A process that outlives the moment is ended in order. */
export async function killedAt(
  context: CheckContext,
  moment: Moment,
  work: (worker: Worker) => Promise<unknown>,
): Promise<boolean> {
  const worker = await context.startWorker('passing' in moment ? { fault: `*:${moment.passing}:kill` } : {});
  const clock = 'milliseconds' in moment ? setTimeout(() => void worker.kill(), moment.milliseconds) : undefined;
  try {
    await work(worker);
    return true;
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'WorkerEnded') throw error;
    return false;
  } finally {
    clearTimeout(clock);
    await worker.end();
  }
}

/** Opens the root anew, which heals it, and closes it again. */
export async function healed(context: CheckContext, look: (again: Driver) => Promise<void>): Promise<void> {
  const again = await context.open();
  await look(again);
  await again.close();
}

/** How many state-changing system calls a process makes that opens the root, works, and closes it. */
export async function countPassings(
  context: CheckContext,
  work: (worker: Worker) => Promise<unknown>,
): Promise<number> {
  const file = join(await context.scratch(), 'count');
  const worker = await context.startWorker({ faultCount: file });
  await work(worker);
  await worker.end();
  return Number(readFileSync(file, 'latin1'));
}

/** Numbers from `first` to `last`: all of them where everything is asked for, otherwise a few at even distances from a random start. */
export function sample({ seed, thorough }: CheckContext, first: number, last: number, most: number = SAMPLE): number[] {
  const step = thorough ? 1 : Math.max(1, Math.ceil((last - first + 1) / most));
  const start = first + (seed % step);
  return Array.from({ length: Math.ceil((last - start + 1) / step) }, (_, index) => start + index * step);
}

async function momentsOf(context: CheckContext, crash: CrashCase): Promise<readonly Moment[]> {
  const idle = await countPassings(context, async () => undefined);
  await crash.prepare?.(context.driver);
  const started = performance.now();
  const busy = await countPassings(context, async (worker) => {
    assert.equal(await endingThere(crash.operate(worker)), 'success', 'what nobody disturbs');
  });
  const anywhere = { asBefore: () => undefined, asPrepared: () => undefined };
  await healed(context, (again) => crash.verify(again, true, anywhere));
  if (busy > idle) return sample(context, idle + 1, busy).map((passing) => ({ passing }));
  const duration = Math.ceil(performance.now() - started);
  return sample(context, 1, duration).map((milliseconds) => ({ milliseconds }));
}
