import { throwIfAborted } from '@graphdriver/core';
import { type BenchCase, caseId } from './bench-case.ts';
import { type BenchProgress, ProgressEstimate } from './bench-progress.ts';
import {
  type BenchResult,
  RESULT_VERSION,
  type SampleRecord,
  type SkipRecord,
  type TargetRecord,
} from './bench-result.ts';
import { type BenchTarget, loadDriver, openOptions } from './bench-target.ts';
import { type BenchWorkspace, makeWorkspace } from './bench-workspace.ts';
import { type PlannedCase, planCases } from './case-plan.ts';
import { readEnvironment, readFilesystem } from './environment.ts';
import type { RoundMessage } from './round-message.ts';
import { roundOrder } from './round-order.ts';
import { runRound } from './run-round.ts';
import { seededRandom, shuffled } from './seeded-random.ts';

/** Options of {@link runBench}. */
export interface BenchOptions {
  /** Every round measures every target once, in a process of its own; 3 unless given. */
  readonly rounds?: number;
  /** Of file contents and of the order of cases; 1 unless given. */
  readonly seed?: number;
  /** Bytes that one round of a case may write before it is skipped as too expensive; 1.5 GiB unless given. */
  readonly budget?: number;
  /** Milliseconds for one sample, its preparation included; 60,000 unless given. */
  readonly timeout?: number;
  /** Called when a case begins and when it ends. */
  readonly onProgress?: (progress: BenchProgress) => void;
  /** Ends the run early: the result then has what was measured until then, and `complete` is false. */
  readonly signal?: AbortSignal;
}

/**
 * Measures cases on targets and returns all samples.
 *
 * Rounds interleave the targets, and each round begins with another one, so that a machine that grows slower does not do so for the
 * last driver alone.
 * What does not work, or costs too much, is in `skips` with its reason; one bad target does not spoil the others.
 * Everything that was made is removed before this returns.
 *
 * @throws {StorageError} `ABORTED` if `signal` was aborted before anything began; `OUT_OF_SPACE` and the like where not even a folder can be made
 */
export async function runBench(
  targets: readonly BenchTarget[],
  cases: readonly BenchCase[],
  options: BenchOptions = {},
): Promise<BenchResult> {
  throwIfAborted(options.signal, 'The benchmark');
  if (new Set(targets.map(({ label }) => label)).size < targets.length)
    throw new TypeError('The labels of targets are unique.');
  const run = new BenchRun(cases, options);
  try {
    for (const target of targets) await run.add(target);
    await run.measure();
  } finally {
    await run.cleanUp();
  }
  return run.result();
}

interface Entry {
  readonly target: BenchTarget;
  readonly record: TargetRecord;
  readonly workspace: BenchWorkspace;
  readonly planned: readonly PlannedCase[];
}

class BenchRun {
  readonly #options: BenchOptions;
  readonly #cases: readonly BenchCase[];
  readonly #seed: number;
  readonly #rounds: number;
  readonly #startedAt = new Date().toISOString();
  readonly #environment = readEnvironment();
  readonly #entries: Entry[] = [];
  readonly #order: { round: number; target: string }[] = [];
  readonly #samples: SampleRecord[] = [];
  readonly #skips: SkipRecord[] = [];
  #complete = false;

  constructor(cases: readonly BenchCase[], options: BenchOptions) {
    this.#cases = cases;
    this.#options = options;
    this.#seed = options.seed ?? 1;
    this.#rounds = options.rounds ?? 3;
  }

