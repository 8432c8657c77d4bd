import { tmpdir } from 'node:os';
import { throwIfAborted } from '@graphdriver/core';
import { allChecks } from './all-checks.ts';
import type { Check, CheckResult, ConformanceReport, Subject } from './check.ts';
import { Examination } from './examination.ts';

/** Options of {@link runConformance}. */
export interface ConformanceOptions {
  /** A directory on the file system to be examined, in which every check gets a directory of its own. The system's temporary one unless given. */
  readonly root?: string;
  /** Ids of checks, or groups of them as in `holding`. All unless given. */
  readonly only?: readonly string[];
  /** What every random choice follows from. Chosen, and told in the report, unless given. */
  readonly seed?: number;
  /** Runs every case where a sample would do. */
  readonly thorough?: boolean;
  /** Multiplies every time limit, for machines that are many times slower than others, emulated ones for example; 1 unless given. */
  readonly patience?: number;
  /** Ends the examination after the check that is running. */
  readonly signal?: AbortSignal;
  /** Told each result as soon as it is there. */
  readonly onResult?: (result: CheckResult) => void;
  /** Other checks than the suite's own. */
  readonly checks?: readonly Check[];
}

/**
 * Examines a driver: runs every check on a fresh root, one after another, and reports.
 *
 * Mounts and processes that a check leaves behind are removed, and make the check fail.
 *
 * @throws {StorageError} `PREREQUISITE_MISSING` where the driver's own probe says that it does not work at `root`; `ABORTED`
 * @throws {TypeError} for a name in `only` that selects nothing, and for a patience below 1
 */
export async function runConformance(subject: Subject, options: ConformanceOptions = {}): Promise<ConformanceReport> {
  const chosen = selectChecks(options.checks ?? allChecks, options.only);
  const startedAt = new Date().toISOString();
  const seed = options.seed ?? Math.floor(Math.random() * 2 ** 31);
  const thorough = options.thorough ?? false;
  const patience = checkPatience(options.patience ?? 1);
  const scratch = options.root ?? tmpdir();
  const examination = await Examination.begin(subject, { scratch, seed, thorough, patience });
  const results: CheckResult[] = [];
  for (const check of chosen) {
    throwIfAborted(options.signal, 'The examination');
    const result = await examination.run(check);
    results.push(result);
    options.onResult?.(result);
  }
  return {
    driver: subject.module.name,
    filesystem: examination.filesystem,
    mountWith: subject.options?.mountWith ?? 'auto',
    ...(subject.options?.settings === undefined ? {} : { settings: subject.options.settings }),
    capabilities: examination.capabilities,
    startedAt,
    seed,
    ...(patience === 1 ? {} : { patience }),
    results,
  };
}

/** @throws {TypeError} for what is no number from 1 on */
function checkPatience(patience: number): number {
  if (Number.isFinite(patience) && patience >= 1) return patience;
  throw new TypeError('Patience is a number from 1 on.');
}

/**
 * The checks whose id or group is named in `only`, in the order of `checks`.
 *
 * @throws {TypeError} for a name that selects nothing, since a misspelt one would pass without having looked.
 */
export function selectChecks<T extends { readonly id: string }>(
  checks: readonly T[],
  only: readonly string[] | undefined,
): readonly T[] {
  if (only === undefined) return checks;
  const selects = (name: string, check: T): boolean => check.id === name || check.id.startsWith(`${name}/`);
  const idle = only.filter((name) => !checks.some((check) => selects(name, check)));
  if (idle.length > 0) throw new TypeError(`There is no check or group named ${idle.join(', ')}.`);
  return checks.filter((check) => only.some((name) => selects(name, check)));
}
