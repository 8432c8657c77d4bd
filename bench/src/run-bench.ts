import { throwIfAborted } from '@graphdriver/core';
import { type BenchCase, caseId } from './bench-case.ts';
import { type PlanOptions, planTarget, ROUNDS, type TargetPlan } from './bench-plan.ts';
import { type BenchProgress, ProgressEstimate } from './bench-progress.ts';
import { type BenchResult, RESULT_VERSION, type SampleRecord, type SkipRecord } from './bench-result.ts';
import type { BenchTarget } from './bench-target.ts';
import { type BenchWorkspace, makeWorkspace } from './bench-workspace.ts';
import { readEnvironment } from './environment.ts';
import type { RoundMessage, RoundRequest } from './round-message.ts';
import { roundOrder } from './round-order.ts';
import { orderWork } from './round-work.ts';
import { runRound } from './run-round.ts';

/** Options of {@link runBench}. */
export interface BenchOptions extends PlanOptions {
  /** Of file contents and of the order of cases; 1 unless given. */
  readonly seed?: number;
  /** Milliseconds for one sample, its preparation included; 60,000 unless given. */
  readonly timeout?: number;
  /** Called once before anything is measured. */
  readonly onPlan?: (plans: readonly TargetPlan[]) => void;
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
  readonly plan: TargetPlan;
  readonly workspace: BenchWorkspace;
}

class BenchRun {
  readonly #options: BenchOptions;
  readonly #cases: readonly BenchCase[];
  readonly #seed: number;
  readonly #rounds: number;
  readonly #startedAt = new Date().toISOString();
  readonly #environment = readEnvironment();
  readonly #workspaces: BenchWorkspace[] = [];
  readonly #entries: Entry[] = [];
  readonly #order: { round: number; target: string }[] = [];
  readonly #samples: SampleRecord[] = [];
  readonly #skips: SkipRecord[] = [];
  #complete = false;

  constructor(cases: readonly BenchCase[], options: BenchOptions) {
    this.#cases = cases;
    this.#options = options;
    this.#seed = options.seed ?? 1;
    this.#rounds = options.rounds ?? ROUNDS;
  }

  /** Makes a target's folder, looks whether its driver works there, and decides what is measured. */
  async add(target: BenchTarget): Promise<void> {
    const workspace = makeWorkspace(target);
    this.#workspaces.push(workspace); // Before anything can fail, so that the folder is removed whatever comes.
    const plan = await planTarget(target, this.#cases, workspace.root, this.#options);
    this.#entries.push({ plan, workspace });
    this.#skips.push(...plan.skips);
  }

  async measure(): Promise<void> {
    const plans = this.#entries.map(({ plan }) => plan);
    this.#options.onPlan?.(plans);
    const working = this.#entries.filter(({ plan }) => plan.groups.length > 0);
    const guess = plans.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
    const count = plans.flatMap(({ groups }) => groups.flatMap(({ cases }) => cases)).length * this.#rounds;
    const estimate = new ProgressEstimate(guess, count);
    for (const { round, index } of roundOrder(working.length, this.#rounds)) {
      const entry = working[index];
      if (entry === undefined || this.#options.signal?.aborted === true) return;
      await this.#measureRound(entry, round, estimate);
    }
    this.#complete = this.#options.signal?.aborted !== true;
  }

  /** Removes all folders, also where one of them resists, and then throws its error. */
  async cleanUp(): Promise<void> {
    const outcomes = await Promise.allSettled(this.#workspaces.map((workspace) => workspace[Symbol.asyncDispose]()));
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
      targets: this.#entries.map(({ plan }) => plan.record),
      cases: Object.fromEntries(this.#cases.map((of) => [caseId(of), of])),
      order: this.#order,
      samples: this.#samples,
      skips: this.#skips,
    };
  }

  async #measureRound({ plan, workspace }: Entry, round: number, estimate: ProgressEstimate): Promise<void> {
    const { signal, onProgress, timeout = 60_000 } = this.#options;
    const label = plan.target.label;
    const work = orderWork(plan.groups, this.#seed + round);
    const left = new Map(work.flatMap(({ cases }) => cases.map((of) => [caseId(of.case), of.milliseconds])));
    const progress = (of: string | null): void => onProgress?.(estimate.at(label, of));
    this.#order.push({ round, target: label });
    const onMessage = (message: RoundMessage): void => {
      if (message.type === 'built') estimate.advance(work[message.work]?.buildMilliseconds ?? 0);
      if (message.type === 'measuring') progress(message.case);
      if (message.type !== 'measured' && message.type !== 'failed') return;
      if (message.type === 'measured') {
        const { case: id, samples } = message;
        this.#samples.push(...samples.map((sample) => ({ target: label, case: id, round, ...sample })));
      } else if (signal?.aborted !== true) {
        this.#skip(label, [message.case], `In round ${round}: ${message.reason}`);
      }
      estimate.advance(left.get(message.case) ?? 0);
      if (left.delete(message.case)) estimate.count();
      progress(null);
    };
    const { root, plain } = workspace;
    const request: RoundRequest = { target: plan.target, root, plain, seed: this.#seed, timeout, work };
    progress(null);
    const failure = await runRound(request, onMessage, signal);
    if (failure === undefined) return;
    this.#skip(label, [...left.keys()], `In round ${round}: ${failure}`);
    for (const guess of left.values()) {
      estimate.advance(guess);
      estimate.count();
    }
  }

  #skip(target: string, ids: readonly string[], reason: string): void {
    this.#skips.push(...ids.map((id) => ({ target, case: id, reason })));
  }
}
