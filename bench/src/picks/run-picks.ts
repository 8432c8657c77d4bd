import { throwIfAborted } from '@graphdriver/core';
import { canReflink } from '@graphdriver/host';
import { ProgressEstimate } from '../bench-progress.ts';
import { type BenchTarget, loadDriver, openOptions } from '../bench-target.ts';
import { type BenchWorkspace, makeWorkspace } from '../bench-workspace.ts';
import { readEnvironment, readFilesystem } from '../environment.ts';
import { roundOrder } from '../round-order.ts';
import { seededRandom, shuffled } from '../seeded-random.ts';
import { type Evidence, evidenceOf } from '../workload-profiles/evidence.ts';
import { measureProfiles } from '../workload-profiles/measure-profiles.ts';
import { PUBLISHED_EVIDENCE } from '../workload-profiles/published-evidence.ts';
import type { WorkloadProfile } from '../workload-profiles/workload-profile.ts';
import { PICKS_VERSION, type PickPrediction, type PickRun, type PickSkip, type PicksResult } from './picks-result.ts';
import { predictPicks } from './predict-picks.ts';
import type { ReplayMessage } from './replay-message.ts';
import { type ReplayFooting, replayMilliseconds, replayRefusal } from './replay-plan.ts';
import { REPLAYED_WORK } from './replayed-work.ts';
import { runReplay } from './run-replay.ts';

/** How far a run of picks is. */
export interface PicksProgress {
  /** From 0 to 1. */
  readonly fraction: number;
  /** Milliseconds still to go: a guess that grows better. */
  readonly remaining: number;
  readonly driver: string;
  /** What is being done, or measured, in a few words. */
  readonly what: string;
}

/** Options of {@link runPicks}. */
export interface PicksOptions {
  /** Those of {@link REPLAYED_WORK} unless given. */
  readonly workloads?: readonly WorkloadProfile[];
  /** Every round has every driver do all workloads once, in a process of its own; 3 unless given. */
  readonly rounds?: number;
  /** Of file contents and orders; 1 unless given. */
  readonly seed?: number;
  /** Milliseconds for the measurement that the second prediction goes by; 60,000 unless given, and 0 for none. */
  readonly measure?: number;
  /** What the first prediction goes by; what comes with the program unless given. */
  readonly published?: Evidence;
  readonly onProgress?: (progress: PicksProgress) => void;
  /** Ends the run early: the result then has what was done until then, and `complete` is false. */
  readonly signal?: AbortSignal;
}

/**
 * Keeps the picks honest: foresees what workloads cost on each driver, by the published costs and by a measurement of a minute in the
 * same place, and then has every driver really do them.
 *
 * All targets are in one directory, with one target for a driver. Takes some minutes; what a driver cannot do is in `skips` with its
 * reason. Everything that was made is removed before this returns.
 *
 * @throws {StorageError} `ABORTED` if `signal` was aborted before anything was done
 */
export async function runPicks(targets: readonly BenchTarget[], options: PicksOptions = {}): Promise<PicksResult> {
  const [first] = targets;
  if (first === undefined) throw new TypeError('There is at least one driver to replay with.');
  throwIfAborted(options.signal, 'The replay');
  const { workloads = REPLAYED_WORK, seed = 1, rounds = ROUNDS, signal } = options;
  const startedAt = new Date().toISOString();
  const environment = await readEnvironment();
  const run = new PicksRun({ ...options, workloads, seed, rounds });
  try {
    for (const target of targets) await run.add(target);
    await run.foresee();
    await run.replay();
  } finally {
    await run.cleanUp();
  }
  return {
    format: 'graphdriver-picks',
    version: PICKS_VERSION,
    startedAt,
    endedAt: new Date().toISOString(),
    complete: signal?.aborted !== true,
    seed,
    rounds,
    environment,
    filesystem: readFilesystem(first.directory),
    workloads,
    drivers: run.drivers,
    predictions: run.predictions,
    runs: run.runs,
    skips: run.skips,
  };
}

const ROUNDS = 3;
const MEASURE = 60_000;

interface Entry {
  readonly driver: string;
  readonly target: BenchTarget;
  readonly workspace: BenchWorkspace;
  readonly work: readonly { readonly profile: WorkloadProfile; readonly milliseconds: number }[];
}

class PicksRun {
  readonly predictions: PickPrediction[] = [];
  readonly runs: PickRun[] = [];
  readonly skips: PickSkip[] = [];
  readonly drivers: string[] = [];
  readonly #options: PicksOptions & Required<Pick<PicksOptions, 'workloads' | 'seed' | 'rounds'>>;
  readonly #workspaces: BenchWorkspace[] = [];
  readonly #entries: Entry[] = [];

  constructor(options: PicksOptions & Required<Pick<PicksOptions, 'workloads' | 'seed' | 'rounds'>>) {
    this.#options = options;
  }

