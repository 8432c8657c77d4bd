import { expect, test } from 'vitest';
import { type Check, type CheckResult, referenceDriver } from '../src/index.ts';
import { describeConformance } from '../src/vitest.ts';

const did: string[] = [];
const results: CheckResult[] = [];
let isWhole = false;

const check: Check = {
  id: 'mending/needs-what-is-whole',
  title: 'a check fails for what has broken beneath, and passes when that is whole again',
  async run() {
    did.push('run');
    if (!isWhole) throw new Error('It is broken.');
  },
};

describeConformance(
  { module: referenceDriver },
  {
    checks: [check],
    onResult: (result) => results.push(result),
    async mend() {
      did.push('mend');
      isWhole = true;
      return 'It had broken.';
    },
  },
);

test('a check that failed is run once more when something beneath was mended, and told once', () => {
  expect(did).toEqual(['run', 'mend', 'run']);
  expect(results).toMatchObject([{ id: check.id, outcome: 'passed' }]);
});
