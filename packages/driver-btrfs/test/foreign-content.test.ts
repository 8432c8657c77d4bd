import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Driver } from '@graphdriver/core';
import { createSubvolume, destroySubvolume, isSubvolume } from '@graphdriver/host';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { BtrfsLayout, btrfs } from '../src/index.ts';
import { makePlace, type Place, placeReason } from './places.ts';

const reason = await placeReason();

describe.skipIf(reason !== null)(`what others have put into a root${reason === null ? '' : `: ${reason}`}`, () => {
  let place: Place;
  let layout: BtrfsLayout;
  let driver: Driver | undefined;
  let count = 0;

  beforeAll(async () => {
    place = await makePlace();
  });

  afterAll(() => place?.[Symbol.asyncDispose]());

  afterEach(async () => {
    await driver?.close();
    driver = undefined;
  });

  function newRoot(): string {
    count += 1;
    layout = new BtrfsLayout(join(place.path, `root-${count}`));
    return layout.root;
  }

  async function open(): Promise<Driver> {
    driver = await btrfs.open({ root: layout.root });
    return driver;
  }

  async function foreignSubvolume(path: string): Promise<void> {
    await createSubvolume(path);
    writeFileSync(join(path, 'precious'), 'theirs');
  }

  test('a directory with the layers of Docker is refused, and stays as it is', async () => {
    mkdirSync(join(newRoot(), 'subvolumes'), { recursive: true });
    await foreignSubvolume(layout.subvolume('f00d'));
    await expect(open()).rejects.toMatchObject({ code: 'CORRUPT_ROOT', hint: expect.any(String) });
    expect(readdirSync(layout.root)).toEqual(['subvolumes']);
    expect(readFileSync(join(layout.subvolume('f00d'), 'precious'), 'utf8')).toBe('theirs');
  });

  test('a root whose books are lost is refused with all its layers in place, and opens when they are back', async () => {
    newRoot();
    await (await open()).create('kept');
    await driver?.close();
    const [books, aside] = [join(layout.root, '.graphdriver'), join(place.path, 'aside')];
    renameSync(books, aside);
    await expect(open()).rejects.toMatchObject({ code: 'CORRUPT_ROOT' });
    expect(isSubvolume(layout.subvolume('kept'))).toBe(true);
    expect(existsSync(books)).toBe(false);
    renameSync(aside, books);
    expect((await (await open()).list()).map(({ id }) => id)).toEqual(['kept']);
  });

  test('another driver’s root is refused, and nothing is made in it', async () => {
    mkdirSync(join(newRoot(), '.graphdriver'), { recursive: true });
    writeFileSync(join(layout.root, '.graphdriver/format.json'), '{"format":1,"driver":"other","settings":{}}\n');
    await expect(open()).rejects.toMatchObject({ code: 'CORRUPT_ROOT' });
    expect(readdirSync(layout.root)).toEqual(['.graphdriver']);
  });

  test.each([
    ['a subvolume', foreignSubvolume],
    [
      'a plain directory',
      (path: string) => {
        mkdirSync(path);
        writeFileSync(join(path, 'precious'), 'theirs');
      },
    ],
  ])('%s with the name of a new layer makes create fail, and stays as it is', async (_what, make) => {
    newRoot();
    await open();
    await driver?.create('base');
    await driver?.commit('base');
    await make(layout.subvolume('taken'));
    for (const options of [{}, { parent: 'base' }]) {
      await expect(driver?.create('taken', options)).rejects.toMatchObject({
        code: 'CORRUPT_ROOT',
        details: { path: layout.subvolume('taken') },
      });
    }
    expect(readFileSync(join(layout.subvolume('taken'), 'precious'), 'utf8')).toBe('theirs');
    expect((await driver?.list())?.map(({ id }) => id)).toEqual(['base']);
    await driver?.close();
    // As after the host was started anew, when everything is looked over.
    rmSync(join(layout.root, '.graphdriver/boot'));
    await open();
    expect(readFileSync(join(layout.subvolume('taken'), 'precious'), 'utf8')).toBe('theirs');
    renameSync(layout.subvolume('taken'), join(place.path, `moved-${count}`));
    await driver?.create('taken', { parent: 'base' });
    await driver?.remove('taken');
    expect(existsSync(layout.subvolume('taken'))).toBe(false);
  });

  test('a layer whose subvolume has become a plain directory takes no children, and can be removed', async () => {
    newRoot();
    await open();
    await driver?.create('base');
    await driver?.commit('base');
    await destroySubvolume(layout.subvolume('base'));
    mkdirSync(layout.subvolume('base'));
    await expect(driver?.create('child', { parent: 'base' })).rejects.toMatchObject({
      code: 'CORRUPT_LAYER',
      details: { id: 'base' },
    });
    expect(readdirSync(layout.room('subvolumes'))).toEqual(['base']);
    await driver?.remove('base');
    expect(readdirSync(layout.room('subvolumes'))).toEqual([]);
  });
});
