import { faultPoint, isErrno } from '@graphdriver/host';
import { expect, test } from 'vitest';
import { failEachStep, failStep } from '../src/index.ts';

test('each step of a call fails once, in order, and at last the call succeeds', async () => {
  let done: string[] = [];
  const left: string[][] = [];
  const act = async (): Promise<void> => {
    done = [];
    for (const step of ['one', 'two', 'three']) {
      faultPoint(step);
      done.push(step);
    }
  };
  const failures = await failEachStep(act, async () => void left.push(done));
  expect(failures).toBe(3);
  expect(left).toEqual([[], ['one'], ['one', 'two']]);
  expect(done).toEqual(['one', 'two', 'three']);
});

test('a failure that a call got over is told from one that it never came to', async () => {
  const refused = async (): Promise<void> => faultPoint('mkdir');
  const gotOver = async (): Promise<void> => {
    try {
      faultPoint('mkdir');
    } catch (error) {
      if (!isErrno(error, 'EIO')) throw error;
    }
  };
  expect(await failStep(1, refused)).toEqual({ failed: true, reached: true });
  expect(await failStep(1, gotOver)).toEqual({ failed: false, reached: true });
  expect(await failStep(2, gotOver)).toEqual({ failed: false, reached: false });
  expect(() => faultPoint('mkdir')).not.toThrow();
});
