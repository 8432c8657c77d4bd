import { throwIfAborted } from '@graphdriver/core';
import { toStorageError } from '@graphdriver/host';
import Benchmark from 'benchmark';
import { withinLimits } from './within-limits.ts';

/** Something that can be done only once to each subject, such as the first write to a file of a lower layer. */
export interface OnceOperation<Subject> {
  /** Makes the subject of call `index`, counted from 0. Not timed. */
  prepare(index: number): Promise<Subject>;
  /** The timed span. One that returns nothing instead of a promise is timed without the cost of a promise. */
  measure(subject: Subject): Promise<void> | void;
  /** Takes the subject away again. Not timed. Runs for every subject that `prepare` made, also after a failure. */
  release(subject: Subject, index: number): Promise<void>;
}

/** Options of {@link sampleOnce}. */
export interface SampleOptions {
  /** How many calls, each with a subject of its own. */
  readonly samples: number;
  /** Milliseconds for each call, preparation included; 60,000 unless given. */
  readonly timeout?: number;
  readonly signal?: AbortSignal;
}

/** The same call, read from two clocks. */
export interface OnceSample {
  /** Nanoseconds by our own readings of the monotonic clock, right beside the operation. */
  readonly nanoseconds: number;
  /** Nanoseconds as benchmark.js has them: some 30,000 more. */
  readonly reported: number;
}

/** How long a call that was cut short gets to come to its end, so that its subject can be released. */
const GRACE_MILLISECONDS = 10_000;

/**
 * Times an operation exactly `samples` times, and returns the samples in the order in which they were taken.
 *
 * benchmark.js counts and clocks the calls; left to itself it would repeat a failed one, hide its error, or add calls at will.
 * Here a failure ends the sampling at once: no call is repeated, the subjects are released, and the error is thrown once.
 * A call that never settles is left behind together with its subject.
 *
 * @throws {StorageError} `ABORTED`, `TIMED_OUT`, or the code of what the operation failed with
 */
export async function sampleOnce<Subject>(
  operation: OnceOperation<Subject>,
  options: SampleOptions,
): Promise<OnceSample[]> {
  const { samples, signal } = options;
  if (!Number.isSafeInteger(samples) || samples < 1)
    throw new TypeError(`There is at least 1 sample to take; got ${samples}.`);
  throwIfAborted(signal, 'The sampling');
  const calls = new OnceCalls(operation, options);
  let reported: readonly number[];
  try {
    reported = await runDeferred(samples, (startClock) => calls.next(startClock));
  } catch (error) {
    await calls.end().catch(() => undefined); // The first failure is the one to tell.
    throw toStorageError(error, 'A measured operation failed', signal);
  }
  await calls.end().catch((error: unknown) => {
    throw toStorageError(error, 'A measured subject could not be taken away', signal);
  });
  calls.assertCount(reported.length);
  return calls.readings.map((nanoseconds, index) => ({
    nanoseconds,
    reported: Math.round((reported[index] ?? 0) * 1e9),
  }));
}

/** Prepares, measures and releases one subject after another. */
class OnceCalls<Subject> {
  readonly readings: number[] = [];
  readonly #operation: OnceOperation<Subject>;
  readonly #options: SampleOptions;
  #calls = 0;
  #prepared = 0;
  #held: { readonly subject: Subject; readonly index: number } | undefined;
  #running: Promise<void> = Promise.resolve();
  #ended = false;

  constructor(operation: OnceOperation<Subject>, options: SampleOptions) {
    this.#operation = operation;
    this.#options = options;
  }

  /** Makes the next call within its time. */
  next(startClock: () => void): Promise<void> {
    this.#running = this.#call(startClock);
    return withinLimits(this.#running, this.#options.timeout ?? 60_000, this.#options.signal);
  }

  /** Waits for a call that was cut short, and releases what is still held. */
  async end(): Promise<void> {
    this.#ended = true;
    const released = this.#running.catch(() => undefined).then(() => this.#release());
    await withinLimits(released, GRACE_MILLISECONDS);
  }

  /** Every call had a subject of its own, and both clocks saw each of them. */
  assertCount(reports: number): void {
    const { samples } = this.#options;
    const counts = [this.#calls, this.#prepared, this.readings.length, reports];
    if (counts.some((count) => count !== samples)) {
      throw new Error(`Wanted ${samples} samples; calls, subjects, readings and reports were ${counts.join(', ')}.`);
    }
  }

  async #call(startClock: () => void): Promise<void> {
    const index = this.#calls++;
    await this.#release();
    const subject = await this.#operation.prepare(index);
    this.#prepared += 1;
    this.#held = { subject, index };
    if (this.#ended) return; // Too late: the sampling has been given up meanwhile.
    startClock();
    const start = process.hrtime.bigint();
    const pending = this.#operation.measure(subject);
    if (pending !== undefined) await pending;
    this.readings.push(Number(process.hrtime.bigint() - start));
  }

  async #release(): Promise<void> {
    const last = this.#held;
    this.#held = undefined;
    if (last !== undefined) await this.#operation.release(last.subject, last.index);
  }
}

/**
 * Lets benchmark.js make `samples` deferred calls, and returns its readings in seconds.
 *
 * - `minTime: 1e-9` makes one call a whole sample; 0 would mean 'unset' and ask for thousands.
 * - `maxTime: -1` ends after `minSamples` also where all of them together took less than a millisecond.
 * - `setup` and `teardown` stay unset, because their source text is compiled anew and so loses its closure.
 * - `fn` never throws: a throw would be swallowed and the function called again.
 */
function runDeferred(samples: number, call: (startClock: () => void) => Promise<void>): Promise<readonly number[]> {
  return new Promise((resolve, reject) => {
    const benchmark = new Benchmark({
      defer: true,
      async: true,
      delay: 0,
      initCount: 1,
      minTime: 1e-9,
      minSamples: samples,
      maxTime: -1,
      fn: (deferred: { timeStamp: unknown; resolve(): void }) => {
        const startClock = (): void => {
          deferred.timeStamp = process.hrtime(); // The notation of the timer that benchmark.js uses under Node.
        };
        call(startClock)
          .then(() => deferred.resolve())
          .catch((error: unknown) => {
            reject(error);
            benchmark.abort();
          });
      },
    });
    benchmark.on('complete', () => resolve(benchmark.stats.sample)); // Does nothing after a rejection.
    benchmark.run();
  });
}
