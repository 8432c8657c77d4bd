import {
  existsSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Driver } from '@graphdriver/core';
import { errnoError, setFaultHandler } from '@graphdriver/host';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { overlay2 } from '../src/index.ts';
import { makePlace, type Place, placeReason } from './places.ts';

const reason = await placeReason('ext4');

/** Something that is ended at each of its state-changing system calls in turn. */
interface Operation {
  /** Brings a root that has the committed layers `base` and `middle` into the state before. */
  before?(driver: Driver, root: string): Promise<unknown>;
  run(driver: Driver, root: string): Promise<unknown>;
  /** How many system calls lie between those that are tried; 1 where all are. */
  readonly step?: number;
}

/** So many ids of the greatest length that their paths fit no page, and their short names do. */
const LONG = Array.from({ length: 32 }, (_, index) => `${index}`.padStart(128, 'x'));

const operations: Readonly<Record<string, Operation>> = {
  'making a layer': { run: (driver) => driver.create('subject', { parent: 'middle' }) },
  'making a layer whose parent has lost its links': {
    before: async (_driver, root) => {
      loseNames(root);
      for (const name of ['link', 'committed']) rmSync(join(root, 'middle', name));
    },
    run: (driver) => driver.create('subject', { parent: 'middle' }),
  },
  'committing a layer': {
    before: (driver) => driver.create('subject', { parent: 'middle' }),
    run: (driver) => driver.commit('subject'),
  },
  'removing a committed layer': {
    before: async (driver) => {
      await driver.create('subject', { parent: 'middle' });
      await driver.commit('subject');
    },
    run: (driver) => driver.remove('subject'),
  },
  'opening a root that has lost its names': {
    before: async (driver, root) => {
      await driver.close();
      loseNames(root);
      rmSync(join(root, 'middle/lower'));
      writeFileSync(join(root, 'base/link'), '');
      writeFileSync(join(root, 'middle/committed'), '');
    },
    run: async (_driver, root) => (await overlay2.open({ root })).close(),
    step: 3,
  },
  'describing a long chain that has lost its names': {
    before: async (driver, root) => {
      await stack(driver);
      loseNames(root);
      for (const id of LONG.slice(5)) rmSync(join(root, id, 'link'));
    },
    run: (driver) => driver.describeMount(LONG.at(-1) ?? ''),
    step: 41,
  },
};

describe.skipIf(reason !== null)(`short names${reason === null ? '' : `: ${reason}`}`, () => {
  let place: Place;
  let count = 0;

  beforeAll(async () => {
    place = await makePlace('ext4');
  });
  afterAll(() => place?.[Symbol.asyncDispose]());
  afterEach(() => setFaultHandler(undefined));

  /** A root with what the operation needs, and the driver that is to do it. */
  async function prepared(operation: Operation): Promise<{ readonly root: string; readonly driver: Driver }> {
    count += 1;
    const root = join(place.path, `root-${count}`);
    const driver = await overlay2.open({ root });
    await driver.create('base');
    await driver.commit('base');
    await driver.create('middle', { parent: 'base' });
    await driver.commit('middle');
    await operation.before?.(driver, root);
    return { root, driver };
  }

  /** Runs the operation until the given call, from which on nothing can be done any more, or only that call fails. */
  async function brokenAt(operation: Operation, point: number, dead: boolean): Promise<string | undefined> {
    const { root, driver } = await prepared(operation);
    let passed = 0;
    setFaultHandler((call, path) => {
      passed += 1;
      if (passed === point || (dead && passed > point)) throw errnoError(call, 28, path);
    });
    await operation.run(driver, root).catch(() => undefined);
    await driver.close().catch(() => undefined);
    setFaultHandler(undefined);
    return passed < point ? undefined : root;
  }

  for (const [what, operation] of Object.entries(operations)) {
    for (const [how, dead] of [
      ['ended', true],
      ['failing', false],
    ] as const) {
      test(`are whole again after ${what}, ${how} at any system call`, async () => {
        let root: string | undefined;
        let point = 1;
        for (; point < 600; point += operation.step ?? 1) {
          root = await brokenAt(operation, point, dead);
          if (root === undefined) break;
          await expectSound(root, `${what}, ${how} at call ${point}`);
          rmSync(root, { recursive: true });
        }
        expect(root).toBeUndefined();
        expect(point).toBeGreaterThan(3);
      });
    }
  }
});

function loseNames(root: string): void {
  for (const name of readdirSync(join(root, 'l'))) unlinkSync(join(root, 'l', name));
  rmSync(join(root, 'l'), { recursive: true });
}

async function stack(driver: Driver): Promise<void> {
  let parent = 'middle';
  for (const id of LONG) {
    await driver.create(id, { parent });
    await driver.commit(id);
    parent = id;
  }
}

/** Fails unless the root, used again and then looked over, has all links of all layers and no others. */
async function expectSound(root: string, when: string): Promise<void> {
  await useAgain(root);
  // What nobody has used since is mended by whoever opens the root after the host went down.
  rmSync(join(root, '.graphdriver/boot'));
  const driver = await overlay2.open({ root });
  const records = await driver.list();
  await driver.close();
  const committed = records.filter(({ kind }) => kind === 'committed').map(({ id }) => id);
  const links = committed.map((id) => [readFileSync(join(root, id, 'link'), 'latin1'), `../${id}/diff`]);
  const found = readdirSync(join(root, 'l')).map((name) => [name, readlinkSync(join(root, 'l', name))]);
  expect(found.sort(), when).toEqual(links.sort());
  for (const { id, parent, kind } of records) {
    const own = kind === 'committed' ? ['committed', 'diff', 'link'] : ['diff'];
    const wanted = parent === null ? own : [...own, 'lower'].sort();
    expect([id, readdirSync(join(root, id)).sort()], when).toEqual([id, wanted]);
    if (parent === null) continue;
    const [lower, line] = [join(root, id, 'lower'), join(root, parent, 'committed')];
    expect(readFileSync(lower, 'latin1'), when).toBe(readFileSync(line, 'latin1'));
    expect(statSync(lower).ino, when).toBe(statSync(line).ino);
  }
}

/** Does with the root what needs the links, which are then there. */
async function useAgain(root: string): Promise<void> {
  const driver = await overlay2.open({ root });
  const [deepest = ''] = LONG.slice(-1);
  if (await driver.exists(deepest)) {
    const { mounts } = await driver.describeMount(deepest);
    const [option = ''] = mounts[0]?.options.filter((text) => text.startsWith('lowerdir=')) ?? [];
    const paths = option.slice('lowerdir='.length).split(':');
    expect(paths).toHaveLength(LONG.length + 2);
    for (const path of paths) expect(statSync(path).isDirectory()).toBe(true);
  }
  if (!(await driver.exists('subject'))) {
    expect(existsSync(join(root, 'subject'))).toBe(false);
    await driver.create('subject', { parent: 'middle' });
  }
  if ((await driver.stat('subject')).kind === 'writable') {
    expect(readdirSync(join(root, 'subject')).sort()).toEqual(['diff', 'lower']);
    await driver.commit('subject');
  }
  await driver.close();
}
