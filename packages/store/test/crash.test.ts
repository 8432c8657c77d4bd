import { fileURLToPath } from 'node:url';
import { errnoError, setFaultHandler, startProcess } from '@graphdriver/host';
import { describe, expect, onTestFinished, test } from 'vitest';
import { operations } from './fixture/operations.mjs';
import { stepCounter } from './fixture/step-counter.mjs';
import {
  dangling,
  type OpenedStore,
  openedStore,
  type Subject,
  scratchFolder,
  subjects,
} from './support/opened-store.ts';
import { collect } from './support/tar-files.ts';

/** More steps than any operation has. */
const MOST_STEPS = 80;
/** How many processes start at once. */
const AT_ONCE = 3;

/** The whole of it takes minutes. What a step leaves behind does not depend on how the driver copies, but on whether it forks. */
const [[copying, full], [stacking, killed]] = subjects as readonly [
  readonly [string, Subject],
  readonly [string, Subject],
]; // There are two.

describe('every step', () => {
  const killable = [
    ...Object.keys(operations).map((name) => [name, stacking, killed] as const),
    ['fork', copying, full] as const,
  ];

  test.skipIf(killed.reason !== null).each(killable)(
    '%s over %s is done wholly or not at all, at whatever step the process is killed',
    async (name, driver, subject) => {
      let kills = 0;
      for (let step = 1; step <= MOST_STEPS; step += AT_ONCE) {
        const runs = Array.from({ length: AT_ONCE }, async (_none, index) => {
          const folder = scratchFolder();
          if (!(await killedAt(folder, driver, name, step + index))) return false;
          await expectWhole(await openedStore(subject, folder), `step ${step + index}`);
          return true;
        });
        const ended = await Promise.all(runs);
        kills += ended.filter(Boolean).length;
        if (ended.includes(false)) break;
      }
      expect(kills).toBeGreaterThan(2);
      expect(kills).toBeLessThan(MOST_STEPS);
    },
  );

  test.skipIf(full.reason !== null).each(Object.keys(operations))(
    '%s fails with OUT_OF_SPACE and leaves nothing half made, at whatever step the disk is full',
    async (name) => {
      onTestFinished(() => setFaultHandler(undefined));
      let failed = 0;
      for (let step = 1; step <= MOST_STEPS; step++) {
        const opened = await openedStore(full);
        const operation = operations[name];
        if (operation === undefined) throw new Error(`There is no operation ${name}.`);
        await operation.before(opened.store, opened.folder);
        let reached = false;
        const counter = stepCounter(opened.root, (at, call) => {
          if (at !== step) return;
          reached = true;
          throw errnoError(call, 28);
        });
        setFaultHandler(counter);
        const error = await Promise.resolve(operation.run(opened.store, opened.folder)).then(
          () => undefined,
          (reason: unknown) => reason,
        );
        setFaultHandler(undefined);
        if (!reached) break;
        failed++;
        if (error !== undefined) expect(error, `step ${step}`).toMatchObject({ code: 'OUT_OF_SPACE' });
        await opened.store.close();
        await expectWhole(await openedStore(full, opened.folder), `step ${step}`);
      }
      expect(failed).toBeGreaterThan(2);
      expect(failed).toBeLessThan(MOST_STEPS);
    },
  );
});

/** Opened again, a store has whole things and nothing else, and all of it can be used and removed. */
async function expectWhole(opened: OpenedStore, when: string): Promise<void> {
  const { store, driver } = opened;
  expect(await dangling(opened), when).toEqual([]);
  for (const { key } of store.layers.list())
    if (key.startsWith('sha256:')) await collect(store.layers.archive(key as `sha256:${string}`)); // So it starts.
  for (const { id } of store.containers.list()) {
    const mount = await store.containers.mount(id);
    expect(mount.readOnly, when).toBe(false);
    await mount.put();
    await store.containers.remove(id);
  }
  await store.images.prune({ all: true });
  expect(store.layers.list(), when).toEqual([]);
  expect(await driver.list(), when).toEqual([]);
  expect(await dangling(opened), when).toEqual([]);
}

/** Carries out an operation in a process that kills itself at its nth step. Tells whether it came to that. */
async function killedAt(folder: string, driver: string, operation: string, step: number): Promise<boolean> {
  const worker = fileURLToPath(new URL('./fixture/killed-worker.mjs', import.meta.url));
  const started = startProcess(process.execPath, [worker, folder, driver, operation, `${step}`], {
    stdin: 'ignore',
    stdout: 'ignore',
    stderr: 'inherit',
  });
  const { exitCode, signal } = await started.ended;
  if (signal === 'SIGKILL') return true;
  if (exitCode === 0) return false;
  throw new Error(`The worker ended with ${exitCode ?? signal}.`);
}
