import { throwIfAborted } from '@graphdriver/core';
import { type BenchCase, caseId } from './bench-case.ts';
import { configurationOf, type PlanOptions, planTarget, ROUNDS, type TargetPlan } from './bench-plan.ts';
import { type BenchProgress, ProgressEstimate } from './bench-progress.ts';
import { type BenchResult, type Continuation, RESULT_VERSION, type RunConfiguration } from './bench-result.ts';
import type { BenchTarget } from './bench-target.ts';
import { type BenchWorkspace, makeWorkspace } from './bench-workspace.ts';
import { groupsMilliseconds } from './case-plan.ts';
import { type EnoughOptions, isPrecise, mostRoundsOf, whatNext } from './enough-rounds.ts';
import { type Environment, readEnvironment } from './environment.ts';
import { withTools } from './inside/tool-versions.ts';
import { checkResumed, undecidedPlan } from './resume-result.ts';
import type { RoundMessage, RoundRequest } from './round-message.ts';
import { roundOrder } from './round-order.ts';
import { orderWork } from './round-work.ts';
import { RunBook } from './run-book.ts';
import { runRound } from './run-round.ts';

/** Options of {@link runBench}. */
export interface BenchOptions extends PlanOptions, EnoughOptions {
  /** Of file contents and of the order of cases; 1 unless given. */
  readonly seed?: number;
  /** Milliseconds for one sample, its preparation included; 60,000 unless given. */
  readonly timeout?: number;
  /**
   * Goes on with this result, complete or not: measures what its rounds have not, and more of them where more are asked for. What is not
   * given, rounds, seed or bounds, is as it was there.
   */
  readonly earlier?: BenchResult;
  /** Goes on although the machine or the software has changed: the result says so. */
  readonly acceptChanges?: boolean;
  /** Called once before anything is measured. */
  readonly onPlan?: (plans: readonly TargetPlan[]) => void;
  /** Called when a case begins and when it ends. */
  readonly onProgress?: (progress: BenchProgress) => void;
  /** Called with all that there is, `complete` being false, after each round of each target. What it throws ends the run. */
  readonly onRound?: (result: BenchResult) => Promise<void>;
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
 * @throws {StorageError} `ABORTED` if `signal` was aborted before anything began; `UNSUPPORTED` where `earlier` is of another run, with
 * the differences in `details`; `OUT_OF_SPACE` and the like where not even a folder can be made
 */
export async function runBench(
  targets: readonly BenchTarget[],
  cases: readonly BenchCase[],
  options: BenchOptions = {},
): Promise<BenchResult> {
  throwIfAborted(options.signal, 'The benchmark');
  if (new Set(targets.map(({ label }) => label)).size < targets.length)
    throw new TypeError('The labels of targets are unique.');
  const run = new BenchRun(cases, options, await withTools(await readEnvironment(), cases));
  try {
    for (const target of inOrderOf(targets, options.earlier)) await run.add(target);
    if (options.earlier !== undefined) run.resume(options.earlier);
    await run.measure();
  } finally {
    await run.cleanUp();
  }
  return run.result();
}

/** The order of rounds goes by that of the targets: it is to stay. */
function inOrderOf(targets: readonly BenchTarget[], earlier: BenchResult | undefined): readonly BenchTarget[] {
  const labels = earlier?.targets.map(({ label }) => label) ?? [];
  return targets.toSorted((a, b) => labels.indexOf(a.label) - labels.indexOf(b.label));
}

interface Entry {
  readonly plan: TargetPlan;
  readonly workspace: BenchWorkspace;
}

class BenchRun {
  readonly #options: BenchOptions;
  readonly #cases: readonly BenchCase[];
  readonly #seed: number;
  readonly #configuration: RunConfiguration;
  readonly #environment: Environment;
  readonly #began = new Date().toISOString();
  readonly #workspaces: BenchWorkspace[] = [];
  readonly #entries: Entry[] = [];
  readonly #book = new RunBook();
  readonly #continued: Continuation[] = [];
  #rounds: number;
  #complete = false;

