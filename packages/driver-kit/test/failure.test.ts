import { errnoError, setFaultHandler } from '@graphdriver/host';
import { afterEach, describe, expect, test } from 'vitest';
import { operations } from './fixture/operations.mjs';
import { leftovers, type Opened, opened, snapshot } from './scratch-root.ts';

/** More steps than any operation has. */
const MOST_STEPS = 60;

const ERRNOS = [
  ['ENOSPC', 28, 'OUT_OF_SPACE'],
  ['EIO', 5, 'SYSTEM_CALL_FAILED'],
] as const;

afterEach(() => setFaultHandler(undefined));

describe.each(Object.keys(operations))('%s', (name) => {
  test.each(ERRNOS)('that meets %s at any step leaves the state as it was, or succeeds', async (_name, errno, code) => {
    let steps = 0;
    for (let step = 1; step <= MOST_STEPS; step += 1) {
      const subject = await opened();
      const { outcome, passed } = await failAt(subject, name, step, errno);
      if (!passed) break;
      steps = step;
      if (outcome !== null) expect(outcome, `step ${step}`).toMatchObject({ code });
      await expectUsable(subject, `step ${step}`);
    }
    expect(steps).toBeGreaterThan(0);
    expect(steps).toBeLessThan(MOST_STEPS);
  });
});

/** Runs the operation with its nth step failing; a call that throws must have changed nothing. */
async function failAt(
  { driver, backend, root }: Opened,
  name: string,
  step: number,
  errno: number,
): Promise<{ outcome: unknown; passed: boolean }> {
  const operation = operations[name];
  if (operation === undefined) throw new Error(`There is no operation ${name}.`);
  const prepared = await operation.before(driver, backend);
  const before = snapshot(root);
  let count = 0;
  setFaultHandler((call, path) => {
    count += 1;
    if (count === step) throw errnoError(call, errno, path);
  });
  const outcome = await operation.run(driver, backend, prepared).then(
    () => null,
    (error: unknown) => error,
  );
  setFaultHandler(undefined);
  if (outcome !== null)
    expect(withoutEmptyFolders(snapshot(root)), `step ${step}`).toEqual(withoutEmptyFolders(before));
  return { outcome, passed: count >= step };
}

// The folders of a layer's holds and children may stay, empty, when making or removing them fails.
function withoutEmptyFolders(found: readonly string[]): readonly string[] {
  return found.filter((path) => !/^\/\.graphdriver\/(holds|children)\/[^/]+$/.test(path));
}

/** Whatever happened, everything can be given back and removed, and then nothing is left. */
async function expectUsable({ driver, root }: Opened, when: string): Promise<void> {
  for (const { id } of await driver.list()) {
    for (const { name } of await driver.holders(id)) if (name !== null) await driver.put(id, { holder: name });
  }
  await driver.close();
  const later = await opened(root);
  for (const { id } of [...(await later.driver.list())].reverse()) await later.driver.remove(id);
  expect(leftovers(root), when).toEqual([]);
  await later.driver.create('subject');
  await later.driver.close();
}
