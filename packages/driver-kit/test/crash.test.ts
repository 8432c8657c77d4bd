import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { operations } from './fixture/operations.mjs';
import { leftovers, type Opened, opened, scratchRoot } from './scratch-root.ts';
import { killedAt } from './worker.ts';

/** More steps than any operation has. */
const MOST_STEPS = 60;

/** How many processes start at once. */
const AT_ONCE = 4;

test.each(Object.keys(operations))(
  '%s is done wholly or not at all, at whatever step the process is killed',
  async (name) => {
    let killed = 0;
    for (let step = 1; step <= MOST_STEPS; step += AT_ONCE) {
      const steps = Array.from({ length: AT_ONCE }, (_, index) => step + index);
      const runs = steps.map(async (at) => {
        const root = scratchRoot();
        if (!(await killedAt(root, name, at))) return false;
        await expectWhole(await opened(root), `step ${at}`);
        return true;
      });
      const ended = await Promise.all(runs);
      killed += ended.filter(Boolean).length;
      if (ended.includes(false)) break;
    }
    expect(killed).toBeGreaterThan(0);
    expect(killed).toBeLessThan(MOST_STEPS);
  },
);

/** Opened again, a root has whole layers and nothing else; a lease may be there or not, and the layer is usable in any case. */
async function expectWhole(subject: Opened, when: string): Promise<void> {
  const { driver, root } = subject;
  for (const { id } of await driver.list()) {
    for (const { name } of await driver.holders(id))
      await driver.put(id, { holder: name ?? 'a process is not a lease' });
  }
  expect(leftovers(root), when).toEqual([]);
  await expectSealed(subject, when);
  if (await driver.exists('subject')) await driver.remove('subject');
  expect(existsSync(join(root, '.graphdriver/children/base/subject')), when).toBe(false);
  for (const id of ['source', 'base']) if (await driver.exists(id)) await driver.remove(id);
  await driver.create('subject');
  await driver.remove('subject');
  expect(leftovers(root), when).toEqual([]);
}

/** A layer's files are sealed where its record says so, and nowhere else; no work is half done. */
async function expectSealed({ driver, backend }: Opened, when: string): Promise<void> {
  for (const { id, kind } of await driver.list()) {
    expect(existsSync(backend.sealMark(id)), when).toBe(kind === 'committed');
    expect(existsSync(backend.work(id)), when).toBe(false);
  }
}
