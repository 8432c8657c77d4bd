import assert from 'node:assert/strict';
import { STORAGE_ERROR_CODES } from '@graphdriver/core';
import { errnoError, setFaultHandler } from '@graphdriver/host';
import type { CheckContext } from '../check.ts';
import { assertNothingNew, footprintOf } from './footprint.ts';
import { endingOf } from './refusals.ts';

const ENOSPC = 28;
const EIO = 5;

/** What a full disk refuses. Renaming and changing modes go on, and so does removing, after which there is space again. */
const ALLOCATING: readonly string[] = [
  'mkdir',
  'mknod',
  'symlink',
  'link',
  'open',
  'write',
  'copy_file_range',
  'setxattr',
];

const FREEING: readonly string[] = ['unlink', 'rmdir', 'truncate'];

/** How a disk fails. */
interface Failure {
  readonly name: string;
  readonly errno: number;
  /** Whether calls after the first that fails fail as well, until something is removed. */
  readonly lasts: boolean;
  hits(call: string): boolean;
}

const FAILURES: readonly Failure[] = [
  { name: 'fails once for want of space', errno: ENOSPC, lasts: false, hits: isOfTheDisk },
  { name: 'fails once with an error of the device', errno: EIO, lasts: false, hits: isOfTheDisk },
  {
    name: 'is the first for which the disk is full',
    errno: ENOSPC,
    lasts: true,
    hits: (call) => ALLOCATING.includes(call),
  },
];

/** No disk keeps a mount from being taken away; open files do, and that has checks of its own. */
function isOfTheDisk(call: string): boolean {
  return call !== 'umount';
}

/** A call that meets one failing system call after another. */
export interface FailingCase {
  /** Makes what the call needs. */
  prepare?(): Promise<void>;
  act(): Promise<unknown>;
  /** Looks at a state in which the call has not been made. */
  unchanged(): Promise<void>;
  /** Looks at a state in which the call has been made, and takes all away that it and `prepare` made. */
  changed(): Promise<void>;
}

/**
 * Lets one state-changing system call of `act` after another meet a full or a broken disk.
 *
 * Either the call is refused with a known code, and then nothing has changed, nothing is left and the call works afterwards;
 * or the driver got over it, and all is as it should be.
 */
export async function surviveFailures(context: CheckContext, failing: FailingCase): Promise<void> {
  await undisturbed(failing);
  for (const failure of FAILURES) {
    for (let passing = 1; await failedAt(context, failing, passing, failure); passing++) {
      // All is said in the condition: it ends when the call makes no more system calls.
    }
  }
}

/** Makes the call, of whose system calls the nth that can fails. False where there are fewer. */
async function failedAt(
  context: CheckContext,
  failing: FailingCase,
  passing: number,
  failure: Failure,
): Promise<boolean> {
  await failing.prepare?.();
  const before = footprintOf(context.driver.root);
  const { ending, failed } = await withFailure(passing, failure, failing.act);
  const what = `a ${failed} that ${failure.name}`;
  if (ending !== 'success') {
    assert.ok(
      STORAGE_ERROR_CODES.some((code) => code === ending),
      `${what} ended with ${ending}`,
    );
    assertNothingNew(context.driver.root, before, what);
    await failing.unchanged();
    assert.equal(await endingOf(failing.act), 'success', `the call after ${what}`);
  }
  await failing.changed();
  return failed !== undefined;
}

async function undisturbed(failing: FailingCase): Promise<void> {
  await failing.prepare?.();
  await failing.act();
  await failing.changed();
}

async function withFailure(
  passing: number,
  failure: Failure,
  act: () => Promise<unknown>,
): Promise<{ readonly ending: string; readonly failed: string | undefined }> {
  let passed = 0;
  let failed: string | undefined;
  let isOver = false;
  setFaultHandler((call, path) => {
    if (failed !== undefined && FREEING.includes(call)) isOver = true;
    if (isOver || !failure.hits(call)) return;
    passed += 1;
    if (passed < passing) return;
    failed ??= call;
    isOver = !failure.lasts;
    throw errnoError(call, failure.errno, path);
  });
  try {
    return { ending: await endingOf(act), failed };
  } finally {
    setFaultHandler(undefined);
  }
}
