import { setTimeout as sleep } from 'node:timers/promises';
import { StorageError } from '@graphdriver/core';
import { describe, expect, test, vi } from 'vitest';
import { type OnceOperation, type SampleOptions, sampleOnce } from '../src/sampler.ts';

/** An operation that counts what is done with it; subjects are numbers. */
class Counted implements OnceOperation<number> {
  readonly prepared: number[] = [];
  readonly measured: number[] = [];
  readonly released: number[] = [];
  readonly #measure: (subject: number) => Promise<void> | void;

  constructor(measure: (subject: number) => Promise<void> | void = () => undefined) {
    this.#measure = measure;
  }

  async prepare(index: number): Promise<number> {
    this.prepared.push(index);
    return index;
  }

  measure(subject: number): Promise<void> | void {
    this.measured.push(subject);
    return this.#measure(subject);
  }

  async release(subject: number): Promise<void> {
    this.released.push(subject);
  }
}

async function failure(operation: OnceOperation<number>, options: SampleOptions): Promise<unknown> {
  return sampleOnce(operation, options).then(
    () => expect.fail('The sampling should have failed.'),
    (error: unknown) => error,
  );
}

describe('sampleOnce', () => {
  test.each([1, 2, 7, 40])('makes exactly %d calls, each with a subject of its own', async (samples) => {
    const operation = new Counted();
    expect(await sampleOnce(operation, { samples })).toHaveLength(samples);
    const indexes = Array.from({ length: samples }, (_, index) => index);
    expect(operation.prepared).toEqual(indexes);
    expect(operation.measured).toEqual(indexes);
    expect(operation.released).toEqual(indexes);
  });

  test('makes exactly that many calls also of an operation that takes a while', async () => {
    const operation = new Counted(async () => sleep(120));
    expect(await sampleOnce(operation, { samples: 6 })).toHaveLength(6);
    expect(operation.measured).toHaveLength(6);
  });

  test('times the operation, and neither its preparation nor its release', async () => {
    const operation: OnceOperation<void> = {
      prepare: () => sleep(150),
      measure: () => sleep(20),
      release: () => sleep(150),
    };
    for (const { nanoseconds, reported } of await sampleOnce(operation, { samples: 3 })) {
      expect(nanoseconds).toBeGreaterThan(18e6);
      expect(nanoseconds).toBeLessThan(140e6);
      expect(reported).toBeGreaterThanOrEqual(nanoseconds);
      expect(reported).toBeLessThan(150e6);
    }
  });

  test('keeps the samples in the order of the calls', async () => {
    const operation = new Counted(async (subject) => sleep(5 + 40 * (subject % 2)));
    const samples = await sampleOnce(operation, { samples: 4 });
    expect(samples.map(({ nanoseconds }) => nanoseconds > 30e6)).toEqual([false, true, false, true]);
    expect(samples.map(({ reported }) => reported > 30e6)).toEqual([false, true, false, true]);
  });

  test('releases a subject before it prepares the next', async () => {
    let alive = 0;
    const operation: OnceOperation<void> = {
      prepare: async () => {
        alive += 1;
        expect(alive).toBe(1);
      },
      measure: () => undefined,
      release: async () => {
        alive -= 1;
      },
    };
    await sampleOnce(operation, { samples: 5 });
    expect(alive).toBe(0);
  });

  test('refuses to take no sample', async () => {
    for (const samples of [0, -1, 1.5, Number.NaN])
      await expect(sampleOnce(new Counted(), { samples })).rejects.toThrow(TypeError);
  });
});

