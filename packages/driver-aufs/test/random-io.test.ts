import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Driver, DriverSettings } from '@graphdriver/core';
import { createMounter } from '@graphdriver/host';
import { guardedRoot, privilegeReason, requireOrSkip } from '@graphdriver/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aufs } from '../src/index.ts';
import { replay, type Step, shortest, stepsFrom } from './random-io.ts';

/** Of a file that is handed to the kernel for its size, of one that is not, and of an empty one. */
const FILES = { large: 400_000, small: 50_000, empty: 0 } as const;
const STEPS = 150;
const FULL = process.env['GRAPHDRIVER_FULL'] === '1';
/** Milliseconds on aufs in all, half of them without passthrough; and on the kernel's overlay, which shows that the model is right. */
const ON_AUFS = FULL ? 600_000 : 20_000;
const ON_OVERLAY = FULL ? 60_000 : 4000;
const SHRINKING = 60_000;
const SEED = Number(process.env['GRAPHDRIVER_SEED'] ?? Math.floor(Math.random() * 2 ** 31));

/** Views of the same lower files, each new. */
interface Views {
  /** Lets `use` have a new view, and answers what it answers. */
  view<T>(use: (path: string, again: () => Promise<string>) => Promise<T>): Promise<T>;
}

const reason = requireOrSkip('aufs', existsSync('/dev/fuse') ? privilegeReason() : 'There is no /dev/fuse.');

describe.skipIf(reason !== null)(`random reads, writes and mappings (seed ${SEED})`, () => {
  let scratch: Awaited<ReturnType<typeof guardedRoot>>;

  beforeAll(async () => {
    scratch = await guardedRoot({ prefix: 'wurzel-ä-' });
  }, 600_000);

  afterAll(() => scratch?.[Symbol.asyncDispose]());

  it.each([
    ['as the kernel likes it', {}],
    ['without passthrough', { passthrough: 'off' }],
  ] as readonly [string, DriverSettings][])(
    'a lower file of a mount, %s, is what a buffer is that goes through the same, also once it is mounted again',
    async (how, settings) => {
      const driver = await aufs.open({ root: join(scratch.path, how.replaceAll(' ', '-')), settings });
      try {
        await examine(await aufsViews(driver), ON_AUFS / 2);
      } finally {
        await driver.close();
      }
    },
    ON_AUFS + SHRINKING + 60_000,
  );

  it(
    'so is one of the kernel’s overlay',
    () => examine(overlayViews(join(scratch.path, 'overlay')), ON_OVERLAY),
    ON_OVERLAY + SHRINKING + 60_000,
  );
});

/** Goes through histories until the time is over. Fails with the seed and the shortest history that goes wrong. */
async function examine(views: Views, milliseconds: number): Promise<void> {
  const until = Date.now() + milliseconds;
  for (let round = 0; round === 0 || Date.now() < until; round += 1) {
    for (const [name, size] of Object.entries(FILES)) {
      const seed = SEED + round;
      const steps = stepsFrom(seed, STEPS, Math.max(size, FILES.small));
      const failure = await failureOf(views, name, steps);
      if (failure === undefined) continue;
      const fails = async (some: readonly Step[]): Promise<boolean> =>
        (await failureOf(views, name, some)) !== undefined;
      const history = (await shortest(steps, fails, SHRINKING)).map((step) => JSON.stringify(step));
      expect.fail(`${name}, seed ${seed}: ${failure}\n${history.join('\n')}`);
    }
  }
}

/** What goes wrong with a history on a new view, now or once it is mounted again. */
function failureOf(views: Views, name: string, steps: readonly Step[]): Promise<string | undefined> {
  return views.view(async (path, again) => {
    const outcome = replay(join(path, name), steps);
    if ('failure' in outcome) return `step ${outcome.at}: ${outcome.failure}`;
    const kept = readFileSync(join(await again(), name));
    return kept.equals(outcome.expected) ? undefined : 'It is another once it is mounted again.';
  });
}

function fill(path: string): void {
  for (const [name, size] of Object.entries(FILES)) {
    writeFileSync(join(path, name), Buffer.from(Array.from({ length: size }, (_, at) => (at * 7 + (at >> 8)) & 0xff)));
  }
}

async function aufsViews(driver: Driver): Promise<Views> {
  await driver.create('base');
  const base = await driver.get('base');
  fill(base.path);
  await base.put();
  await driver.commit('base');
  let turn = 0;
  return {
    async view(use) {
      const id = `view-${turn++}`;
      await driver.create(id, { parent: 'base' });
      let mount = await driver.get(id);
      try {
        return await use(mount.path, async () => {
          await mount.put();
          mount = await driver.get(id);
          return mount.path;
        });
      } finally {
        await mount.put();
        await driver.remove(id);
      }
    },
  };
}

function overlayViews(directory: string): Views {
  const mounter = createMounter();
  let turn = 0;
  return {
    async view(use) {
      const home = join(directory, `${turn++}`);
      const [lower, upper, work, target] = ['lower', 'upper', 'work', 'target'].map((name) => join(home, name));
      if (lower === undefined || upper === undefined || work === undefined || target === undefined) throw new Error();
      for (const path of [lower, upper, work, target]) await mkdir(path, { recursive: true });
      fill(lower);
      const options = [
        ['lowerdir', lower],
        ['upperdir', upper],
        ['workdir', work],
      ] as const;
      const mount = (): Promise<void> => mounter.mount({ type: 'overlay', source: 'overlay', target, options });
      await mount();
      try {
        return await use(target, async () => {
          await mounter.unmount(target);
          await mount();
          return target;
        });
      } finally {
        await mounter.unmount(target);
      }
    },
  };
}
