import { tmpdir } from 'node:os';
import { beforeAll, describe, it } from 'vitest';
import { allChecks } from './all-checks.ts';
import type { Check, CheckResult, Subject } from './check.ts';
import { Examination, type ExaminationOptions, probeAt, timeLimit, whyNotUsable } from './examination.ts';
import { selectChecks } from './run-conformance.ts';

/** The type of the annotation of a test whose check was run twice. */
const REPEATED = 'repeated';

/** Options of {@link describeConformance}. */
export interface DescribeOptions {
  /** A directory on the file system to be examined; a function is called when the tests run. The system's temporary one unless given. */
  readonly root?: string | (() => string | Promise<string>);
  /** Ids of checks, or groups of them. All unless given. */
  readonly only?: readonly string[];
  readonly seed?: number;
  readonly thorough?: boolean;
  /** Multiplies every time limit; 1 unless given. */
  readonly patience?: number;
  readonly checks?: readonly Check[];
  /** Told each result, for a report of one's own. */
  readonly onResult?: (result: CheckResult) => void;
  /**
   * Asked after a check that failed: what has broken beneath the driver, in a sentence, now that it is whole again, or `undefined` where
   * nothing has. The check is then run once more, and the sentence is an annotation `repeated` of the test. For what the driver stands on and does
   * not answer for, such as another project's daemon that crashes: what the driver itself causes happens again.
   */
  readonly mend?: () => Promise<string | undefined>;
}

/**
 * Declares one vitest test per check for a driver.
 *
 * Where the driver's probe says that it does not work, every test is skipped with the probe's reason; it fails instead
 * when the environment variable `REQUIRED_DRIVERS`, a list of names with commas between them, has the driver.
 * `GRAPHDRIVER_SEED` repeats a run, and `GRAPHDRIVER_THOROUGH=1` asks for every case where a sample would do.
 */
export function describeConformance(subject: Subject, options: DescribeOptions = {}): void {
  const { name } = subject.module;
  const seed = options.seed ?? seedFromEnvironment() ?? Math.floor(Math.random() * 2 ** 31);
  const thorough = options.thorough ?? process.env['GRAPHDRIVER_THOROUGH'] === '1';
  const patience = options.patience ?? 1;
  describe(`${name} keeps the contract (seed ${seed})`, () => {
    let prepared: Examination | string = 'The examination has not begun.';
    beforeAll(async () => {
      prepared = await prepare(subject, { scratch: await scratchOf(options), seed, thorough, patience });
    });
    for (const check of selectChecks(options.checks ?? allChecks, options.only)) {
      it(
        `${check.title} [${check.id}]`,
        async (test) => {
          if (typeof prepared === 'string') return test.skip(prepared);
          let result = await prepared.run(check);
          const broken = result.outcome === 'failed' ? await options.mend?.() : undefined;
          if (broken !== undefined) {
            await test.annotate(`${broken} ${result.reason ?? ''}`, REPEATED);
            result = await prepared.run(check);
          }
          options.onResult?.(result);
          report(result, test.skip);
        },
        // The examination's own limit comes first, and cleans up.
        (timeLimit(check, patience) + 60_000) * (options.mend === undefined ? 1 : 2),
      );
    }
  });
}

/** Tells whether the environment insists on a driver, so that one that does not work here is a failure. */
export function isRequiredDriver(name: string, environment: Readonly<Record<string, string | undefined>>): boolean {
  return (environment['REQUIRED_DRIVERS'] ?? '').split(/[\s,]+/).includes(name);
}

async function prepare(subject: Subject, options: ExaminationOptions): Promise<Examination | string> {
  const probed = await probeAt(subject, options.scratch);
  if (probed.usable) return Examination.begin(subject, options);
  const reason = `${subject.module.name} does not work here. ${whyNotUsable(probed)}`;
  if (isRequiredDriver(subject.module.name, process.env)) throw new Error(`${reason} REQUIRED_DRIVERS insists on it.`);
  return reason;
}

function report(result: CheckResult, skip: (reason: string) => void): void {
  if (result.outcome === 'failed') throw new Error(`${result.id}: ${result.reason ?? 'no reason'}`);
  if (result.outcome === 'skipped') skip(result.reason ?? 'no reason');
  if (result.outcome === 'deviates') skip(`Deviates as listed: ${result.reason ?? 'no reason'}`);
}

async function scratchOf(options: DescribeOptions): Promise<string> {
  if (options.root === undefined) return tmpdir();
  return typeof options.root === 'string' ? options.root : options.root();
}

function seedFromEnvironment(): number | undefined {
  const text = process.env['GRAPHDRIVER_SEED'];
  return text === undefined ? undefined : Number.parseInt(text, 10);
}
