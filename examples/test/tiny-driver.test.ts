import { describeConformance } from '@graphdriver/conformance/vitest';
import { machineLock } from '@graphdriver/testkit';
import { afterAll, beforeAll } from 'vitest';
import { driver } from '../tiny-driver/driver.js';

let lock: AsyncDisposable;
beforeAll(async () => {
  lock = await machineLock();
});
afterAll(() => lock[Symbol.asyncDispose]());

// Healing kills an applyDiff at every step, and what is left of that one layer is what withNaiveDiff says it leaves undefined.
describeConformance({
  module: driver,
  source: { specifier: new URL('../tiny-driver/driver.js', import.meta.url).href, export: 'driver' },
});
