import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { Driver, DriverSettings } from '@graphdriver/core';
import { mountsUnder, setFaultHandler } from '@graphdriver/host';
import { openZfs, type Zfs } from '@graphdriver/zfs-cli-wrapper';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { ZfsLayout, zfs } from '../src/index.ts';
import { makePlace, type Place, placeReason } from './places.ts';

const reason = await placeReason();

describe('a root that is not on zfs', () => {
  test('is refused with the remedy unless a dataset is named, and nothing is made', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'graphdriver-zfs-'));
    const root = join(directory, 'root');
    try {
      const report = await zfs.probe({ root });
      expect(report.usable).toBe(false);
      expect(report.checks.find(({ passed }) => !passed)?.remedy).toContain('fsname');
      await expect(zfs.open({ root })).rejects.toMatchObject({
        code: process.getuid?.() === 0 ? 'UNSUITABLE_FILESYSTEM' : 'PERMISSION_DENIED',
      });
      expect(existsSync(root)).toBe(false);
    } finally {
      rmSync(directory, { recursive: true });
    }
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
  let layout: ZfsLayout;
  let driver: Driver;
  let count = 0;

  beforeAll(async () => {
    place = await makePlace();
    commands = await openZfs();
  }, 1_800_000);

  afterAll(() => place?.[Symbol.asyncDispose]());

  afterEach(async () => {
    setFaultHandler(undefined);
    await driver?.close();
  });

  async function open(settings: DriverSettings = { fsname: 'gdtest' }): Promise<void> {
    count += 1;
    layout = new ZfsLayout(join(place.directory, `root-${count}`));
    driver = await zfs.open({ root: layout.root, settings });
  }

  async function reopen(): Promise<void> {
    await driver.close();
    driver = await zfs.open({ root: layout.root });
  }

  async function edit(id: string, by: (root: string) => void | Promise<void>): Promise<void> {
    await using mount = await driver.get(id);
    await by(mount.path);
  }

  async function datasetOf(id: string): Promise<string> {
    return String((await driver.metadata(id))['Dataset']);
  }

  async function datasets(): Promise<readonly string[]> {
    const key = readlinkSync(layout.key);
    const found = await commands.datasets.list({ root: 'gdtest', types: ['filesystem', 'snapshot'] });
    return found.map(({ name }) => name).filter((name) => name.includes(key));
  }

  test('keeps layers as datasets, committed ones read-only with a snapshot, and children as clones of that', async () => {
    await open();
    await driver.create('base');
    await edit('base', (root) => writeFileSync(join(root, 'file'), 'base'));
    const base = await datasetOf('base');
    expect((await commands.properties.get(base, ['readonly'])).readonly?.value).toBe(false);
    await driver.commit('base');
    expect((await commands.properties.get(base, ['readonly'])).readonly?.value).toBe(place.flavour === 'openzfs');
    await driver.create('child', { parent: 'base' });
    const child = await commands.datasets.get(await datasetOf('child'), { properties: ['org.graphdriver:layer'] });
    expect(child.origin).toBe(`${base}@committed`);
    expect(child.properties['org.graphdriver:layer']?.value).toBe('child');
    await edit('child', (root) => writeFileSync(join(root, 'file'), 'child'));
    await using mount = await driver.get('base');
    expect(readFileSync(join(mount.path, 'file'), 'utf8')).toBe('base');
    await mount.put();
    await driver.remove('child');
    await driver.remove('base');
    expect(await datasets()).toEqual([]);
    expect(readdirSync(layout.room('datasets'))).toEqual([]);
  });

  test('mounts a layer only while it is held, and runs no command for a second holder', async () => {
    await open();
    await driver.create('layer');
    expect(mountsUnder(layout.root)).toEqual([]);
    const first = await driver.get('layer');
    const calls: string[] = [];
    setFaultHandler((call) => calls.push(call));
    const second = await driver.get('layer', { nosuid: true });
    setFaultHandler(undefined);
    expect(calls).not.toContain('zfs');
    expect(mountsUnder(layout.root).map(({ mountPoint }) => mountPoint)).toEqual([first.path, second.path]);
    await second.put();
    await first.put();
    expect(mountsUnder(layout.root)).toEqual([]);
  });

  test('remembers the parent dataset, and takes the one that the root lies on where none is named', async () => {
    await open();
    await expect(zfs.open({ root: layout.root, settings: { fsname: 'gdtest/other' } })).rejects.toMatchObject({
      code: 'UNSUPPORTED',
    });
    await reopen();
    await driver.create('layer');
    await driver.close();
    const inside = join(place.path, 'root');
    driver = await zfs.open({ root: inside });
    await driver.create('layer');
    expect(await datasetOf('layer')).toMatch(/^gdtest\/[0-9a-f]{8}\.layer$/);
    await driver.remove('layer');
  });

  test('refuses a parent dataset that is not there, and says how to make it', async () => {
    const root = join(place.directory, 'never');
    const settings = { fsname: 'gdtest/missing' };
    await expect(zfs.open({ root, settings })).rejects.toMatchObject({ code: 'PREREQUISITE_MISSING' });
    const report = await zfs.probe({ root, settings });
    expect(report.checks.find(({ check }) => check === 'zfs')).toMatchObject({ passed: false });
    expect(existsSync(root)).toBe(false);
  });

  test('the probe leaves nothing in the pool, and measures that times are cut to seconds', async () => {
    const before = await commands.datasets.list({ root: 'gdtest', types: ['filesystem', 'snapshot'] });
    const report = await zfs.probe({ root: join(place.path, 'probed') });
    expect(report.checks.filter(({ passed }) => !passed)).toEqual([]);
    expect(report.capabilities?.timestampGranularity).toBe(1_000_000_000);
    const after = await commands.datasets.list({ root: 'gdtest', types: ['filesystem', 'snapshot'] });
    expect(after.map(({ name }) => name)).toEqual(before.map(({ name }) => name));
  });

  test('leaves a dataset alone that is not its own, and tells of it', async () => {
    await open();
    await driver.create('one');
    const foreign = (await datasetOf('one')).replace(/one$/, 'other');
    await commands.datasets.create(foreign, { properties: { canmount: 'off' } });
    await expect(driver.create('other')).rejects.toMatchObject({ code: 'CORRUPT_ROOT', details: { dataset: foreign } });
    expect(await commands.datasets.exists(foreign)).toBe(true);
    expect((await driver.list()).map(({ id }) => id)).toEqual(['one']);
    await commands.datasets.destroy(foreign);
    await driver.create('other');
    await driver.remove('other');
    await driver.remove('one');
  });

  test('two roots under one parent dataset do not meet', async () => {
    await open();
    await driver.create('layer');
    const elsewhere = await zfs.open({ root: join(place.directory, 'elsewhere'), settings: { fsname: 'gdtest' } });
    await elsewhere.create('layer');
    await elsewhere.remove('layer');
    await elsewhere.close();
    await edit('layer', (root) => expect(readdirSync(root)).toEqual([]));
    await driver.remove('layer');
  });

  test('works on when its root was moved', async () => {
    await open();
    await driver.create('base');
    await edit('base', (root) => writeFileSync(join(root, 'file'), 'kept'));
    await driver.close();
    const moved = join(place.directory, 'moved');
    renameSync(layout.root, moved);
    layout = new ZfsLayout(moved);
    driver = await zfs.open({ root: moved });
    await edit('base', (root) => expect(readFileSync(join(root, 'file'), 'utf8')).toBe('kept'));
    await driver.remove('base');
    expect(await datasets()).toEqual([]);
  });

  test('leaves nothing of a layer whose making fails at any step', async () => {
    await open();
    await driver.create('base');
    await driver.commit('base');
    const before = await datasets();
    for (const parent of [{}, { parent: 'base' }]) {
      await failing(
        () => driver.create('layer', parent),
        async () => {
          expect(await datasets()).toEqual(before);
          expect(mountsUnder(layout.root)).toEqual([]);
          expect(await driver.exists('layer')).toBe(false);
        },
      );
      await driver.remove('layer');
    }
    await driver.remove('base');
  });

  test('leaves a layer as it was, and writable, when a commit or an archive fails at any step', async () => {
    await open();
    await driver.create('base');
    await edit('base', (root) => writeFileSync(join(root, 'file'), 'base'));
    await driver.commit('base');
    await driver.create('layer', { parent: 'base' });
    await edit('layer', (root) => writeFileSync(join(root, 'own'), 'own'));
    const archive = await buffer(driver.diff('base'));
    for (const act of [() => driver.applyDiff('layer', stream(archive)), () => driver.commit('layer')]) {
      await failing(act, async () => {
        expect((await driver.stat('layer')).kind).toBe('writable');
        expect((await driver.changes('layer')).map(({ path }) => path)).toEqual(['/own']);
        await edit('layer', (root) => writeFileSync(join(root, 'own'), 'own'));
      });
    }
    expect((await driver.stat('layer')).kind).toBe('committed');
    expect((await datasets()).filter((name) => name.includes('before'))).toEqual([]);
    await driver.remove('layer');
    await driver.remove('base');
  }, 300_000);

  test('brings a layer back that a killed process had begun to unpack an archive into', async () => {
    await open();
    await driver.create('layer');
    await edit('layer', (root) => writeFileSync(join(root, 'own'), 'own'));
    await driver.close();
    const dataset = `gdtest/${readlinkSync(layout.key)}.layer`;
    await commands.snapshots.create(`${dataset}@before-applying`);
    await commands.datasets.mount(dataset);
    writeFileSync(join(layout.dataset('layer'), 'half'), 'half');
    writeFileSync(join(layout.root, '.graphdriver/changing/layer'), '');
    driver = await zfs.open({ root: layout.root });
    await edit('layer', (root) => expect(readdirSync(root)).toEqual(['own']));
    expect(await datasets()).toEqual([dataset]);
    await driver.remove('layer');
  });

  test('a quota counts what the layer alone takes, and an archive beyond it leaves the layer as it was', async () => {
    await open();
    await driver.create('base');
    await edit('base', (root) => writeFileSync(join(root, 'large'), Buffer.alloc(24 << 20, 7)));
    await driver.commit('base');
    const archive = await buffer(driver.diff('base'));
    await driver.create('limited', { parent: 'base', quota: { bytes: 8 << 20 } });
    await edit('limited', (root) => writeFileSync(join(root, 'small'), Buffer.alloc(1 << 20, 7)));
    await driver.create('alone', { quota: { bytes: 8 << 20 } });
    await expect(driver.applyDiff('alone', stream(archive))).rejects.toMatchObject({ code: 'QUOTA_EXCEEDED' });
    expect(await driver.changes('alone')).toEqual([]);
    await edit('alone', (root) => writeFileSync(join(root, 'small'), 'x'));
    for (const id of ['alone', 'limited', 'base']) await driver.remove(id);
  });

  test('makes children of a layer of many megabytes that take next to nothing', async () => {
    await open();
    await driver.create('base');
    await edit('base', (root) => writeFileSync(join(root, 'large'), Buffer.alloc(64 << 20, 7)));
    await driver.commit('base');
    await driver.create('child', { parent: 'base' });
    await edit('child', (root) => {
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

  test('fails with OUT_OF_SPACE on a full pool at every step, loses nothing, and can remove layers to make room', async () => {
    await open();
    await driver.create('base');
    await edit('base', (root) => writeFileSync(join(root, 'file'), 'base'));
    await driver.commit('base');
    const archive = await buffer(driver.diff('base'));
    await driver.create('layer', { parent: 'base' });
    await driver.create('filler');
    await edit('filler', (root) => fillUp(join(root, 'filling')));
    const full = { code: 'OUT_OF_SPACE' };
    await expect(driver.create('another', { parent: 'base' })).rejects.toMatchObject(full);
    await expect(driver.applyDiff('layer', stream(archive))).rejects.toMatchObject(full);
    await expect(driver.commit('layer')).rejects.toMatchObject(full);
    expect(await driver.changes('layer')).toEqual([]);
    await driver.remove('filler');
    await driver.commit('layer');
    for (const id of ['layer', 'base']) await driver.remove(id);
    expect(await datasets()).toEqual([]);
  }, 300_000);

  test.each(['SIGTERM', 'SIGKILL'] as const)(
    'mounts layers again after zfs-fuse was restarted by %s',
    async (signal) => {
      await open();
      await driver.create('base');
      await edit('base', (root) => writeFileSync(join(root, 'file'), 'base'));
      await driver.commit('base');
      await driver.create('layer', { parent: 'base' });
      const lease = await driver.get('layer', { holder: 'web' });
      writeFileSync(join(lease.path, 'own'), 'own', { flush: true });
      await place.daemon?.restart(signal);
      await using again = await driver.get('layer', { holder: 'web' });
      expect(readdirSync(again.path).sort()).toEqual(['file', 'own']);
      expect((await driver.changes('layer')).map(({ path }) => path)).toEqual(['/own']);
      await again.put();
      await driver.put('layer', { holder: 'web' });
      await reopen();
      await driver.remove('layer');
      await driver.remove('base');
    },
    300_000,
  );

  test('says that the pool is gone while it is, loses nothing, and goes on when it is imported anew', async () => {
    await open();
    await driver.create('base');
    await edit('base', (root) => writeFileSync(join(root, 'file'), 'base'));
    await driver.commit('base');
    await driver.create('child', { parent: 'base' });
    await commands.pools.export('gdtest', { force: true });
    const gone = { code: 'PREREQUISITE_MISSING' };
    try {
      await expect(driver.get('base')).rejects.toMatchObject(gone);
      await expect(driver.create('other', { parent: 'base' })).rejects.toMatchObject(gone);
      await expect(driver.commit('child')).rejects.toMatchObject(gone);
      await expect(zfs.open({ root: layout.root })).rejects.toMatchObject(gone);
      await driver.remove('child');
    } finally {
      await commands.pools.import('gdtest', { directories: [place.directory], properties: { cachefile: 'none' } });
    }
    await edit('base', (root) => expect(readFileSync(join(root, 'file'), 'utf8')).toBe('base'));
    await reopen();
    expect((await datasets()).filter((name) => name.endsWith('.child'))).toEqual([]);
    await driver.remove('base');
  }, 300_000);

  /** Lets `act` fail at its first step, then at its second, until it succeeds; each time `look` looks at what is left. */
  async function failing(act: () => Promise<unknown>, look: () => Promise<void>): Promise<void> {
    for (let step = 1; ; step += 1) {
      let passed = 0;
      setFaultHandler((call) => {
        passed += 1;
        if (passed === step) throw Object.assign(new Error(call), { code: 'EIO', errno: -5, syscall: call });
      });
      const failed = await act().then(
        () => false,
        () => true,
      );
      setFaultHandler(undefined);
      if (!failed) return;
      await look();
    }
  }
});

function stream(archive: Buffer): AsyncIterable<Uint8Array> {
  return Readable.from([archive]);
}

function fillUp(path: string): void {
  const chunk = Buffer.alloc(1 << 20, 7);
  try {
    for (;;) writeFileSync(path, chunk, { flag: 'a' });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error;
  }
}
