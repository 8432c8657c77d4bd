import { existsSync, readdirSync, readFileSync, readlinkSync, renameSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { mountsUnder, setFaultHandler } from '@graphdriver/host';
import { failEachStep, scratchRoot } from '@graphdriver/testkit';
import { openZfs, type Zfs } from '@graphdriver/zfs-cli-wrapper';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { zfs } from '../src/index.ts';
import { datasetOf, datasetsOf, edit, opened, stream } from './opened.ts';
import { makePlace, type Place, placeReason } from './places.ts';

const reason = await placeReason();

describe('a root that is not on zfs', () => {
  test('is refused with the remedy unless a dataset is named, and nothing is made', async () => {
    await using scratch = await scratchRoot('graphdriver-zfs-');
    const root = join(scratch.path, 'root');
    const report = await zfs.probe({ root });
    expect(report.usable).toBe(false);
    expect(report.checks.find(({ passed }) => !passed)?.remedy).toContain('fsname');
    const code = process.getuid?.() === 0 ? 'UNSUITABLE_FILESYSTEM' : 'PERMISSION_DENIED';
    await expect(zfs.open({ root })).rejects.toMatchObject({ code });
    expect(existsSync(root)).toBe(false);
  });

  test('takes no name of a dataset that is none, or that leaves no room for layers', async () => {
    const root = join(tmpdir(), 'never-made');
    for (const fsname of ['', 'tank/', 'tank@snapshot', '-o', '1tank', 'tank/a,b'])
      await expect(zfs.open({ root, settings: { fsname } })).rejects.toBeInstanceOf(TypeError);
    if (process.getuid?.() !== 0) return;
    const long = `tank/${'x'.repeat(200)}`;
    await expect(zfs.open({ root, settings: { fsname: long } })).rejects.toMatchObject({
      code: 'UNSUITABLE_FILESYSTEM',
    });
    expect(existsSync(root)).toBe(false);
  });
});

describe.skipIf(reason !== null)(`the zfs driver${reason === null ? '' : `: ${reason}`}`, () => {
  let place: Place;
  let commands: Zfs;

  beforeAll(async () => {
    place = await makePlace();
    commands = await openZfs();
  }, 1_800_000);

  afterAll(() => place?.[Symbol.asyncDispose]());

  afterEach(() => setFaultHandler(undefined));

  test('keeps layers as datasets, committed ones read-only with a snapshot, and children as clones of that', async () => {
    const { driver, layout } = await opened(place);
    await driver.create('base');
    await edit(driver, 'base', (root) => writeFileSync(join(root, 'file'), 'base'));
    const base = await datasetOf(driver, 'base');
    expect((await commands.properties.get(base, ['readonly'])).readonly?.value).toBe(false);
    await driver.commit('base');
    expect((await commands.properties.get(base, ['readonly'])).readonly?.value).toBe(place.flavour === 'openzfs');
    await driver.create('child', { parent: 'base' });
    const child = await commands.datasets.get(await datasetOf(driver, 'child'), {
      properties: ['org.graphdriver:layer'],
    });
    expect(child.origin).toBe(`${base}@committed`);
    expect(child.properties['org.graphdriver:layer']?.value).toBe('child');
    await edit(driver, 'child', (root) => writeFileSync(join(root, 'file'), 'child'));
    await using mount = await driver.get('base');
    expect(readFileSync(join(mount.path, 'file'), 'utf8')).toBe('base');
    await mount.put();
    await driver.remove('child');
    await driver.remove('base');
    expect(await datasetsOf(place, layout)).toEqual([]);
    expect(readdirSync(layout.room('datasets'))).toEqual([]);
  });

  test('mounts a layer only while it is held, and runs no command for a second holder', async () => {
    const { driver, layout } = await opened(place);
    await driver.create('layer');
    expect(mountsUnder(layout.root)).toEqual([]);
    const first = await driver.get('layer');
    const calls: string[] = [];
    setFaultHandler((call) => calls.push(call));
    const second = await driver.get('layer', { nosuid: true });
    setFaultHandler(undefined);
    expect(calls).not.toContain('zfs');
    const paths = mountsUnder(layout.root).map(({ mountPoint }) => Buffer.from(mountPoint, 'latin1').toString());
    expect(paths).toEqual([first.path, second.path]);
    await second.put();
    await first.put();
    expect(mountsUnder(layout.root)).toEqual([]);
  });

  test('remembers the parent dataset, and takes the one that the root lies on where none is named', async () => {
    const { driver, layout } = await opened(place);
    await driver.close();
    const other = { root: layout.root, settings: { fsname: `${place.pool}/other` } };
    await expect(zfs.open(other)).rejects.toMatchObject({ code: 'UNSUPPORTED' });
    for (const root of [layout.root, join(place.path, 'root')]) {
      await using unnamed = await zfs.open({ root });
      await unnamed.create('layer');
      expect((await datasetOf(unnamed, 'layer')).replace(/[0-9a-f]{8}/, 'key')).toBe(`${place.pool}/key.layer`);
      await unnamed.remove('layer');
    }
  });

  test('refuses a parent dataset that is not there, and says how to make it', async () => {
    const root = join(place.directory, 'never');
    const settings = { fsname: `${place.pool}/missing` };
    await expect(zfs.open({ root, settings })).rejects.toMatchObject({ code: 'PREREQUISITE_MISSING' });
    const report = await zfs.probe({ root, settings });
    expect(report.checks.find(({ check }) => check === 'zfs')).toMatchObject({ passed: false });
    expect(existsSync(root)).toBe(false);
  });

  test('the probe leaves nothing in the pool, and measures that zfs-fuse cuts times to seconds', async () => {
    const before = await commands.datasets.list({ root: place.pool, types: ['filesystem', 'snapshot'] });
    const report = await zfs.probe({ root: join(place.path, 'probed') });
    expect(report.checks.filter(({ passed }) => !passed)).toEqual([]);
    expect(report.capabilities?.timestampGranularity).toBe(place.flavour === 'zfs-fuse' ? 1_000_000_000 : 1);
    const after = await commands.datasets.list({ root: place.pool, types: ['filesystem', 'snapshot'] });
    expect(after.map(({ name }) => name)).toEqual(before.map(({ name }) => name));
  });

  test('works on when its root was moved', async () => {
    const { driver, layout } = await opened(place);
    await driver.create('base');
    await edit(driver, 'base', (root) => writeFileSync(join(root, 'file'), 'kept'));
    await driver.close();
    const moved = join(place.directory, 'moved');
    renameSync(layout.root, moved);
    const later = await opened(place, moved);
    await edit(later.driver, 'base', (root) => expect(readFileSync(join(root, 'file'), 'utf8')).toBe('kept'));
    await later.driver.remove('base');
    expect(await datasetsOf(place, later.layout)).toEqual([]);
  });

  test('leaves nothing of a layer whose making fails at any step', async () => {
    const { driver, layout } = await opened(place);
    await driver.create('base');
    await driver.commit('base');
    const before = await datasetsOf(place, layout);
    for (const parent of [{}, { parent: 'base' }]) {
      const failures = await failEachStep(
        () => driver.create('layer', parent),
        async () => {
          expect(await datasetsOf(place, layout)).toEqual(before);
          expect(mountsUnder(layout.root)).toEqual([]);
          expect(await driver.exists('layer')).toBe(false);
        },
      );
      expect(failures).toBeGreaterThan(3);
      await driver.remove('layer');
    }
    await driver.remove('base');
  });

  test('leaves a layer as it was, and writable, when a commit or an archive fails at any step', async () => {
    const { driver, layout } = await opened(place);
    await driver.create('base');
    await edit(driver, 'base', (root) => writeFileSync(join(root, 'file'), 'base'));
    await driver.commit('base');
    await driver.create('layer', { parent: 'base' });
    await edit(driver, 'layer', (root) => writeFileSync(join(root, 'own'), 'own'));
    const archive = await buffer(driver.diff('base'));
    for (const act of [() => driver.applyDiff('layer', stream(archive)), () => driver.commit('layer')]) {
      const failures = await failEachStep(act, async () => {
        expect((await driver.stat('layer')).kind).toBe('writable');
        expect((await driver.changes('layer')).map(({ path }) => path)).toEqual(['/own']);
        await edit(driver, 'layer', (root) => writeFileSync(join(root, 'own'), 'own'));
      });
      expect(failures).toBeGreaterThan(3);
    }
    expect((await driver.stat('layer')).kind).toBe('committed');
    expect((await datasetsOf(place, layout)).filter((name) => name.includes('before'))).toEqual([]);
    await driver.remove('layer');
    await driver.remove('base');
  }, 300_000);

  test('brings a layer back that a killed process had begun to unpack an archive into', async () => {
    const { driver, layout } = await opened(place);
    await driver.create('layer');
    await edit(driver, 'layer', (root) => writeFileSync(join(root, 'own'), 'own'));
    await driver.close();
    const dataset = `${place.pool}/${readlinkSync(layout.key)}.layer`;
    await commands.snapshots.create(`${dataset}@before-applying`);
    await commands.datasets.mount(dataset);
    writeFileSync(join(layout.dataset('layer'), 'half'), 'half');
    writeFileSync(join(layout.root, '.graphdriver/changing/layer'), '');
    const later = await opened(place, layout.root);
    await edit(later.driver, 'layer', (root) => expect(readdirSync(root)).toEqual(['own']));
    expect(await datasetsOf(place, layout)).toEqual([dataset]);
    await later.driver.remove('layer');
  });

  test('makes children of a layer of many megabytes that take next to nothing', async () => {
    const { driver } = await opened(place);
    await driver.create('base');
    await edit(driver, 'base', (root) => writeFileSync(join(root, 'large'), Buffer.alloc(64 << 20, 7)));
    await driver.commit('base');
    await driver.create('child', { parent: 'base' });
    await edit(driver, 'child', (root) => {
      const path = join(root, 'large');
      writeFileSync(path, 'changed', { flag: 'r+' });
    });
    const usage = await driver.usage('child');
    expect(usage.apparent).toBeGreaterThan(63 << 20);
    expect(usage.allocated).toBeLessThan(1 << 20);
    expect(await driver.reclaimable('base')).toBe(0);
    await driver.remove('child');
    expect(await driver.reclaimable('base')).toBeGreaterThan(63 << 20);
    await driver.remove('base');
  });
});