  /** Makes a target's folder, looks whether its driver works there, and which workloads it can do. */
  async add(target: BenchTarget): Promise<void> {
    const workspace = makeWorkspace(target);
    this.#workspaces.push(workspace); // Before anything can fail, so that the folder is removed whatever comes.
    const module = await loadDriver(target.source);
    const { capabilities, checks } = await module.probe(openOptions(workspace.root, target));
    this.drivers.push(module.name);
    const missing = checks.find(({ required, passed }) => required && !passed)?.why ?? 'A check failed.';
    const footing: ReplayFooting | null = capabilities && {
      ...capabilities,
      reflinks: canReflink(target.directory),
      free: readFilesystem(target.directory).free,
    };
    const work = this.#options.workloads.flatMap((profile) => {
      const reason = footing === null ? missing : replayRefusal(profile, footing);
      if (reason !== null) this.#skip(module.name, profile.name, reason);
      return footing === null || reason !== null
        ? []
        : [{ profile, milliseconds: replayMilliseconds(profile, footing) }];
    });
    this.#entries.push({ driver: module.name, target, workspace, work });
  }

  /** Predicts all workloads on all drivers that work, twice. */
  async foresee(): Promise<void> {
    const { workloads, published = PUBLISHED_EVIDENCE, measure = MEASURE, seed, signal, onProgress } = this.#options;
    const working = this.#entries.filter(({ work }) => work.length > 0);
    const places = working.map(({ driver, target }) => ({
      driver,
      filesystem: readFilesystem(target.directory).name,
    }));
    this.predictions.push(...predictPicks('published', workloads, published, places));
    if (measure === 0 || working.length === 0 || signal?.aborted === true) return;
    const result = await measureProfiles(
      working.map(({ target }) => target),
      workloads,
      {
        milliseconds: measure,
        seed,
        ...(signal === undefined ? {} : { signal }),
        onProgress: ({ remaining, target }) =>
          onProgress?.({ fraction: 0, remaining: remaining + this.#guess(), driver: target, what: 'measuring costs' }),
      },
    );
    const settings = Object.fromEntries(working.map(({ driver, target }) => [driver, target.settings ?? {}]));
    this.predictions.push(...predictPicks('measured', workloads, evidenceOf(result, settings), places));
  }

  /** Has every driver do all workloads, round by round. */
  async replay(): Promise<void> {
    const { rounds, signal } = this.#options;
    const working = this.#entries.filter(({ work }) => work.length > 0);
    const estimate = new ProgressEstimate(this.#guess(), working.flatMap(({ work }) => work).length * rounds);
    for (let round = 0; round < rounds; round += 1) {
      for (const index of roundOrder(round, working.length)) {
        const entry = working[index];
        if (entry === undefined || signal?.aborted === true) return;
        await this.#replayRound(entry, round, estimate);
      }
    }
  }

  /** Removes all folders, also where one of them resists, and then throws its error. */
  async cleanUp(): Promise<void> {
    const outcomes = await Promise.allSettled(this.#workspaces.map((workspace) => workspace[Symbol.asyncDispose]()));
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
  }

  async #replayRound(
    { driver, target, workspace, work }: Entry,
    round: number,
    estimate: ProgressEstimate,
  ): Promise<void> {
    const { seed, signal, onProgress } = this.#options;
    const ordered = shuffled(work, seededRandom(seed + round));
    const left = new Map(ordered.map(({ profile, milliseconds }) => [profile.name, milliseconds]));
    const progress = (workload: string): void => {
      const { fraction, remaining } = estimate.at(driver, workload);
      onProgress?.({ fraction, remaining, driver, what: `${workload}, round ${round + 1}` });
    };
    const onMessage = (message: ReplayMessage): void => {
      if (message.type === 'replaying') progress(message.workload);
      if (message.type !== 'replayed' && message.type !== 'failed') return;
      const { workload } = message;
      if (message.type === 'replayed') this.runs.push({ workload, driver, round, parts: message.parts });
      else if (signal?.aborted !== true) this.#skip(driver, workload, `In round ${round}: ${message.reason}`);
      estimate.advance(left.get(workload) ?? 0);
      left.delete(workload);
    };
    const { root, plain } = workspace;
    const request = { target, root, plain, seed, work: ordered.map(({ profile }) => profile) };
    const failure = await runReplay(request, onMessage, signal);
    if (failure === undefined) return;
    for (const [workload, guess] of left) {
      this.#skip(driver, workload, `In round ${round}: ${failure}`);
      estimate.advance(guess);
    }
  }

  /** Milliseconds of all rounds. */
  #guess(): number {
    const once = this.#entries.flatMap(({ work }) => work).reduce((sum, { milliseconds }) => sum + milliseconds, 0);
    return once * this.#options.rounds;
  }

  #skip(driver: string, workload: string, reason: string): void {
    this.skips.push({ workload, driver, reason });
  }
}
