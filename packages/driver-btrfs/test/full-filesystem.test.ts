import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { Driver } from '@graphdriver/core';
import { syncSubvolumes } from '@graphdriver/host';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BtrfsLayout, btrfs } from '../src/index.ts';
import { makePlace, type Place, placeReason } from './places.ts';

const reason = await placeReason();
const suffix = reason === null ? '' : `: ${reason}`;
const SIZE = 128 << 20;

/** Where data and metadata share their room, nothing at all can be written any more; elsewhere what is small still can. */
describe.skipIf(reason !== null).each([
  ['whose last block is taken', ['--mixed']],
  ['with room for metadata alone', []],
])(`a file system %s${suffix}`, (_how, mkfsArgs) => {
  let place: Place;
  let layout: BtrfsLayout;
  let driver: Driver;
  let archive: Buffer;
  const isFull = mkfsArgs.length > 0;

  beforeAll(async () => {
    place = await makePlace({ size: SIZE, mkfsArgs });
    layout = new BtrfsLayout(join(place.path, 'root'));
    driver = await btrfs.open({ root: layout.root });
    await driver.create('base');
    await write('base', 'file', 'base');
    await driver.commit('base');
    for (const id of ['one', 'other', 'source']) {
      await driver.create(id, { parent: 'base' });
      await write(id, 'own', id);
    }
    await write('source', 'large', 'x'.repeat(1 << 20));
    archive = await buffer(driver.diff('source'));
    fill(join(place.path, 'filler'));
  });

  afterAll(async () => {
    await driver?.close();
    await place?.[Symbol.asyncDispose]();
  });

  async function write(id: string, name: string, content: string): Promise<void> {
    await using mount = await driver.get(id);
    writeFileSync(join(mount.path, name), content);
  }

  /** What there is, in the books and on disk. */
  async function inventory(): Promise<unknown> {
    const leftovers = ['pending', 'removing', 'changing'].map((book) => join(layout.root, '.graphdriver', book));
    return {
      layers: (await driver.list()).map(({ id, kind, labels }) => [id, kind, labels]),
      subvolumes: readdirSync(layout.room('subvolumes')),
      leftovers: [...leftovers, layout.room('incoming'), layout.room('quotas')].flatMap((room) => readdirSync(room)),
    };
  }

  test('takes no layer, archive, commit or label, says so with a remedy, and keeps all that there was', async () => {
    const before = await inventory();
    const refused: readonly (() => Promise<unknown>)[] = [
      () => driver.applyDiff('one', Readable.from([archive])),
      () => driver.commit('one'),
      () => driver.setLabels('one', { key: 'value' }),
      ...(isFull ? [() => driver.create('new', { parent: 'base' }), () => driver.create('alone')] : []),
    ];
    for (const act of refused) {
      await expect(act(), `${act}`).rejects.toMatchObject({ code: 'OUT_OF_SPACE', hint: expect.any(String) });
      expect(await inventory()).toEqual(before);
    }
    expect(readFileSync(join(layout.subvolume('one'), 'own'), 'utf8')).toBe('one');
    expect(existsSync(join(layout.subvolume('one'), 'large'))).toBe(false);
  });

  test('tells who writes into a mount, or wants one and there is no room for the hold', async () => {
    const code = isFull ? 'OUT_OF_SPACE' : 'ENOSPC';
    await expect(write('other', 'more', 'x'.repeat(1 << 20))).rejects.toMatchObject({ code });
    expect(readFileSync(join(layout.subvolume('other'), 'own'), 'utf8')).toBe('other');
    expect(await driver.holders('other')).toEqual([]);
  });

  test('opens, and says in a probe what is wrong where nothing can be tried', async () => {
    const again = await btrfs.open({ root: layout.root });
    expect((await again.list()).map(({ id }) => id).sort()).toEqual(['base', 'one', 'other', 'source']);
    await again.close();
    const report = await btrfs.probe({ root: join(place.path, 'new-root') });
    expect(report.usable).toBe(!isFull);
    if (isFull) expect(report.checks.find(({ passed, required }) => required && !passed)?.why).toContain('ENOSPC');
  });

  test('removes layers, and is of use again when there is room', async () => {
    await driver.remove('source');
    await driver.remove('one');
    expect(await inventory()).toMatchObject({ subvolumes: ['base', 'other'], leftovers: [] });
    await expect(driver.remove('base')).rejects.toMatchObject({ code: 'LAYER_IN_USE' });
    rmSync(join(place.path, 'filler'), { recursive: true });
    await syncSubvolumes(layout.root);
    await driver.create('one', { parent: 'base' });
    await driver.applyDiff('one', Readable.from([archive]));
    await driver.commit('one');
    expect(readFileSync(join(layout.subvolume('one'), 'own'), 'utf8')).toBe('source');
  });
});

describe.skipIf(reason !== null)(`a layer with a quota${suffix}`, () => {
  test('takes no more than that by its mount, and can then be emptied, committed and removed', async () => {
    await using place = await makePlace();
    await using driver = await btrfs.open({ root: join(place.path, 'root'), settings: { quota: 'on' } });
    await driver.create('limited', { quota: { bytes: 8 << 20 } });
    {
      await using mount = await driver.get('limited');
      const path = join(mount.path, 'file');
      expect(() => writeSynced(path, 24 << 20)).toThrow(expect.objectContaining({ errno: -EDQUOT }));
      rmSync(path);
      await syncSubvolumes(place.path);
      writeFileSync(path, 'small');
    }
    await driver.commit('limited');
    await driver.create('child', { parent: 'limited', quota: { bytes: 8 << 20 } });
    await driver.remove('child');
    await driver.remove('limited');
    expect(await driver.list()).toEqual([]);
  });
});

const EDQUOT = 122;

function writeSynced(path: string, size: number): void {
  const fd = openSync(path, 'w');
  try {
    for (let written = 0; written < size; written += 1 << 20) writeSync(fd, Buffer.alloc(1 << 20, 7));
  } finally {
    closeSync(fd);
  }
}

/** Writes until not even a small file can be written. */
function fill(directory: string): void {
  mkdirSync(directory);
  for (const size of [1 << 20, 64 << 10, 4096, 1024]) {
    for (let number = 0; ; number += 1) {
      try {
        writeFileSync(join(directory, `${size}-${number}`), Buffer.alloc(size, 7), { flush: number % 32 === 0 });
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error;
        break;
      }
    }
  }
}