  constructor(cases: readonly BenchCase[], options: BenchOptions, environment: Environment) {
    const { earlier } = options;
    this.#cases = cases;
    this.#options = options;
    this.#environment = environment;
    this.#seed = options.seed ?? earlier?.seed ?? 1;
    this.#configuration = configurationOf(options, earlier?.configuration);
    // Rounds that have begun are finished, whatever was asked for.
    const begun = Math.max(0, ...(earlier?.order ?? []).map(({ round }) => round + 1));
    this.#rounds = Math.max(begun, options.rounds ?? earlier?.rounds ?? ROUNDS);
    mostRoundsOf(this.#rounds, options); // Refuses before anything is made.
  }

  /** Makes a target's folder, looks whether its driver works there, and decides what is measured. */
  async add(target: BenchTarget): Promise<void> {
    const workspace = makeWorkspace(target);
    this.#workspaces.push(workspace); // Before anything can fail, so that the folder is removed whatever comes.
    const { signal } = this.#options;
    const options = { ...this.#configuration, rounds: this.#rounds, ...(signal === undefined ? {} : { signal }) };
    const plan = await planTarget(target, this.#cases, workspace.root, options);
    this.#entries.push({ plan, workspace });
  }

  /** Takes over what an earlier run has found out. Call it after all targets were added. */
  resume(earlier: BenchResult): void {
    const now = { ...this.#facts(), configuration: this.#configuration };
    const accept = this.#options.acceptChanges === true;
    const differences = checkResumed(earlier, now, { accept });
    this.#continued.push(...(earlier.continued ?? []), { startedAt: this.#began, differences });
    const entries = this.#entries.map(({ plan, workspace }) => ({ plan: undecidedPlan(plan, earlier), workspace }));
    this.#entries.splice(0, this.#entries.length, ...entries);
    this.#book.takeOver(earlier);
  }

  async measure(): Promise<void> {
    const { onPlan, until } = this.#options;
    const plans = this.#entries.map(({ plan }) => plan);
    this.#book.addSkips(plans.flatMap(({ skips }) => skips));
    onPlan?.(plans);
    const working = this.#entries.filter(({ plan }) => plan.groups.length > 0);
    const estimate = this.#estimate(working);
    const took: number[] = [];
    const isPreciseNow = (): boolean => until === undefined || working.length === 0 || isPrecise(this.result(), until);
    for (let round = 0; ; round += 1) {
      const next = whatNext(this.#rounds, { rounds: round, took }, this.#options, isPreciseNow);
      if (next === 'late') return;
      if (next === 'enough') {
        this.#rounds = Math.max(round, this.#rounds);
        this.#complete = true;
        return;
      }
      const start = performance.now();
      let measured = false;
      for (const index of roundOrder(round, working.length)) {
        const entry = working[index];
        if (entry === undefined || this.#isAborted()) return;
        measured = (await this.#measureRound(entry, round, estimate)) || measured;
        if (this.#isAborted()) return;
      }
      if (measured) took.push(performance.now() - start);
    }
  }

  #isAborted(): boolean {
    return this.#options.signal?.aborted === true;
  }

  /** Removes all folders, also where one of them resists, and then throws its error. */
  async cleanUp(): Promise<void> {
    const outcomes = await Promise.allSettled(this.#workspaces.map((workspace) => workspace[Symbol.asyncDispose]()));
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
  }

  /** What there is by now. */
  result(): BenchResult {
    const { earlier } = this.#options;
    const { targets, cases, seed, environment } = this.#facts();
    return {
      ...(earlier?.$schema === undefined ? {} : { $schema: earlier.$schema }),
      format: 'graphdriver-bench',
      version: RESULT_VERSION,
      startedAt: earlier?.startedAt ?? this.#began,
      endedAt: new Date().toISOString(),
      complete: this.#complete,
      seed,
      rounds: this.#rounds,
      configuration: this.#configuration,
      environment: earlier?.environment ?? environment,
      ...(this.#continued.length === 0 ? {} : { continued: this.#continued }),
      targets: earlier?.targets ?? targets,
      cases,
      ...this.#book.entries(),
    };
  }

  #facts(): Pick<BenchResult, 'targets' | 'cases' | 'seed' | 'environment'> {
    return {
      targets: this.#entries.map(({ plan }) => plan.record),
      cases: Object.fromEntries(this.#cases.map((of) => [caseId(of), of])),
      seed: this.#seed,
      environment: this.#environment,
    };
  }

  /** Foresees as many rounds as there may be, without those that an earlier run has measured. */
  #estimate(working: readonly Entry[]): ProgressEstimate {
    const rounds = Array.from({ length: mostRoundsOf(this.#rounds, this.#options) }, (_, round) => round);
    const left = working.flatMap(({ plan }) => rounds.flatMap((round) => this.#book.leftIn(plan, round)));
    const guess = groupsMilliseconds(left);
    return new ProgressEstimate(guess, left.flatMap(({ cases }) => cases).length);
  }

  /** Measures what is left to be measured in a round of a target. False where that is nothing. */
  async #measureRound({ plan, workspace }: Entry, round: number, estimate: ProgressEstimate): Promise<boolean> {
    const { signal, onProgress, onRound } = this.#options;
    const { label } = plan.target;
    const of = { round, target: label };
    const ordered = orderWork(plan.groups, this.#seed + round);
    const work = this.#book.leftIn({ record: plan.record, groups: ordered }, round);
    if (work.length === 0) return false;
    const left = new Map(work.flatMap(({ cases }) => cases.map((one) => [caseId(one.case), one.milliseconds])));
    const progress = (id: string | null): void => onProgress?.(estimate.at(label, id));
    this.#book.begin(of);
    const onMessage = (message: RoundMessage): void => {
      if (message.type === 'built') estimate.advance(work[message.work]?.buildMilliseconds ?? 0);
      if (message.type === 'measuring') progress(message.case);
      if (message.type !== 'measured' && message.type !== 'failed') return;
      if (message.type === 'measured') this.#book.measured(of, message.case, message.samples);
      else if (signal?.aborted !== true) this.#book.failed(of, [message.case], message.reason);
      estimate.advance(left.get(message.case) ?? 0);
      if (left.delete(message.case)) estimate.count();
      progress(null);
    };
    const { root, plain } = workspace;
    const { timeout } = this.#configuration;
    const request: RoundRequest = { target: plan.target, root, plain, seed: this.#seed, timeout, work };
    progress(null);
    const failure = await runRound(request, onMessage, signal);
    if (failure !== undefined) {
      this.#book.failed(of, [...left.keys()], failure);
      for (const guess of left.values()) {
        estimate.advance(guess);
        estimate.count();
      }
    }
    await onRound?.(this.result());
    return true;
  }
}
