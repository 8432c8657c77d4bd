import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Driver, MountRoute } from '@graphdriver/core';
import { createSubvolume, errnoCode, isSubvolume, syncFile } from '@graphdriver/host';
import { failEachStep } from '@graphdriver/testkit';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { BtrfsLayout, btrfs } from '../src/index.ts';
import { makePlace, type Place, placeReason } from './places.ts';

const reason = await placeReason();
const MEBIBYTE = 1 << 20;
const SLACK = MEBIBYTE / 8;

describe.skipIf(reason !== null)(`forks on btrfs${reason === null ? '' : `: ${reason}`}`, () => {
  let place: Place;
  let layout: BtrfsLayout;
  let driver: Driver;
  let count = 0;

  beforeAll(async () => {
    place = await makePlace();
  });

  afterAll(() => place?.[Symbol.asyncDispose]());

  afterEach(() => driver?.close());

  /** Opens a new root with the committed layer `base` and the writable layer `source` on it. */
  async function withSource(edit: (root: string) => void | Promise<void>, options: object = {}): Promise<void> {
    count += 1;
    layout = new BtrfsLayout(join(place.path, `root-${count}`));
    driver = await btrfs.open({ root: layout.root, ...options });
    await driver.create('base');
    await within('base', (root) => writeFileSync(join(root, 'below'), Buffer.alloc(MEBIBYTE, 1)));
    await driver.commit('base');
    await driver.create('source', { parent: 'base' });
    await within('source', edit);
  }

  async function within(id: string, edit: (root: string) => void | Promise<void>): Promise<void> {
    await using mount = await driver.get(id);
    await edit(mount.path);
  }

  test.each(['syscall', 'command'] as const)(
    'share all blocks with their source, and count them in each, by %s',
    async (mountWith: MountRoute) => {
      await withSource((root) => writeFileSync(join(root, 'own'), Buffer.alloc(16 * MEBIBYTE, 7)), { mountWith });
      expect(Math.abs((await driver.reclaimable('source')) - 16 * MEBIBYTE)).toBeLessThan(SLACK);
      await driver.create('fork', { forkOf: 'source' });
      for (const id of ['source', 'fork']) {
        expect(await driver.reclaimable(id)).toBeLessThan(SLACK);
        expect(Math.abs((await driver.usage(id)).allocated - 16 * MEBIBYTE)).toBeLessThan(SLACK);
      }
      // A file of the parent of which a block was changed, under another name: the rest is still the parent's.
      await within('fork', (root) => {
        renameSync(join(root, 'below'), join(root, 'renamed'));
        writeFileSync(join(root, 'renamed'), Buffer.alloc(4096, 2), { flag: 'r+' });
      });
      expect(Math.abs((await driver.usage('fork')).allocated - 16 * MEBIBYTE)).toBeLessThan(SLACK);
      expect(await driver.reclaimable('fork')).toBeLessThan(SLACK);
    },
  );

  test('have what their source has in subvolumes of its own, which stay its own', async () => {
    await withSource(async (root) => {
      mkdirSync(join(root, 'a'));
      await createSubvolume(join(root, 'a/nested'));
      await createSubvolume(join(root, 'a/nested/inner'));
      writeFileSync(join(root, 'a/nested/inner/file'), 'kept');
    });
    await driver.create('fork', { forkOf: 'source' });
    expect(isSubvolume(join(layout.subvolume('source'), 'a/nested/inner'))).toBe(true);
    expect(isSubvolume(join(layout.subvolume('fork'), 'a/nested'))).toBe(false);
    await within('fork', (root) => appendFileSync(join(root, 'a/nested/inner/file'), ' and changed'));
    await within('source', (root) => expect(readFileSync(join(root, 'a/nested/inner/file'), 'utf8')).toBe('kept'));
    expect(await driver.changes('fork')).toEqual(await driver.changes('source'));
    await driver.remove('source');
    await driver.commit('fork');
  });

  test('that fail at any step leave nothing, and their source as it was', async () => {
    await withSource(async (root) => {
      writeFileSync(join(root, 'own'), 'own');
      await createSubvolume(join(root, 'nested'));
      writeFileSync(join(root, 'nested/file'), 'kept');
    });
    const before = await driver.changes('source');
    const failures = await failEachStep(
      () => driver.create('fork', { forkOf: 'source' }),
      async () => {
        expect(await driver.exists('fork')).toBe(false);
        expect(existsSync(layout.subvolume('fork'))).toBe(false);
        expect(await driver.changes('source')).toEqual(before);
      },
    );
    expect(failures).toBeGreaterThan(5);
    expect(await driver.changes('fork')).toEqual(before);
    expect(readdirSync(layout.room('incoming'))).toEqual([]);
  });

  test('have a quota of their own, which counts what they write', async () => {
    await withSource((root) => writeFileSync(join(root, 'own'), Buffer.alloc(16 * MEBIBYTE, 7)), {
      settings: { quota: 'on' },
    });
    await driver.create('fork', { forkOf: 'source', quota: { bytes: 8 * MEBIBYTE } });
    const fill = async (bytes: number): Promise<string | undefined> => {
      let code: string | undefined;
      await within('fork', async (root) => {
        try {
          writeFileSync(join(root, 'filling'), Buffer.alloc(bytes, 9));
          await syncFile(join(root, 'filling'));
        } catch (error) {
          code = errnoCode(error) ?? String(error);
        }
      });
      return code;
    };
    expect(await fill(2 * MEBIBYTE)).toBe(undefined);
    expect(await fill(24 * MEBIBYTE)).toMatch(/EDQUOT|ENOSPC|122/);
    await within('source', (root) => writeFileSync(join(root, 'more'), Buffer.alloc(24 * MEBIBYTE, 9)));
  });
});
