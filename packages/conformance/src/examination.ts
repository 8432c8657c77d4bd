import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { type Capabilities, type ProbeReport, StorageError } from '@graphdriver/core';
import { removeTree } from '@graphdriver/host';
import type { Check, CheckResult, Deviations, Subject } from './check.ts';
import { CheckRoom } from './check-room.ts';
import { describe, type Ending, endingOf, judgeDeviation } from './ending.ts';

const DEFAULT_TIMEOUT = 60_000;

/** How an examination is to be made. */
export interface ExaminationOptions {
  /** The directory in which every check gets a directory of its own. Made where it does not exist. */
  readonly scratch: string;
  readonly seed: number;
  readonly thorough: boolean;
  /** Multiplies every time limit. */
  readonly patience: number;
}

/** One driver on one file system, ready to be examined check by check. */
export class Examination {
  readonly capabilities: Capabilities;
  readonly filesystem: string;
  /** The subject's, as they are where it is. */
  readonly deviations: Deviations;
  readonly #subject: Subject;
  readonly #options: ExaminationOptions;

  private constructor(subject: Subject, options: ExaminationOptions, filesystem: string, capabilities: Capabilities) {
    this.#subject = subject;
    this.#options = options;
    this.filesystem = filesystem;
    this.capabilities = capabilities;
    const { deviations = {} } = subject;
    this.deviations = typeof deviations === 'function' ? deviations(capabilities, filesystem) : deviations;
  }

  /**
   * Asks the driver's own probe whether it works at `scratch`.
   *
   * @throws {StorageError} `PREREQUISITE_MISSING` with the probe's report in `details.report` where it does not.
   */
  static async begin(subject: Subject, options: ExaminationOptions): Promise<Examination> {
    const report = await probeAt(subject, options.scratch);
    if (!report.usable || report.capabilities === null) throw notUsable(report);
    return new Examination(subject, options, report.filesystem, report.capabilities);
  }

  /** Runs one check on a fresh root. Never rejects: whatever happens is the result. */
  async run(check: Check): Promise<CheckResult> {
    const started = performance.now();
    const deviation = this.deviations[check.id];
    const inapplicable = check.requires?.(this.capabilities) ?? null;
    const ending =
      inapplicable === null ? await this.#attempt(check) : { outcome: 'skipped' as const, reason: inapplicable };
    const judged = deviation === undefined ? ending : judgeDeviation(ending, deviation);
    const duration = Math.round((performance.now() - started) * 100) / 100;
    const { outcome, reason } = judged;
    return { id: check.id, title: check.title, outcome, duration, ...(reason === undefined ? {} : { reason }) };
  }

  async #attempt(check: Check): Promise<Ending> {
    let room: CheckRoom;
    try {
      room = await CheckRoom.enter({
        subject: this.#subject,
        capabilities: this.capabilities,
        scratch: this.#options.scratch,
        seed: seedOf(this.#options.seed, check.id),
        thorough: this.#options.thorough,
        patience: this.#options.patience,
      });
    } catch (error) {
      return { outcome: 'failed', reason: `The root could not be opened. ${describe(error)}` };
    }
    const limit = timeLimit(check, this.#options.patience);
    const ending = await endingOf(() => withTimeout(check.run(room.context), limit));
    const leaks = await room.leave();
    if (leaks.length === 0 || ending.outcome === 'failed') return ending;
    return { outcome: 'failed', reason: leaks.join(' ') };
  }
}

/** Milliseconds after which a check has failed. */
export function timeLimit(check: Check, patience: number): number {
  return (check.timeout ?? DEFAULT_TIMEOUT) * patience;
}

/** Asks a subject's probe about a root that would lie in `scratch`, which is made where it does not exist. */
export async function probeAt(subject: Subject, scratch: string): Promise<ProbeReport> {
  mkdirSync(scratch, { recursive: true });
  const directory = mkdtempSync(join(scratch, 'probe-'));
  try {
    return await subject.module.probe({ ...subject.options, root: join(directory, 'root') });
  } finally {
    await removeTree(directory);
  }
}

/** Why a probe says that a driver does not work, in one line. */
export function whyNotUsable(report: ProbeReport): string {
  const failed = report.checks.filter((check) => check.required && !check.passed);
  return failed.map((check) => `${check.check}: ${check.why}`).join(' ') || 'The probe says so without a failed check.';
}

function notUsable(report: ProbeReport): StorageError {
  return new StorageError('PREREQUISITE_MISSING', `${report.driver} does not work here. ${whyNotUsable(report)}`, {
    details: { report },
  });
}

async function withTimeout(running: Promise<void>, milliseconds: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`It took longer than ${milliseconds} ms.`)), milliseconds);
  });
  try {
    await Promise.race([running, late]);
  } finally {
    clearTimeout(timer);
    running.catch(() => undefined); // A check that is given up may still fail when its driver is closed under it.
  }
}

/** A check's own seed, so that it makes the same choices alone and among the others. */
function seedOf(seed: number, id: string): number {
  return createHash('sha256').update(`${seed}:${id}`).digest().readUInt32BE(0) >>> 1;
}
