import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { hostRunner, openZfs, type Zfs, ZfsError } from '@graphdriver/zfs-cli-wrapper';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { zfs } from '../src/index.ts';
import { openWith } from '../src/zfs-driver.ts';
import { datasetOf, datasetsOf, edit, newRoot, type Opened, opened, stream } from './opened.ts';
import { IS_GIVEN, makePlace, type Place, placeReason } from './places.ts';

const reason = await placeReason();
const suffix = reason === null ? '' : `: ${reason}`;
const gone = { code: 'PREREQUISITE_MISSING', hint: expect.any(String) };

describe.skipIf(reason !== null)(`what a driver stands on is gone${suffix}`, () => {
  let place: Place;
  let commands: Zfs;

  beforeAll(async () => {
    place = await makePlace();
    commands = await openZfs();
  }, 1_800_000);

  afterAll(() => place?.[Symbol.asyncDispose]());

  async function withBase(subject: Promise<Opened> = opened(place)): Promise<Opened> {
    const { driver, layout } = await subject;
    await driver.create('base');
    await edit(driver, 'base', (root) => writeFileSync(join(root, 'file'), 'base'));
    await driver.commit('base');
    await driver.create('child', { parent: 'base' });
    return { driver, layout };
  }

  describe.skipIf(IS_GIVEN)('on a pool that can be taken away', () => {
    test.each(['SIGTERM', 'SIGKILL'] as const)(
      'layers are mounted again after zfs-fuse was restarted by %s',
      async (signal) => {
        const { driver, layout } = await withBase();
        const lease = await driver.get('child', { holder: 'web' });
        writeFileSync(join(lease.path, 'own'), 'own', { flush: true });
        await place.daemon?.restart(signal);
        await using again = await driver.get('child', { holder: 'web' });
        expect(readdirSync(again.path).sort()).toEqual(['file', 'own']);
        expect((await driver.changes('child')).map(({ path }) => path)).toEqual(['/own']);
        await again.put();
        await driver.put('child', { holder: 'web' });
        await driver.close();
        const later = await opened(place, layout.root);
        for (const id of ['child', 'base']) await later.driver.remove(id);
      },
      300_000,
    );

    test('a driver says so while the pool is gone, loses nothing, and goes on when it is imported anew', async () => {
      const { driver, layout } = await withBase();
      await commands.pools.export(place.pool, { force: true });
      try {
        await expect(driver.get('base')).rejects.toMatchObject(gone);
        await expect(driver.create('other', { parent: 'base' })).rejects.toMatchObject(gone);
        await expect(driver.commit('child')).rejects.toMatchObject(gone);
        await expect(zfs.open({ root: layout.root })).rejects.toMatchObject(gone);
        await driver.remove('child');
      } finally {
        const properties = { cachefile: 'none' };
        await commands.pools.import(place.pool, { directories: [place.directory], properties });
      }
      await edit(driver, 'base', (root) => expect(readFileSync(join(root, 'file'), 'utf8')).toBe('base'));
      await driver.close();
      const later = await opened(place, layout.root);
      expect((await datasetsOf(place, layout)).filter((name) => name.endsWith('.child'))).toEqual([]);
      await later.driver.remove('base');
    }, 300_000);
  });

  test('a driver whose commands were uninstalled says so, loses nothing, and goes on when they are back', async () => {
    let installed = true;
    const host = hostRunner();
    const runner: typeof host = {
      ...host,
      async run(command, args, options) {
        if (installed) return await host.run(command, args, options);
        throw new ZfsError('NOT_INSTALLED', `There is no command ${command}.`, { hint: 'Install ZFS.' });
      },
    };
    const options = { root: newRoot(place), settings: { fsname: place.pool } };
    const driver = await openWith(options, () => openZfs({ runner }));
    onTestFinished(() => driver.close());
    const { layout } = await withBase(opened(place, options.root));
    const archive = await buffer(driver.diff('base'));
    const before = await datasetsOf(place, layout);
    installed = false;
    await expect(driver.create('alone')).rejects.toMatchObject(gone);
    await expect(driver.create('other', { parent: 'base' })).rejects.toMatchObject(gone);
    await expect(driver.applyDiff('child', stream(archive))).rejects.toMatchObject(gone);
    await expect(driver.commit('child')).rejects.toMatchObject(gone);
    expect((await driver.list()).map(({ id, kind }) => [id, kind])).toEqual([
      ['base', 'committed'],
      ['child', 'writable'],
    ]);
    expect(await datasetsOf(place, layout)).toEqual(before);
    installed = true;
    expect(await driver.changes('child')).toEqual([]);
    await driver.commit('child');
    for (const id of ['child', 'base']) await driver.remove(id);
    expect(await datasetsOf(place, layout)).toEqual([]);
  });

  test('a layer whose dataset was destroyed is corrupt, the others are not, and it can be removed', async () => {
    const { driver, layout } = await withBase();
    await commands.datasets.destroy(await datasetOf(driver, 'child'));
    const corrupt = { code: 'CORRUPT_LAYER' };
    await expect(driver.get('child')).rejects.toMatchObject(corrupt);
    await expect(driver.commit('child')).rejects.toMatchObject(corrupt);
    await expect(driver.usage('child')).rejects.toMatchObject(corrupt);
    await edit(driver, 'base', (root) => expect(readFileSync(join(root, 'file'), 'utf8')).toBe('base'));
    for (const id of ['child', 'base']) await driver.remove(id);
    expect(await datasetsOf(place, layout)).toEqual([]);
  });
});
