import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createMounter, mountsUnder, syncFilesystem } from '@graphdriver/host';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { lookAtHost } from '../src/host-facts.ts';
import { overlay2 } from '../src/index.ts';
import { openTrialRoom, placeNear } from '../src/trial-room.ts';
import { makePlace, type Place, placeReason } from './places.ts';

const reason = await placeReason('here');

describe.skipIf(reason !== null)(`looking at a host${reason === null ? '' : `: ${reason}`}`, () => {
  let place: Place;

  beforeEach(async () => {
    place = await makePlace('here');
  });

  afterEach(() => place[Symbol.asyncDispose]());

  test.each(['syscall', 'command'] as const)(
    'overlay does by %s what the driver builds on, and nothing stays',
    async (mountWith) => {
      const root = join(place.path, 'not', 'there', 'yet');
      const facts = await lookAtHost({ root, mountWith, settings: {} }, { redirects: false, userxattr: null });
      expect(facts.userxattr).toBe(false);
      expect(facts.behaviour).toEqual({
        mergesLowers: true,
        copiesUp: true,
        leavesWhiteouts: true,
        hidesWhiteouts: true,
        marksOpaque: true,
        refusesRedirects: true,
        copiesWholeFiles: true,
        keepsNoIndex: true,
        showsOneDevice: true,
        keepsInodes: true,
        sharesOpenFiles: true,
      });
      expect(readdirSync(place.path)).toEqual([]);
    },
  );

  test.each([
    { redirects: true, userxattr: false },
    { redirects: false, userxattr: true },
  ])('overlay does what the settings %j say', async (settings) => {
    const facts = await lookAtHost({ root: place.path, mountWith: 'auto', settings: {} }, settings);
    expect(facts).toMatchObject(settings);
    expect(facts.behaviour).toMatchObject({ marksOpaque: true, refusesRedirects: !settings.redirects });
  });

  test('a probe reports a usable host with all checks, and leaves no root behind', async () => {
    const root = join(place.path, 'root');
    const report = await overlay2.probe({ root });
    expect(report).toMatchObject({ driver: 'overlay2', usable: true, priorState: false });
    expect(new Set(report.checks.map((check) => check.check)).size).toBe(report.checks.length);
    expect(existsSync(root)).toBe(false);
    expect(readdirSync(place.path)).toEqual([]);
  });

  test('layers of this driver are prior state', async () => {
    const root = join(place.path, 'root');
    {
      await using driver = await overlay2.open({ root });
      await driver.create('layer');
    }
    expect((await overlay2.probe({ root })).priorState).toBe(true);
  });

  test('a root on an overlay is refused as an unsuitable file system', async () => {
    const [lower, upper, work, merged] = ['lower', 'upper', 'work', 'merged'].map((name) => join(place.path, name));
    for (const directory of [lower, upper, work, merged]) mkdirSync(directory ?? '');
    await createMounter().mount({
      type: 'overlay',
      source: 'overlay',
      target: merged ?? '',
      options: [
        ['lowerdir', lower ?? ''],
        ['upperdir', upper ?? ''],
        ['workdir', work ?? ''],
      ],
    });
    const root = join(merged ?? '', 'root');
    await expect(overlay2.open({ root })).rejects.toMatchObject({ code: 'UNSUITABLE_FILESYSTEM' });
    const report = await overlay2.probe({ root });
    expect(report).toMatchObject({ usable: false, capabilities: null });
    expect(readdirSync(merged ?? '')).toEqual([]);
  });

  test('a read-only file system is refused, and reported by a probe', async () => {
    const readOnly = join(place.path, 'read-only');
    mkdirSync(readOnly);
    await createMounter().bind(readOnly, readOnly, ['ro']);
    const root = join(readOnly, 'root');
    await expect(overlay2.open({ root })).rejects.toMatchObject({ name: 'StorageError' });
    expect((await overlay2.probe({ root })).usable).toBe(false);
  });
});

