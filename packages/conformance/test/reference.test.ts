import { machineLock } from '@graphdriver/testkit';
import { afterAll, beforeAll } from 'vitest';
import { referenceDriver } from '../src/index.ts';
import { describeConformance } from '../src/vitest.ts';

let lock: AsyncDisposable;
beforeAll(async () => {
  lock = await machineLock();
});
afterAll(() => lock[Symbol.asyncDispose]());

describeConformance({ module: referenceDriver });
