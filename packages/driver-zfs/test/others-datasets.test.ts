import { readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { open as openFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startProcess } from '@graphdriver/host';
import { openZfs, type Zfs } from '@graphdriver/zfs-cli-wrapper';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { ZfsLayout } from '../src/index.ts';
import { datasetOf, datasetsOf, edit, newRoot, type Opened, opened } from './opened.ts';
import { makePlace, type Place, placeReason } from './places.ts';

const reason = await placeReason();
const WORKER = join(import.meta.dirname, 'make-layers.mjs');

describe.skipIf(reason !== null)(`what others do in a pool${reason === null ? '' : `: ${reason}`}`, () => {
  let place: Place;
  let commands: Zfs;

  beforeAll(async () => {
    place = await makePlace();
    commands = await openZfs();
  }, 1_800_000);

  afterAll(() => place?.[Symbol.asyncDispose]());

  async function withBase(): Promise<Opened> {
    const { driver, layout } = await opened(place);
    await driver.create('base');
    await edit(driver, 'base', (root) => writeFileSync(join(root, 'file'), 'base'));
    await driver.commit('base');
    return { driver, layout };
  }

  test('a dataset that is not its own a driver leaves alone, and tells of it', async () => {
    const { driver } = await withBase();
    const foreign = (await datasetOf(driver, 'base')).replace(/base$/, 'other');
    await commands.datasets.create(foreign, { properties: { canmount: 'off' } });
    await expect(driver.create('other')).rejects.toMatchObject({ code: 'CORRUPT_ROOT', details: { dataset: foreign } });
    expect(await commands.datasets.exists(foreign)).toBe(true);
    expect((await driver.list()).map(({ id }) => id)).toEqual(['base']);
    await commands.datasets.destroy(foreign);
    await driver.create('other');
    for (const id of ['other', 'base']) await driver.remove(id);
  });

  test('two roots under one parent dataset do not meet', async () => {
    const [one, other] = [await withBase(), await withBase()];
    await other.driver.remove('base');
    expect(await datasetsOf(place, other.layout)).toEqual([]);
    await edit(one.driver, 'base', (root) => expect(readdirSync(root)).toEqual(['file']));
    await one.driver.remove('base');
  });

  test('a clone that somebody has made of a layer survives its removal, which is finished when it is gone', async () => {
    const { driver, layout } = await withBase();
    const theirs = `${place.pool}/theirs`;
    const base = await datasetOf(driver, 'base');
    await commands.snapshots.clone(`${base}@committed`, theirs, { properties: { canmount: 'noauto' } });
    await driver.remove('base');
    expect(await driver.list()).toEqual([]);
    // Its name is taken as long as there is something of it.
    await expect(driver.create('base')).rejects.toMatchObject({ code: 'LAYER_IN_USE' });
    expect((await commands.datasets.get(theirs)).origin).toBe(`${base}@committed`);
    await commands.datasets.destroy(theirs);
    await driver.close();
    await opened(place, layout.root);
    expect(await datasetsOf(place, layout)).toEqual([]);
  }, 60_000);

  test('a snapshot that somebody holds keeps the layer’s dataset until it is let go', async () => {
    const { driver, layout } = await withBase();
    const snapshot = `${await datasetOf(driver, 'base')}@committed`;
    await commands.snapshots.holds.add(snapshot, 'backup');
    await driver.remove('base');
    expect(await datasetsOf(place, layout)).toContain(snapshot);
    await commands.snapshots.holds.release(snapshot, 'backup');
    // The next layer of that name takes its place.
    await driver.create('base');
    expect(await datasetsOf(place, layout)).not.toContain(snapshot);
    await edit(driver, 'base', (root) => expect(readdirSync(root)).toEqual([]));
    await driver.remove('base');
  }, 60_000);

  test('a dataset that is busy refuses put, commit and remove, and is as it was when it is so no more', async () => {
    const { driver, layout } = await withBase();
    await driver.create('layer', { parent: 'base' });
    const mount = await driver.get('layer');
    writeFileSync(join(mount.path, 'own'), 'own');
    const file = await openFile(join(mount.path, 'own'));
    const busy = { code: 'LAYER_IN_USE', hint: expect.any(String) };
    try {
      await expect(mount.put()).rejects.toMatchObject(busy);
      await expect(driver.commit('layer')).rejects.toMatchObject(busy);
      await expect(driver.remove('layer')).rejects.toMatchObject(busy);
    } finally {
      await file.close();
    }
    await mount.put();
    await edit(driver, 'layer', (root) => expect(readFileSync(join(root, 'own'), 'utf8')).toBe('own'));
    await driver.commit('layer');
    for (const id of ['layer', 'base']) await driver.remove(id);
    expect(await datasetsOf(place, layout)).toEqual([]);
  });

  test('several processes that open one new root at once know each other’s layers by one key', async () => {
    const layout = new ZfsLayout(newRoot(place));
    const ids = ['one', 'two', 'three'];
    const workers = ids.map((id) =>
      startProcess(process.execPath, [WORKER, layout.root, place.pool, id], { stdin: 'ignore', stderr: 'inherit' }),
    );
    const ended = await Promise.all(workers.map((worker) => worker.ended));
    expect(ended.map(({ exitCode }) => exitCode)).toEqual([0, 0, 0]);
    const { driver } = await opened(place, layout.root);
    const made = ids.flatMap((id) => [`${id}-base`, `${id}-child`]);
    onTestFinished(async () => {
      for (const { id } of [...(await driver.list())].reverse()) await driver.remove(id);
      await driver.close();
    });
    expect((await driver.list()).map(({ id }) => id).sort()).toEqual([...made].sort());
    const key = readlinkSync(layout.key);
    const expected = made.map((id) => `${place.pool}/${key}.${id}`);
    const found = (await datasetsOf(place, layout)).filter((name) => !name.includes('@'));
    expect([...found].sort()).toEqual([...expected].sort());
    for (const id of made) await edit(driver, id, (root) => expect(readdirSync(root)).toEqual(['file']));
  }, 60_000);
});