describe.skipIf(reason !== null)('a trial room', () => {
  let place: Place;

  beforeEach(async () => {
    place = await makePlace('here');
  });

  afterEach(() => place[Symbol.asyncDispose]());

  test('lies in the nearest directory that exists, and the books are the nearest of all', () => {
    expect(placeNear(join(place.path, 'a', 'b'))).toBe(place.path);
    mkdirSync(join(place.path, 'a'));
    writeFileSync(join(place.path, 'a', 'file'), '');
    expect(placeNear(join(place.path, 'a'))).toBe(join(place.path, 'a'));
    expect(placeNear(join(place.path, 'a', 'file', 'b'))).toBe(join(place.path, 'a'));
    mkdirSync(join(place.path, 'a', '.graphdriver'));
    expect(placeNear(join(place.path, 'a'))).toBe(join(place.path, 'a', '.graphdriver'));
  });

  test('is private, and is gone with its mounts when it is disposed of', async () => {
    const mounter = createMounter();
    {
      await using room = await openTrialRoom(place.path, mounter);
      expect(statSync(room.path).mode & 0o777).toBe(0o700);
      mkdirSync(join(room.path, 'mounted'));
      await mounter.bind(place.path, join(room.path, 'mounted'));
    }
    expect(readdirSync(place.path)).toEqual([]);
  });

  test('of a living process stays, and of a killed one is cleared by the next', async () => {
    const child = spawn(process.execPath, [join(import.meta.dirname, 'sit-in-room.mjs'), place.path], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [room] = await once(child.stdout.setEncoding('utf8'), 'data');
    const mounter = createMounter();
    {
      await using _mine = await openTrialRoom(place.path, mounter);
      expect(existsSync(room)).toBe(true);
    }
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(mountsUnder(place.path)).toHaveLength(1);
    {
      await using _mine = await openTrialRoom(place.path, mounter);
      expect(existsSync(room)).toBe(false);
    }
    expect(mountsUnder(place.path)).toEqual([]);
    expect(readdirSync(place.path)).toEqual([]);
  });
});

const ext4Reason = await placeReason('ext4');

test.skipIf(ext4Reason !== null)('a file system without d_type is refused as unsuitable', async () => {
  await using place = await makePlace('ext4', ['-O', '^filetype']);
  const root = join(place.path, 'root');
  await expect(overlay2.open({ root })).rejects.toMatchObject({ code: 'UNSUITABLE_FILESYSTEM' });
  expect(readdirSync(place.path)).toEqual([]);
});

test.skipIf(ext4Reason !== null)('a full disk keeps nobody from opening the root and removing layers', async () => {
  await using place = await makePlace('ext4');
  const root = join(place.path, 'root');
  {
    await using driver = await overlay2.open({ root });
    await driver.create('layer');
    await using mount = await driver.get('layer');
    writeFileSync(join(mount.path, 'much'), Buffer.alloc(1 << 20, 1));
  }
  // Beside the root, and last: putting a layer back frees the blocks of its books.
  const filler = join(place.path, 'filler');
  mkdirSync(filler);
  await fill(filler);
  await using driver = await overlay2.open({ root });
  // A few blocks may come free after all: layers are made until there is none.
  const makeMany = async (): Promise<void> => {
    for (let count = 0; count < 2000; count += 1) await driver.create(`more-${count}`);
  };
  await expect(makeMany()).rejects.toMatchObject({ code: 'OUT_OF_SPACE' });
  await driver.remove('layer');
  await driver.create('another');
});

/** Takes all the space there is, to the last block: what is written back leaves some of what was set aside for it. */
async function fill(directory: string): Promise<void> {
  for (const [round, size] of [1 << 20, 4096, 4096, 4096].entries()) {
    try {
      for (let count = 0; ; count += 1) writeFileSync(join(directory, `${round}-${count}`), Buffer.alloc(size, 1));
    } catch (error) {
      expect(error).toMatchObject({ code: 'ENOSPC' });
    }
    await syncFilesystem(directory);
  }
}
