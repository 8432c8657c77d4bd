import { describeConformance } from '@graphdriver/conformance/vitest';
import { machineLock } from '@graphdriver/testkit';
import { afterAll, beforeAll } from 'vitest';
import { driver } from '../tiny-driver/driver.js';

let lock: AsyncDisposable;
beforeAll(async () => {
  lock = await machineLock();
});
afterAll(() => lock[Symbol.asyncDispose]());

const KILLED = 'withNaiveDiff keeps no promise about a layer whose applyDiff was killed: see its documentation.';
const LATE = 'withNaiveDiff gives its mounts back after it has written, and what fails then is not undone.';

describeConformance({
  module: driver,
  source: { specifier: new URL('../tiny-driver/driver.js', import.meta.url).href, export: 'driver' },
  deviations: {
    'failing/apply-diff': LATE,
    'healing/archives-are-applied-as-a-whole-or-not-at-all': KILLED,
  },
});
