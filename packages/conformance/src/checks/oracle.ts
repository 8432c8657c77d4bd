import { AssertionError } from 'node:assert';
import fc from 'fast-check';
import type { Check, CheckContext } from '../check.ts';
import { liveInCrowd } from '../oracle/crowd-twins.ts';
import { keptAttributes } from '../oracle/kept-attributes.ts';
import { histories } from '../oracle/random-step.ts';
import { type Compared, TwinHistory } from '../oracle/twin-history.ts';

const RUNS = 30;
const THOROUGH_RUNS = 150;
const ROUNDS = 2;
const THOROUGH_ROUNDS = 40;
const TIME_LIMIT = 15_000;
const THOROUGH_TIME_LIMIT = 300_000;

/** What nobody thought of: random histories, done to layers and to plain directories. */
export const oracleChecks: readonly Check[] = [
  {
    id: 'oracle/views-equal-plain-directories',
    title: 'after any history of changes, commits and forks every layer shows what a plain directory has',
    timeout: 2 * THOROUGH_TIME_LIMIT,
    run: (context) => liveRandomly(context, 'views'),
  },
  {
    id: 'oracle/diffs-equal-those-of-plain-directories',
    title:
      'after any history changes and archives are those of plain directories, and a sibling made of a diff can take over',
    timeout: 2 * THOROUGH_TIME_LIMIT,
    run: (context) => liveRandomly(context, 'diffs'),
  },
  {
    id: 'oracle/processes-at-once-equal-a-plain-directory',
    title:
      'several processes that change one view at once leave what a plain directory has, and of what all of them want one gets it',
    timeout: TIME_LIMIT + THOROUGH_TIME_LIMIT,
    async run(context) {
      const rounds = context.thorough ? THOROUGH_ROUNDS : ROUNDS;
      for (let round = 0; round < rounds; round += 1) {
        await liveInCrowd(context, `crowd-${round}`, context.seed + round);
      }
    },
  },
];

async function liveRandomly(context: CheckContext, compared: Compared): Promise<void> {
  const kept = await keptAttributes(context);
  let runs = 0;
  // Not by the library's own limit, which goes on without waiting for the history that is under way.
  const end = performance.now() + (context.thorough ? THOROUGH_TIME_LIMIT : TIME_LIMIT);
  const property = fc.asyncProperty(histories(kept), async (steps) => {
    if (performance.now() > end) return;
    const twins = await TwinHistory.begin(context, `run-${runs++}`, compared);
    await twins.live(steps);
  });
  const details = await fc.check(property, {
    seed: context.seed,
    numRuns: context.thorough ? THOROUGH_RUNS : RUNS,
  });
  if (!details.failed) return;
  const cause = details.errorInstance instanceof Error ? details.errorInstance.message : String(details.errorInstance);
  const shortest = JSON.stringify(details.counterexample?.[0]);
  throw new AssertionError({
    message: `${cause}\nSeed ${details.seed}, path ${details.counterexamplePath}: ${shortest}`,
  });
}
