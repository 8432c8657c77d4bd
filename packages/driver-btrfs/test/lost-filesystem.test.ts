import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { open as openFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { Driver } from '@graphdriver/core';
import { isMountPoint } from '@graphdriver/host';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { BtrfsLayout, btrfs } from '../src/index.ts';
import { makePlace, type Place, placeReason } from './places.ts';

const reason = await placeReason();

describe.skipIf(reason !== null)(`a file system under a driver${reason === null ? '' : `: ${reason}`}`, () => {
  let place: Place;
  let layout: BtrfsLayout;
  let driver: Driver;
  let archive: Buffer;
  let count = 0;

  beforeAll(async () => {
    place = await makePlace();
  });

  afterAll(() => place?.[Symbol.asyncDispose]());

  beforeEach(async () => {
    count += 1;
    layout = new BtrfsLayout(join(place.path, `root-${count}`));
    driver = await btrfs.open({ root: layout.root });
    await driver.create('base');
    await driver.commit('base');
    await driver.create('layer', { parent: 'base' });
    {
      await using mount = await driver.get('layer');
      writeFileSync(join(mount.path, 'own'), 'own');
    }
    archive = await buffer(driver.diff('layer'));
  });

  afterEach(() => driver?.close());

  function changes(): readonly (() => Promise<unknown>)[] {
    return [
      () => driver.create('new', { parent: 'base' }),
      () => driver.create('alone'),
      () => driver.get('layer'),
      () => driver.applyDiff('layer', Readable.from([archive])),
      () => driver.commit('layer'),
      () => driver.setLabels('layer', { key: 'value' }),
      () => driver.remove('layer'),
    ];
  }

  function questions(): readonly (() => Promise<unknown>)[] {
    return [
      () => driver.list(),
      () => driver.stat('layer'),
      () => driver.exists('layer'),
      () => driver.usage('layer'),
      () => driver.reclaimable('layer'),
      () => driver.metadata('layer'),
      () => driver.status(),
    ];
  }

  async function expectWhole(): Promise<void> {
    expect((await driver.list()).map(({ id, kind, labels }) => [id, kind, labels])).toEqual([
      ['base', 'committed', {}],
      ['layer', 'writable', {}],
    ]);
    expect(readdirSync(layout.room('subvolumes'))).toEqual(['base', 'layer']);
    await using mount = await driver.get('layer');
    expect(readFileSync(join(mount.path, 'own'), 'utf8')).toBe('own');
  }

  test('that has become read-only refuses every change with the remedy, answers questions, and loses nothing', async () => {
    execFileSync('mount', ['--bind', place.path, place.path]);
    try {
      execFileSync('mount', ['-o', 'remount,bind,ro', place.path]);
      for (const act of changes()) {
        await expect(act(), `${act}`).rejects.toMatchObject({
          code: 'UNSUITABLE_FILESYSTEM',
          hint: expect.stringContaining('remount'),
        });
      }
      for (const ask of questions()) await expect(ask(), `${ask}`).resolves.toBeDefined();
      await expect(btrfs.open({ root: layout.root })).rejects.toMatchObject({ code: 'UNSUITABLE_FILESYSTEM' });
      expect((await btrfs.probe({ root: layout.root })).usable).toBe(false);
    } finally {
      execFileSync('umount', [place.path]);
    }
    await expectWhole();
  });

  test('that is not there any more is told from one without layers, nothing is made in its place, and all is there when it is back', async () => {
    execFileSync('umount', ['-l', place.path]);
    try {
      for (const act of [...changes(), ...questions()]) {
        await expect(act(), `${act}`).rejects.toMatchObject({
          code: 'PREREQUISITE_MISSING',
          hint: expect.any(String),
          details: { root: layout.root },
        });
      }
      await expect(btrfs.open({ root: layout.root })).rejects.toMatchObject({ code: 'UNSUITABLE_FILESYSTEM' });
      expect(readdirSync(place.path)).toEqual([]);
    } finally {
      await driver.close();
      execFileSync('mount', ['-o', 'loop', join(dirname(place.path), 'image'), place.path]);
    }
    driver = await btrfs.open({ root: layout.root });
    await expectWhole();
  });

  test('keeps a layer that is busy: its mount stays until nobody has files open there', async () => {
    const mount = await driver.get('layer');
    const file = await openFile(join(mount.path, 'own'));
    await expect(mount.put()).rejects.toMatchObject({ code: 'LAYER_IN_USE', hint: expect.any(String) });
    await expect(driver.remove('layer')).rejects.toMatchObject({ code: 'LAYER_IN_USE' });
    await expect(driver.commit('layer')).rejects.toMatchObject({ code: 'LAYER_IN_USE' });
    await file.close();
    await mount.put();
    await expectWhole();
    await driver.remove('layer');
  });

  test('lets a layer go that somebody else reads or has mounted something in, and both keep what they have', async () => {
    const path = layout.subvolume('layer');
    const elsewhere = join(place.path, `elsewhere-${count}`);
    for (const directory of [join(path, 'mnt'), elsewhere]) mkdirSync(directory);
    execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', join(path, 'mnt')]);
    execFileSync('mount', ['--bind', path, elsewhere]);
    const file = await openFile(join(path, 'own'));
    try {
      await driver.remove('layer');
      expect(readdirSync(layout.room('subvolumes'))).toEqual(['base']);
      expect(isMountPoint(join(path, 'mnt'))).toBe(false);
      expect(await file.readFile('utf8')).toBe('own');
    } finally {
      await file.close();
      if (isMountPoint(elsewhere)) execFileSync('umount', [elsewhere]);
    }
  });
});
