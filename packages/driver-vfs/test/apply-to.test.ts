import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Driver } from '@graphdriver/core';
import { startProcess } from '@graphdriver/host';
import { failStep } from '@graphdriver/testkit';
import { expect, test } from 'vitest';
import { stage } from './fixture/stage.mjs';
import { leftoversOf, type Opened, opened, scratchRoot, told } from './opened.ts';

/** More steps than applying the archive has. */
const MOST_STEPS = 150;

/** How many processes start at once. */
const AT_ONCE = 4;

const WORKER = fileURLToPath(new URL('./fixture/killed-worker.mjs', import.meta.url));

const APPLIED = ['modify /etc ', 'delete /etc/gone ', 'modify /etc/motd applied', 'add /new ', 'add /new/file applied'];

const LAYERS = [
  { id: 'pristine', before: [], after: APPLIED },
  { id: 'written', before: ['add /mine mine'], after: [...APPLIED.slice(0, 3), 'add /mine mine', ...APPLIED.slice(3)] },
] as const;

test.each(LAYERS)('an archive applied to the $id layer becomes its change', async ({ id, before, after }) => {
  const { driver, layout } = await staged();
  expect(await told(driver, layout, id)).toEqual(before);
  await applySource(driver, id);
  expect(await told(driver, layout, id)).toEqual(after);
  expect(leftoversOf(layout, id)).toEqual([]);
});

test('a pristine layer is unpacked in place, and a written one in a copy', async () => {
  const { driver, layout } = await staged();
  const inodes = (): readonly number[] => LAYERS.map(({ id }) => statSync(layout.files(id)).ino);
  const [pristine, written] = inodes();
  for (const { id } of LAYERS) await applySource(driver, id);
  expect(inodes()[0]).toBe(pristine);
  expect(inodes()[1]).not.toBe(written);
});

test.each(['get', 'describeMount', 'applyDiff'] as const)('after %s a layer is not pristine any more', async (call) => {
  const { driver, layout } = await staged();
  expect(existsSync(layout.pristine('pristine'))).toBe(true);
  if (call === 'get') await (await driver.get('pristine', { readOnly: true })).put();
  if (call === 'describeMount') await driver.describeMount('pristine');
  if (call === 'applyDiff') await applySource(driver, 'pristine');
  expect(existsSync(layout.pristine('pristine'))).toBe(false);
});

test('a read-only plan leaves a layer pristine', async () => {
  const { driver, layout } = await staged();
  await driver.describeMount('pristine', { readOnly: true });
  expect(existsSync(layout.pristine('pristine'))).toBe(true);
});

test.each(LAYERS)('a truncated archive leaves the $id layer as it was', async ({ id, before, after }) => {
  const { driver, layout } = await staged();
  const whole = await bytesOf(driver.diff('source'));
  await expect(driver.applyDiff(id, once(whole.subarray(0, 2000)))).rejects.toMatchObject({ code: 'INVALID_ARCHIVE' });
  expect(await told(driver, layout, id)).toEqual(before);
  expect(leftoversOf(layout, id)).toEqual([]);
  await applySource(driver, id);
  expect(await told(driver, layout, id)).toEqual(after);
});

test.each(LAYERS)('an error at any step leaves the $id layer as it was', async ({ id, before, after }) => {
  let failures = 0;
  for (let step = 1; step <= MOST_STEPS; step += 1) {
    const { driver, layout } = await staged();
    const archive = await bytesOf(driver.diff('source'));
    const { failed, reached } = await failStep(step, () => driver.applyDiff(id, once(archive)));
    if (failed) failures += 1;
    expect(await told(driver, layout, id), `step ${step}`).toEqual(failed ? before : after);
    if (failed) expect(leftoversOf(layout, id), `step ${step}`).toEqual([]);
    await applySource(driver, id);
    expect(await told(driver, layout, id), `step ${step}`).toEqual(after);
    expect(leftoversOf(layout, id), `step ${step}`).toEqual([]);
    await driver.close();
    if (!reached) break;
  }
  expect(failures).toBeGreaterThan(10);
  expect(failures).toBeLessThan(MOST_STEPS);
});

test.each(LAYERS)('a kill at any step leaves the $id layer whole', async ({ id, before, after }) => {
  let killed = 0;
  for (let step = 1; step <= MOST_STEPS; step += AT_ONCE) {
    const ended = await Promise.all(
      Array.from({ length: AT_ONCE }, async (_, index) => {
        const root = scratchRoot();
        if (!(await killedAt(root, id, step + index))) return false;
        await expectWhole(await opened(root), id, [before, after], `step ${step + index}`);
        return true;
      }),
    );
    killed += ended.filter(Boolean).length;
    if (ended.includes(false)) break;
  }
  expect(killed).toBeGreaterThan(10);
  expect(killed).toBeLessThan(MOST_STEPS);
});

async function staged(): Promise<Opened> {
  const subject = await opened();
  await stage(subject.driver);
  return subject;
}

async function expectWhole(
  { driver, layout }: Opened,
  id: string,
  states: readonly (readonly string[])[],
  when: string,
): Promise<void> {
  expect(states, when).toContainEqual(await told(driver, layout, id));
  expect(leftoversOf(layout, id), when).toEqual([]);
  expect(statSync(join(layout.files(id), 'suid')).mode & 0o7777, when).toBe(0o4755);
  await applySource(driver, id);
  expect(await told(driver, layout, id), when).toEqual(states[1]);
}

async function killedAt(root: string, id: string, step: number): Promise<boolean> {
  const worker = startProcess(process.execPath, [WORKER, root, id, `${step}`], { stdin: 'ignore', stderr: 'inherit' });
  const { exitCode, signal } = await worker.ended;
  if (signal === null && exitCode !== 0) throw new Error(`The worker ended with ${exitCode}.`);
  return signal === 'SIGKILL';
}

async function applySource(driver: Driver, id: string): Promise<void> {
  await driver.applyDiff(id, driver.diff('source'));
}

async function bytesOf(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
