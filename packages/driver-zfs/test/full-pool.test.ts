import { closeSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { datasetsOf, edit, opened, stream } from './opened.ts';
import { makePlace, type Place, placeReason } from './places.ts';

const reason = await placeReason();
const suffix = reason === null ? '' : `: ${reason}`;
const MIB = 1 << 20;
const EDQUOT = 122;

describe.skipIf(reason !== null)(`want of room in a pool${suffix}`, () => {
  let place: Place;

  beforeAll(async () => {
    place = await makePlace(128 * MIB);
  }, 1_800_000);

  afterAll(() => place?.[Symbol.asyncDispose]());

  test('fails every step with OUT_OF_SPACE, loses nothing, and can be ended by removing layers', async () => {
    const { driver, layout } = await opened(place);
    await driver.create('base');
    await edit(driver, 'base', (root) => writeFileSync(join(root, 'file'), 'base'));
    await driver.commit('base');
    const archive = await buffer(driver.diff('base'));
    await driver.create('layer', { parent: 'base' });
    await driver.create('filler');
    const before = await datasetsOf(place, layout);
    await edit(driver, 'filler', (root) => fillUp(join(root, 'filling')));
    const full = { code: 'OUT_OF_SPACE', hint: expect.any(String) };
    await expect(driver.create('another', { parent: 'base' })).rejects.toMatchObject(full);
    await expect(driver.create('alone')).rejects.toMatchObject(full);
    await expect(driver.applyDiff('layer', stream(archive))).rejects.toMatchObject(full);
    await expect(driver.commit('layer')).rejects.toMatchObject(full);
    expect(await driver.changes('layer')).toEqual([]);
    expect(await datasetsOf(place, layout)).toEqual(before);
    await driver.remove('filler');
    await driver.commit('layer');
    for (const id of ['layer', 'base']) await driver.remove(id);
    expect(await datasetsOf(place, layout)).toEqual([]);
  }, 300_000);

  test('a layer takes no more than its quota by its mount, and can then be emptied, committed and removed', async () => {
    const { driver, layout } = await opened(place);
    await driver.create('limited', { quota: { bytes: 8 * MIB } });
    await edit(driver, 'limited', async (root) => {
      const path = join(root, 'file');
      expect(() => writeSynced(path, 32 * MIB)).toThrow(expect.objectContaining({ errno: -EDQUOT }));
      rmSync(path);
      writeFileSync(path, 'small');
    });
    await driver.commit('limited');
    expect((await driver.usage('limited')).allocated).toBeLessThan(MIB);
    await driver.create('child', { parent: 'limited', quota: { bytes: 8 * MIB } });
    for (const id of ['child', 'limited']) await driver.remove(id);
    expect(await datasetsOf(place, layout)).toEqual([]);
  }, 300_000);

  test('a quota counts what the layer alone takes, and an archive beyond it leaves the layer as it was', async () => {
    const { driver } = await opened(place);
    await driver.create('base');
    await edit(driver, 'base', (root) => writeFileSync(join(root, 'large'), Buffer.alloc(24 * MIB, 7)));
    await driver.commit('base');
    const archive = await buffer(driver.diff('base'));
    await driver.create('limited', { parent: 'base', quota: { bytes: 8 * MIB } });
    await edit(driver, 'limited', (root) => writeFileSync(join(root, 'small'), Buffer.alloc(MIB, 7)));
    await driver.create('alone', { quota: { bytes: 8 * MIB } });
    await expect(driver.applyDiff('alone', stream(archive))).rejects.toMatchObject({ code: 'QUOTA_EXCEEDED' });
    expect(await driver.changes('alone')).toEqual([]);
    await edit(driver, 'alone', (root) => writeFileSync(join(root, 'small'), 'x'));
    for (const id of ['alone', 'limited', 'base']) await driver.remove(id);
  });
});

/** Each piece is on the disk, and so counted, before the next is written. */
function writeSynced(path: string, size: number): void {
  const fd = openSync(path, 'as');
  try {
    for (let written = 0; written < size; written += MIB) writeSync(fd, Buffer.alloc(MIB, 7));
  } finally {
    closeSync(fd);
  }
}

/** Writes until not even a small piece can be written. */
function fillUp(path: string): void {
  for (const size of [MIB, 4096]) {
    try {
      for (;;) writeFileSync(path, Buffer.alloc(size, 7), { flag: 'as' });
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error;
    }
  }
}
