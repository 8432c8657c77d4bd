import { AssertionError } from 'node:assert';
import { copyTree } from '@graphdriver/host';
import fc from 'fast-check';
import type { CheckContext } from '../check.ts';
import { assertView, diffBytes } from '../staging/layers.ts';
import { assertSameBytes } from '../staging/scenario.ts';
import { keepable, LATER } from '../staging/times.ts';
import { canonicalDiff } from './canonical-diff.ts';
import { keptAttributes } from './kept-attributes.ts';
import { type TreeStep, treeHistories } from './random-step.ts';
import { snapshotTree } from './tree-snapshot.ts';
import { TwinLayer } from './twin-layer.ts';

const RUNS = 12;
const THOROUGH_RUNS = 100;
const TIME_LIMIT = 15_000;
const THOROUGH_TIME_LIMIT = 90_000;

/** What is done to a layer that is committed, to its child, and after the fork to the child and to the fork. */
type Life = readonly [
  below: readonly TreeStep[],
  before: readonly TreeStep[],
  source: readonly TreeStep[],
  fork: readonly TreeStep[],
];

/** Lets forks live as plain directories do, and compares views and archives: after the fork, and when both have changed. */
export async function compareForks(context: CheckContext): Promise<void> {
  const steps = treeHistories(await keptAttributes(context));
  const end = performance.now() + (context.thorough ? THOROUGH_TIME_LIMIT : TIME_LIMIT);
  let runs = 0;
  const property = fc.asyncProperty(fc.tuple(steps, steps, steps, steps), async (life) => {
    if (performance.now() < end) await liveThrough(context, `run-${runs++}`, life);
  });
  const details = await fc.check(property, { seed: context.seed, numRuns: context.thorough ? THOROUGH_RUNS : RUNS });
  if (!details.failed) return;
  const cause = details.errorInstance instanceof Error ? details.errorInstance.message : String(details.errorInstance);
  throw new AssertionError({
    message: `${cause}\nSeed ${details.seed}, path ${details.counterexamplePath}: ${JSON.stringify(details.counterexample?.[0])}`,
  });
}

async function liveThrough(
  context: CheckContext,
  name: string,
  [below, before, ofSource, ofFork]: Life,
): Promise<void> {
  const { driver, capabilities } = context;
  let ticks = 0;
  const perform = async (twin: TwinLayer, steps: readonly TreeStep[]): Promise<void> => {
    try {
      for (const step of steps) {
        const time = LATER + BigInt(++ticks) * 1_000_000_007n;
        await twin.perform(step, ticks, keepable(time, capabilities.timestampGranularity));
      }
    } finally {
      await twin.rest();
    }
  };
  const base = new TwinLayer(driver, `${name}-base`, await context.scratch());
  await driver.create(base.id);
  await perform(base, below);
  await driver.commit(base.id);
  const source = new TwinLayer(driver, `${name}-source`, await copyOf(context, base));
  await driver.create(source.id, { parent: base.id });
  await perform(source, before);
  const fork = source.forkedAs(`${name}-fork`, await copyOf(context, source));
  await driver.create(fork.id, { forkOf: source.id });
  for (const twin of [source, fork]) await assertEqual(context, twin, base);
  await perform(source, ofSource);
  await perform(fork, ofFork);
  for (const twin of [source, fork]) await assertEqual(context, twin, base);
}

async function copyOf(context: CheckContext, { plain }: TwinLayer): Promise<string> {
  const copy = await context.scratch();
  await copyTree(plain, copy);
  return copy;
}

async function assertEqual(context: CheckContext, twin: TwinLayer, base: TwinLayer): Promise<void> {
  await assertView(context, twin.id, await snapshotTree(twin.plain));
  const archive = await canonicalDiff(twin.plain, base.plain);
  assertSameBytes(await diffBytes(context.driver, twin.id), archive, `the archive of ${twin.id}`);
}
