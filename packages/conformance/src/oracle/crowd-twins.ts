import assert from 'node:assert/strict';
import { linkSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CheckContext } from '../check.ts';
import { assertView, makeLayer } from '../staging/layers.ts';
import { LATER, settleTimes } from '../staging/times.ts';
import { assertSameTree } from './compare-snapshots.ts';
import { performCrowd } from './crowd.ts';
import { type CrowdPlan, crowdHistory, RACES, racesIn, SHARED } from './crowd-history.ts';
import type { CrowdStep } from './crowd-order.ts';
import { keptAttributes } from './kept-attributes.ts';
import { performStep } from './perform-step.ts';
import { snapshotTree } from './tree-snapshot.ts';

const MEMBERS = 4;
const STEPS = 120;
const BEFORE = 40;
/** What all others are told who wanted the same. */
const LOST: readonly string[] = ['EEXIST', 'ENOENT'];

/**
 * Lets several processes change one view at once, over a layer with files of theirs, does the same in a plain directory one after the
 * other, and compares: at once, and once the layer is committed.
 */
export async function liveInCrowd(context: CheckContext, name: string, seed: number): Promise<void> {
  const { driver, capabilities } = context;
  const plain = await context.scratch();
  const kept = await keptAttributes(context, `${name}-kept`);
  const common = { seed, kept, granularity: capabilities.timestampGranularity };
  const histories = (plan: Omit<CrowdPlan, 'who' | keyof typeof common>): (readonly CrowdStep[])[] => {
    return Array.from({ length: MEMBERS }, (_, who) => crowdHistory({ ...common, ...plan, who }));
  };
  // Where lower hard links come apart, so may the names of a lower file that gets a second one: once the kernel has forgotten the new name
  // it knows it as a file of its own (overlay without an index). Files that were made in the view keep theirs everywhere.
  const hasLinks = capabilities.keepsHardLinks;
  const before = histories({ steps: BEFORE, hasRaces: false, links: hasLinks ? 'all' : 'none' });
  await makeLayer(driver, `${name}-base`, (root) => stage(root, before, { hasLinks }));
  stage(plain, before, { hasLinks });
  await driver.create(name, { parent: `${name}-base` });
  const steps = histories({ steps: STEPS, hasRaces: true, links: hasLinks ? 'all' : 'own' });
  const mount = await driver.get(name);
  try {
    follow(plain, steps, await performCrowd(mount.path, steps), { mayStay: !capabilities.renameLowerDirectory });
    for (const root of [mount.path, plain]) settleTimes(root, LATER);
    const [seen, expected] = [await snapshotTree(mount.path), await snapshotTree(plain)];
    assertSameTree(seen, expected, 'What the processes have made', { granularity: common.granularity });
  } finally {
    await mount.put();
  }
  await driver.commit(name);
  await assertView(context, name, await snapshotTree(plain));
}

function stage(
  root: string,
  histories: readonly (readonly CrowdStep[])[],
  { hasLinks }: { readonly hasLinks: boolean },
): void {
  for (const directory of [...SHARED, RACES]) mkdirSync(join(root, directory));
  for (let number = 0; number < racesIn(STEPS); number += 1) {
    const path = join(root, RACES, `${number}`);
    writeFileSync(path, `prize ${number}`);
    if (hasLinks && number % 2 === 0) linkSync(path, `${path}-too`);
  }
  for (const { step, tick, time } of histories.flat()) performStep(root, step, tick, BigInt(time));
  settleTimes(root, LATER);
}

/** Does in a plain directory what the processes have done, who must have been told the same, but for a race, which one of them won. */
function follow(
  plain: string,
  histories: readonly (readonly CrowdStep[])[],
  outcomes: readonly (readonly string[])[],
  { mayStay }: { readonly mayStay: boolean },
): void {
  const winners = new Map<string, number>();
  for (const [who, history] of histories.entries()) {
    for (const [at, { step, tick, time, race }] of history.entries()) {
      const outcome = outcomes[who]?.[at] ?? 'nothing';
      if (outcome === 'EXDEV' && mayStay) continue;
      const what = `process ${who}, step ${at}: ${JSON.stringify(step)}`;
      if (race && outcome !== 'done') assert.ok(LOST.includes(outcome), `${what} ended with ${outcome}`);
      else {
        const expected = performStep(plain, step, tick, BigInt(time));
        assert.equal(outcome, expected, `${what} ended with ${outcome}, and in a plain directory with ${expected}`);
      }
      if (race) winners.set(step.path, (winners.get(step.path) ?? 0) + (outcome === 'done' ? 1 : 0));
    }
  }
  for (const [path, count] of winners) assert.equal(count, 1, `how many processes were first at ${path}`);
}
