import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { Driver, MountRoute } from '@graphdriver/core';
import { createSubvolume, hasSubvolumeQuotas, isSubvolume, subvolumeInfo } from '@graphdriver/host';
import { failEachStep, scratchRoot } from '@graphdriver/testkit';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { BtrfsLayout, btrfs } from '../src/index.ts';
import { makePlace, type Place, placeReason } from './places.ts';

const reason = await placeReason();
const routes: readonly MountRoute[] = ['syscall', 'command'];

describe('a root that is not on btrfs', () => {
  test('is refused with the remedy, and nothing is made', async () => {
    await using scratch = await scratchRoot('graphdriver-btrfs-');
    const root = join(scratch.path, 'root');
    const report = await btrfs.probe({ root });
    expect(report.usable).toBe(false);
    expect(report.checks.find(({ passed }) => !passed)?.remedy).toContain('mkfs.btrfs');
    const code = process.getuid?.() === 0 ? 'UNSUITABLE_FILESYSTEM' : 'PERMISSION_DENIED';
    await expect(btrfs.open({ root })).rejects.toMatchObject({ code });
    expect(existsSync(root)).toBe(false);
  });
});

describe.skipIf(reason !== null)(`the btrfs driver${reason === null ? '' : `: ${reason}`}`, () => {
  let place: Place;
  let layout: BtrfsLayout;
  let driver: Driver;
  let count = 0;

  beforeAll(async () => {
    place = await makePlace();
  });

  afterAll(() => place?.[Symbol.asyncDispose]());

  afterEach(() => driver?.close());

  async function open(mountWith: MountRoute = 'auto'): Promise<void> {
    count += 1;
    layout = new BtrfsLayout(join(place.path, `wurzel-ä-${count}`));
    driver = await btrfs.open({ root: layout.root, mountWith });
  }

  async function edit(id: string, by: (root: string) => void | Promise<void>): Promise<void> {
    await using mount = await driver.get(id);
    await by(mount.path);
  }

  test.each(routes)('keeps layers as subvolumes, and committed ones read-only, by %s', async (route) => {
    await open(route);
    await driver.create('base');
    await edit('base', (root) => writeFileSync(join(root, 'file'), 'base'));
    expect(subvolumeInfo(layout.subvolume('base')).readOnly).toBe(false);
    await driver.commit('base');
    expect(subvolumeInfo(layout.subvolume('base')).readOnly).toBe(true);
    expect(() => writeFileSync(join(layout.subvolume('base'), 'file'), '')).toThrow(
      expect.objectContaining({ code: 'EROFS' }),
    );
    await driver.create('child', { parent: 'base' });
    await edit('child', (root) => writeFileSync(join(root, 'file'), 'child'));
    expect(readFileSync(join(layout.subvolume('base'), 'file'), 'utf8')).toBe('base');
    await driver.remove('child');
    await driver.remove('base');
    expect(existsSync(layout.subvolume('base'))).toBe(false);
  });

  test.each(routes)(
    'removes a layer with subvolumes in subvolumes inside it, writable or committed, by %s',
    async (route) => {
      await open(route);
      for (const id of ['writable', 'committed']) {
        await driver.create(id);
        await edit(id, async (root) => {
          mkdirSync(join(root, 'a/b'), { recursive: true });
          await createSubvolume(join(root, 'a/b/outer'));
          await createSubvolume(join(root, 'a/b/outer/inner'));
          writeFileSync(join(root, 'a/b/outer/inner/file'), id);
        });
      }
      await driver.commit('committed');
      await driver.remove('writable');
      await driver.remove('committed');
      expect(await driver.list()).toEqual([]);
      expect(existsSync(layout.subvolume('writable'))).toBe(false);
      expect(existsSync(layout.subvolume('committed'))).toBe(false);
    },
  );

  test('shows in children what a layer has in subvolumes of its own', async () => {
    await open();
    await driver.create('base');
    await edit('base', async (root) => {
      mkdirSync(join(root, 'a'));
      await createSubvolume(join(root, 'a/nested'));
      writeFileSync(join(root, 'a/nested/file'), 'kept');
    });
    const before = await driver.changes('base');
    await driver.commit('base');
    expect(await driver.changes('base')).toEqual(before);
    expect(isSubvolume(join(layout.subvolume('base'), 'a/nested'))).toBe(false);
    await driver.create('child', { parent: 'base' });
    await edit('child', (root) => expect(readFileSync(join(root, 'a/nested/file'), 'utf8')).toBe('kept'));
    expect(await driver.changes('child')).toEqual([]);
  });

  test('leaves a layer as it was, and writable, when a commit or an archive fails at any step', async () => {
    await open();
    await driver.create('base');
    await edit('base', (root) => writeFileSync(join(root, 'file'), 'base'));
    await driver.commit('base');
    await driver.create('layer', { parent: 'base' });
    await edit('layer', async (root) => {
      writeFileSync(join(root, 'own'), 'own');
      await createSubvolume(join(root, 'nested'));
    });
    const archive = await buffer(driver.diff('base'));
    for (const act of [() => driver.applyDiff('layer', stream(archive)), () => driver.commit('layer')]) {
      const failures = await failEachStep(act, async () => {
        expect((await driver.stat('layer')).kind).toBe('writable');
        expect((await driver.changes('layer')).map(({ path }) => path)).toEqual(['/nested', '/own']);
        await edit('layer', (root) => writeFileSync(join(root, 'own'), 'own'));
      });
      expect(failures).toBeGreaterThan(3);
    }
    expect((await driver.stat('layer')).kind).toBe('committed');
    expect(readdirSync(layout.room('incoming'))).toEqual([]);
  });

  test('switches no quotas on unless it is asked to, and keeps a quota when an archive is applied', async () => {
    await open();
    expect(hasSubvolumeQuotas(layout.root)).toBe(false);
    await expect(driver.create('limited', { quota: { bytes: 1 << 20 } })).rejects.toMatchObject({
      code: 'UNSUPPORTED',
    });
    await driver.create('source');
    await edit('source', (root) => writeFileSync(join(root, 'large'), Buffer.alloc(24 << 20, 7)));
    const archive = await buffer(driver.diff('source'));
    await driver.close();
    driver = await btrfs.open({ root: join(place.path, 'with-quotas'), settings: { quota: 'on' } });
    expect(hasSubvolumeQuotas(layout.root)).toBe(true);
    await driver.create('limited', { quota: { bytes: 8 << 20 } });
    const apply = driver.applyDiff('limited', stream(archive));
    await expect(apply).rejects.toMatchObject({ code: 'QUOTA_EXCEEDED' });
    expect(await driver.changes('limited')).toEqual([]);
    await edit('limited', (root) => writeFileSync(join(root, 'small'), 'x'));
    await driver.remove('limited');
  });

  test('without btrfs-progs works by system calls, and by commands says what is missing and leaves nothing', async () => {
    const path = process.env['PATH'];
    process.env['PATH'] = place.path;
    try {
      await open('command');
      const missing = { code: 'PREREQUISITE_MISSING', hint: expect.any(String) };
      await expect(driver.create('layer')).rejects.toMatchObject(missing);
      expect(await driver.list()).toEqual([]);
      expect(readdirSync(layout.room('subvolumes'))).toEqual([]);
      const { usable, checks } = await btrfs.probe({ root: layout.root, mountWith: 'command' });
      expect(usable).toBe(false);
      expect(checks.find(({ passed }) => !passed)).toMatchObject({ required: true, remedy: expect.any(String) });
      await driver.close();
      driver = await btrfs.open({ root: layout.root, mountWith: 'syscall' });
      await driver.create('layer');
      await driver.commit('layer');
      await driver.remove('layer');
    } finally {
      process.env['PATH'] = path;
    }
  });

  test('takes the same time and space for a layer of many megabytes as for an empty one', async () => {
    await open();
    await driver.create('base');
    await edit('base', (root) => writeFileSync(join(root, 'large'), Buffer.alloc(64 << 20, 7)));
    await driver.commit('base');
    for (let number = 0; number < 20; number += 1) await driver.create(`child-${number}`, { parent: 'base' });
    expect((await driver.usage('child-7')).allocated).toBe(0);
    expect(await driver.reclaimable('base')).toBe(0);
    expect(statSync(join(layout.subvolume('child-7'), 'large')).size).toBe(64 << 20);
  });
});

function stream(archive: Buffer): AsyncIterable<Uint8Array> {
  return Readable.from([archive]);
}
