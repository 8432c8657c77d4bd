import {
  appendFileSync,
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { changeOf, compareTrees, directoryTree, type Touched } from '@graphdriver/archive';
import type { Change, Driver } from '@graphdriver/core';
import { createSubvolume, syncSubvolumes } from '@graphdriver/host';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BtrfsLayout, btrfs } from '../src/index.ts';
import { touchedSince } from '../src/touched-since.ts';
import { makePlace, type Place, placeReason } from './places.ts';

const reason = await placeReason();

/** One change to a tree, by numbers that pick among what is there. */
type Step = readonly [kind: (typeof KINDS)[number], one: number, other: number];
const KINDS = ['write', 'append', 'mode', 'remove', 'link', 'rename', 'exchange', 'mkdir', 'times', 'nest'] as const;

const steps = fc.array(fc.tuple(fc.constantFrom(...KINDS), fc.nat(999), fc.nat(999)), { minLength: 1, maxLength: 12 });

describe.skipIf(reason !== null)(`what a snapshot has touched${reason === null ? '' : `: ${reason}`}`, () => {
  let place: Place;
  let driver: Driver;
  let layout: BtrfsLayout;
  let count = 0;

  beforeAll(async () => {
    place = await makePlace();
    layout = new BtrfsLayout(join(place.path, 'wurzel-ä'));
    driver = await btrfs.open({ root: layout.root });
    await driver.create('base');
    fill(layout.subvolume('base'));
    await driver.commit('base');
  });

  afterAll(async () => {
    await driver?.close();
    await place?.[Symbol.asyncDispose]();
  });

  async function changed(by: (root: string) => void | Promise<void>): Promise<string> {
    count += 1;
    const id = `child-${count}`;
    await driver.create(id, { parent: 'base' });
    await by(layout.subvolume(id));
    await syncSubvolumes(layout.root);
    return id;
  }

  async function differences(id: string, touched: Touched | null): Promise<readonly Change[]> {
    const [upper, lower] = [id, 'base'].map((layer) => directoryTree(layout.subvolume(layer)));
    const found: Change[] = [];
    if (upper === undefined || lower === undefined) return found;
    for await (const change of compareTrees(upper, lower, { touched })) found.push(changeOf(change));
    return found;
  }

  async function expectAllFound(id: string): Promise<void> {
    const touched = await touchedSince(layout.subvolume(id), layout.subvolume('base'), {});
    expect(await differences(id, touched)).toEqual(await differences(id, null));
  }

  test('is all that a comparison of the whole trees finds, whatever was done', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (plan) => {
        const id = await changed((root) => perform(root, plan));
        await expectAllFound(id);
        await driver.remove(id);
      }),
      { numRuns: process.env['GRAPHDRIVER_FULL'] === '1' ? 500 : 40 },
    );
  }, 600_000);

  test('is every file of two directories that have changed places, although nobody has touched one of them', async () => {
    const id = await changed((root) => exchange(join(root, 'one'), join(root, 'other')));
    await expectAllFound(id);
    expect(await driver.changes(id)).toContainEqual({ kind: 'modify', path: '/one/same' });
  });

  test('is nothing where nothing was done, and only the names on the way where one file was', async () => {
    const untouched = await changed(() => undefined);
    const none = await touchedSince(layout.subvolume(untouched), layout.subvolume('base'), {});
    expect(none('')).toEqual([]);
    const id = await changed((root) => appendFileSync(join(root, 'one/deep/file-1'), 'x'));
    const touched = await touchedSince(layout.subvolume(id), layout.subvolume('base'), {});
    expect([touched(''), touched('one'), touched('one/deep'), touched('other')]).toEqual([
      ['one'],
      ['deep'],
      ['file-1'],
      [],
    ]);
  });

  test('is told anew after an archive has taken the place of the subvolume', async () => {
    const id = await changed((root) => appendFileSync(join(root, 'one/same'), 'before'));
    const other = await changed((root) => appendFileSync(join(root, 'other/same'), 'in the archive'));
    await driver.applyDiff(id, driver.diff(other));
    await expectAllFound(id);
    expect((await driver.changes(id)).map(({ path }) => path)).toEqual([
      '/linked',
      '/one',
      '/one/same',
      '/other',
      '/other/same',
    ]);
  });
});

const OLD = new Date('2020-01-01T00:00:00Z');

/** Two directories whose files cannot be told apart by their metadata. */
function fill(root: string): void {
  for (const [directory, letter] of [
    ['one', 'a'],
    ['other', 'b'],
  ] as const) {
    mkdirSync(join(root, directory, 'deep'), { recursive: true });
    for (const name of ['same', 'deep/file-1', 'deep/file-2', 'deep/file-3']) {
      const path = join(root, directory, name);
      writeFileSync(path, letter.repeat(100));
      utimesSync(path, OLD, OLD);
    }
    utimesSync(join(root, directory, 'deep'), OLD, OLD);
    utimesSync(join(root, directory), OLD, OLD);
  }
  linkSync(join(root, 'one/same'), join(root, 'linked'));
}

async function perform(root: string, plan: readonly Step[]): Promise<void> {
  for (const [kind, one, other] of plan) {
    const files = everything(root);
    const [path = '', target = ''] = [files[one % files.length], files[other % files.length]];
    try {
      await change(root, kind, path, target, `new-${other % 7}`);
    } catch {
      // A plan may ask for what cannot be, such as moving a directory into itself.
    }
  }
}

async function change(root: string, kind: Step[0], path: string, target: string, fresh: string): Promise<void> {
  const directory = lstatSync(path).isDirectory() ? path : join(path, '..');
  if (kind === 'write') writeFileSync(join(directory, fresh), fresh);
  else if (kind === 'append') appendFileSync(path, 'x');
  else if (kind === 'mode') chmodSync(path, 0o700);
  else if (kind === 'remove') rmSync(path, { recursive: true });
  else if (kind === 'link') linkSync(path, join(root, fresh));
  else if (kind === 'rename') renameSync(path, join(directory, fresh));
  else if (kind === 'exchange') exchange(path, target);
  else if (kind === 'mkdir') mkdirSync(join(directory, fresh));
  else if (kind === 'times') utimesSync(path, OLD, OLD);
  else if (!existsSync(join(directory, fresh))) await createSubvolume(join(directory, fresh));
}

function exchange(one: string, other: string): void {
  if (`${one}/`.startsWith(`${other}/`) || `${other}/`.startsWith(`${one}/`)) return;
  renameSync(one, `${one}-aside`);
  renameSync(other, one);
  renameSync(`${one}-aside`, other);
}

function everything(root: string): readonly string[] {
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .sort()
    .map((name) => join(root, name));
}