describe('sampleOnce of an operation that fails', () => {
  const failing = (): never => {
    throw new Error('broken');
  };

  test.each([
    ['throws', new Counted(failing)],
    ['rejects', new Counted(async () => failing())],
  ])('that %s is called once and gives one typed error', async (_, operation) => {
    expect(await failure(operation, { samples: 5 })).toMatchObject({
      name: 'StorageError',
      code: 'SYSTEM_CALL_FAILED',
      cause: { message: 'broken' },
    });
    await sleep(30);
    expect(operation.measured).toEqual([0]);
    expect(operation.released).toEqual([0]);
  });

  test('in a later call stops there', async () => {
    const operation = new Counted((subject) => (subject === 2 ? failing() : undefined));
    await failure(operation, { samples: 9 });
    expect(operation.measured).toEqual([0, 1, 2]);
    expect(operation.released).toEqual([0, 1, 2]);
  });

  test('passes a StorageError on unchanged', async () => {
    const error = new StorageError('OUT_OF_SPACE', 'The disk is full.');
    const operation = new Counted(() => {
      throw error;
    });
    expect(await failure(operation, { samples: 3 })).toBe(error);
  });

  test('in its preparation measures nothing and releases nothing', async () => {
    const operation = new Counted();
    operation.prepare = async () => failing();
    expect(await failure(operation, { samples: 3 })).toMatchObject({ code: 'SYSTEM_CALL_FAILED' });
    expect(operation.measured).toEqual([]);
    expect(operation.released).toEqual([]);
  });

  test.each([0, 2])('in the release of subject %d is told as well', async (broken) => {
    const operation = new Counted();
    operation.release = async (subject) => (subject === broken ? failing() : undefined);
    expect(await failure(operation, { samples: 3 })).toMatchObject({ code: 'SYSTEM_CALL_FAILED' });
    expect(operation.measured).toHaveLength(broken + 1);
  });

  test('leaves no rejection behind that nobody handles', async () => {
    const unhandled = vi.fn();
    process.on('unhandledRejection', unhandled);
    await failure(new Counted(async () => failing()), { samples: 2 });
    await failure(new Counted(() => sleep(40).then(failing)), { samples: 2, timeout: 10 });
    await sleep(60);
    process.off('unhandledRejection', unhandled);
    expect(unhandled).not.toHaveBeenCalled();
  });
});

describe('sampleOnce of an operation that does not end', () => {
  test('gives one TIMED_OUT and makes no other call', async () => {
    const operation = new Counted((subject) => (subject === 1 ? sleep(300) : undefined));
    expect(await failure(operation, { samples: 4, timeout: 50 })).toMatchObject({ code: 'TIMED_OUT' });
    expect(operation.measured).toEqual([0, 1]);
    expect(operation.released).toEqual([0, 1]); // The late one is waited for, and then released.
  });

  test.each<[string, () => Partial<SampleOptions>]>([
    ['TIMED_OUT', () => ({ timeout: 30 })],
    ['ABORTED', () => ({ signal: AbortSignal.timeout(30) })],
  ])('is not measured any more where %s comes before it is prepared', async (code, limits) => {
    const operation = new Counted();
    operation.prepare = (index) => sleep(90, index);
    expect(await failure(operation, { samples: 3, ...limits() })).toMatchObject({ code });
    expect(operation.measured).toEqual([]);
    expect(operation.released).toEqual([0]);
  });

  test('gives TIMED_OUT also where its promise never settles', async () => {
    vi.useFakeTimers();
    try {
      const operation = new Counted(() => new Promise<void>(() => undefined));
      const failed = failure(operation, { samples: 2, timeout: 1_000 });
      await vi.advanceTimersByTimeAsync(20_000);
      expect(await failed).toMatchObject({ code: 'TIMED_OUT' });
      expect(operation.measured).toEqual([0]);
      expect(operation.released).toEqual([]);
    } finally {
      vi.useRealTimers();
    }
  });

  test('ends with ABORTED by the signal, after its subject was released', async () => {
    const abort = new AbortController();
    const operation = new Counted(() => sleep(100));
    const failed = failure(operation, { samples: 50, signal: abort.signal });
    await sleep(30);
    abort.abort();
    expect(await failed).toMatchObject({ code: 'ABORTED' });
    expect(operation.measured).toEqual([0]);
    expect(operation.released).toEqual([0]);
  });

  test('is not even prepared where the signal was aborted before', async () => {
    const operation = new Counted();
    expect(await failure(operation, { samples: 1, signal: AbortSignal.abort() })).toMatchObject({ code: 'ABORTED' });
    expect(operation.prepared).toEqual([]);
  });
});
