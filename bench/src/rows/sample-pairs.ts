import { type OnceOperation, sampleOnce } from '../sampler.ts';
import type { RowReading, RowSide } from './row.ts';

/** Options of {@link samplePairs} and {@link sampleAlone}. */
export interface PairOptions {
  readonly pairs: number;
  /** Pairs that are run before and thrown away, until code is compiled and caches are warm; none unless given. */
  readonly warmUps?: number;
  readonly signal?: AbortSignal;
  /** Milliseconds for each sample, preparation included; 60,000 unless given. */
  readonly timeout?: number;
  /** Called before each sample with the share of them that is done. */
  readonly onProgress?: (fraction: number) => void;
}

type Prepared<Ours, Theirs> =
  | { readonly side: 'ours'; readonly subject: Ours }
  | { readonly side: 'theirs'; readonly subject: Theirs };

/**
 * Times two ways to do the same, in turn and in one process: ours, theirs, theirs, ours, ours, theirs and so on, so that neither is
 * always the second and what slows the machine down slows both.
 *
 * Returns the readings in nanoseconds in the order in which they were taken.
 * The index that `prepare` gets counts all samples of both sides, warm-ups included: no two subjects share it.
 *
 * @throws {StorageError} `ABORTED`, `TIMED_OUT`, or the code of what one of the operations failed with
 */
export async function samplePairs<Ours, Theirs>(
  ours: OnceOperation<Ours>,
  theirs: OnceOperation<Theirs>,
  options: PairOptions,
): Promise<RowReading[]> {
  const total = 2 * (options.pairs + (options.warmUps ?? 0));
  const operation: OnceOperation<Prepared<Ours, Theirs>> = {
    async prepare(index) {
      options.onProgress?.(index / total);
      return sideOf(index) === 'ours'
        ? { side: 'ours', subject: await ours.prepare(index) }
        : { side: 'theirs', subject: await theirs.prepare(index) };
    },
    measure: (prepared) =>
      prepared.side === 'ours' ? ours.measure(prepared.subject) : theirs.measure(prepared.subject),
    release: (prepared, index) =>
      prepared.side === 'ours' ? ours.release(prepared.subject, index) : theirs.release(prepared.subject, index),
  };
  const readings = await take(operation, total, options);
  return readings
    .map((value, index) => ({ side: sideOf(index), pair: Math.floor(index / 2) - (options.warmUps ?? 0), value }))
    .filter(({ pair }) => pair >= 0);
}

/** Times one operation for an absolute row: `pairs` samples, all of them ours. */
export async function sampleAlone<Subject>(
  operation: OnceOperation<Subject>,
  options: PairOptions,
): Promise<RowReading[]> {
  const warmUps = options.warmUps ?? 0;
  const total = options.pairs + warmUps;
  const reporting: OnceOperation<Subject> = {
    ...operation,
    prepare(index) {
      options.onProgress?.(index / total);
      return operation.prepare(index);
    },
  };
  const readings = await take(reporting, total, options);
  return readings.slice(warmUps).map((value, pair) => ({ side: 'ours', pair, value }));
}

/** Which side takes sample `index`: odd pairs begin with the reference. */
function sideOf(index: number): RowSide {
  const swapped = Math.floor(index / 2) % 2 === 1;
  return (index % 2 === 0) === swapped ? 'theirs' : 'ours';
}

async function take<Subject>(
  operation: OnceOperation<Subject>,
  samples: number,
  { timeout, signal }: PairOptions,
): Promise<number[]> {
  const taken = await sampleOnce(operation, {
    samples,
    ...(timeout === undefined ? {} : { timeout }),
    ...(signal === undefined ? {} : { signal }),
  });
  return taken.map(({ nanoseconds }) => nanoseconds);
}