  /** Makes a target's folder, looks whether its driver works there, and decides what is measured. */
  async add(target: BenchTarget): Promise<void> {
    const module = await loadDriver(target.source);
    const filesystem = readFilesystem(target.directory);
    const workspace = makeWorkspace(target);
    const entry = {
      target,
      workspace,
      record: { label: target.label, driver: module.name, capabilities: null, filesystem },
      planned: [],
    };
    this.#entries.push(entry); // Already here, so that the folder is removed whatever comes.
    const { capabilities, checks } = await module.probe(openOptions(workspace.root, target.mountWith));
    if (capabilities === null) {
      const why = checks.find((check) => check.required && !check.passed)?.why ?? 'A check failed.';
      this.#skip(target.label, this.#cases.map(caseId), `${module.name} does not work there: ${why}`);
      return;
    }
    const budget = this.#options.budget ?? 1.5 * 1024 ** 3;
    const { planned, skipped } = planCases(this.#cases, {
      copyOnWrite: capabilities.copyOnWrite,
      free: filesystem.free,
      budget,
    });
    this.#skips.push(...skipped.map((skip) => ({ target: target.label, ...skip })));
    this.#entries.splice(-1, 1, { ...entry, record: { ...entry.record, capabilities }, planned });
  }

  async measure(): Promise<void> {
    const working = this.#entries.filter(({ planned }) => planned.length > 0);
    const guess = working.flatMap(({ planned }) => planned).reduce((sum, { milliseconds }) => sum + milliseconds, 0);
    const estimate = new ProgressEstimate(guess * this.#rounds);
    for (const { round, index } of roundOrder(working.length, this.#rounds)) {
      const entry = working[index];
      if (entry === undefined || this.#options.signal?.aborted === true) return;
      await this.#measureRound(entry, round, estimate);
    }
    this.#complete = this.#options.signal?.aborted !== true;
  }

  /** Removes all folders, also where one of them resists, and then throws its error. */
  async cleanUp(): Promise<void> {
    const outcomes = await Promise.allSettled(this.#entries.map(({ workspace }) => workspace[Symbol.asyncDispose]()));
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
  }

  async result(): Promise<BenchResult> {
    return {
      format: 'graphdriver-bench',
      version: RESULT_VERSION,
      startedAt: this.#startedAt,
      endedAt: new Date().toISOString(),
      complete: this.#complete,
      seed: this.#seed,
      rounds: this.#rounds,
      environment: await this.#environment,
      targets: this.#entries.map(({ record }) => record),
      cases: Object.fromEntries(this.#cases.map((of) => [caseId(of), of])),
      order: this.#order,
      samples: this.#samples,
      skips: this.#skips,
    };
  }

  async #measureRound(entry: Entry, round: number, estimate: ProgressEstimate): Promise<void> {
    const { target, planned, workspace } = entry;
    const label = target.label;
    const guesses = new Map(planned.map((plan) => [caseId(plan.case), plan.milliseconds]));
    const progress = (of: string | null): void => this.#options.onProgress?.(estimate.at(label, of));
    this.#order.push({ round, target: label });
    const onMessage = (message: RoundMessage): void => {
      if (message.type === 'measuring') progress(message.case);
      if (message.type === 'measuring' || message.type === 'finished') return;
      if (message.type === 'measured') {
        this.#samples.push(
          ...message.samples.map((sample) => ({ target: label, case: message.case, round, ...sample })),
        );
      } else if (this.#options.signal?.aborted !== true) {
        this.#skip(label, [message.case], `In round ${round}: ${message.reason}`);
      }
      estimate.advance(guesses.get(message.case) ?? 0);
      guesses.delete(message.case);
      progress(null);
    };
    const { root, plain } = workspace;
    const work = shuffled(planned, seededRandom(this.#seed + round)).map(({ case: of, samples }) => ({
      case: of,
      samples,
    }));
    const request = {
      source: target.source,
      ...openOptions(root, target.mountWith),
      plain,
      seed: this.#seed,
      timeout: this.#options.timeout ?? 60_000,
      work,
    };
    const failure = await runRound(request, onMessage, this.#options.signal);
    if (failure === undefined) return;
    this.#skip(label, [...guesses.keys()], `In round ${round}: ${failure}`);
    for (const guess of guesses.values()) estimate.advance(guess);
  }

  #skip(target: string, ids: readonly string[], reason: string): void {
    this.#skips.push(...ids.map((id) => ({ target, case: id, reason })));
  }
}
