import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { compareTrees, directoryTree, type TarEntry, unpackLayer, writeTar } from '@graphdriver/archive';
import type { Driver } from '@graphdriver/core';
import { copyTree, readXattr } from '@graphdriver/host';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { overlay2 } from '../src/index.ts';
import { makePlace, type Place, placeReason } from './places.ts';

const reason = await placeReason('here');

describe.skipIf(reason !== null)(`settings of a root${reason === null ? '' : `: ${reason}`}`, () => {
  let place: Place;
  let root: string;

  beforeEach(async () => {
    place = await makePlace('here');
    root = join(place.path, 'wurzel-ä');
  });

  afterEach(() => place[Symbol.asyncDispose]());

  test('a root keeps redirect_dir=on, and promises what follows from it', async () => {
    await (await overlay2.open({ root, settings: { redirect_dir: 'on' } })).close();
    await using driver = await overlay2.open({ root });
    expect(driver.capabilities).toMatchObject({ renameLowerDirectory: true, nativeDiff: false });
    expect(await driver.status()).toContainEqual({ key: 'Native Overlay Diff', value: 'false' });
    expect((await overlay2.probe({ root })).capabilities).toEqual(driver.capabilities);
    await expect(overlay2.open({ root, settings: { redirect_dir: 'off' } })).rejects.toMatchObject({
      code: 'UNSUPPORTED',
    });
    const refused = await overlay2.probe({ root, settings: { redirect_dir: 'off' } });
    expect(refused.checks.filter(({ passed, required }) => required && !passed)).toMatchObject([{ check: 'settings' }]);
  });

  test('redirects and user attributes do not go together, and a probe says so', async () => {
    const settings = { redirect_dir: 'on', userxattr: 'on' };
    const report = await overlay2.probe({ root, settings });
    expect(report.usable).toBe(false);
    expect(report.checks.find(({ check }) => check === 'redirect_dir')).toMatchObject({
      passed: false,
      required: true,
    });
    await expect(overlay2.open({ root, settings })).rejects.toMatchObject({ code: 'PREREQUISITE_MISSING' });
  });

  test('a probe that was remembered says the same, and loses nothing to a root that is made since', async () => {
    const first = await overlay2.probe({ root });
    expect(await overlay2.probe({ root })).toEqual(first);
    {
      await using driver = await overlay2.open({ root, settings: { redirect_dir: 'on' } });
      await driver.create('layer');
    }
    expect(await overlay2.probe({ root })).toMatchObject({ priorState: true, capabilities: { nativeDiff: false } });
  });

  test('a renamed lower directory keeps its content, and its diff makes the same layer elsewhere', async () => {
    await using driver = await withBase();
    const archive = await bytesOf(driver.diff('top'));
    await using elsewhere = await overlay2.open({ root: join(place.path, 'elsewhere') });
    await base(elsewhere);
    await elsewhere.create('top', { parent: 'base' });
    await elsewhere.applyDiff('top', once(archive));
    expect(await bytesOf(elsewhere.diff('top'))).toEqual(archive);
    await using mount = await elsewhere.get('top');
    expect(readFileSync(join(mount.path, 'c/sub/file'), 'utf8')).toBe('a/sub/file');
  });

  test('an archive that is applied over renamed directories finds what they show', async () => {
    await using driver = await withBase();
    const expected = join(place.path, 'expected');
    mkdirSync(expected);
    {
      await using mount = await driver.get('top');
      await copyTree(mount.path, expected);
    }
    expect(readXattr(join(root, 'top/diff/c'), 'trusted.overlay.redirect')).toBeDefined();
    const archive = await bytesOf(writeTar(ENTRIES));
    await unpackLayer(once(archive), { root: expected, whiteouts: 'remove', lower: null });
    await driver.applyDiff('top', once(archive));
    await using mount = await driver.get('top');
    const differences: string[] = [];
    for await (const { kind, path } of compareTrees(directoryTree(mount.path), directoryTree(expected))) {
      differences.push(`${kind} ${path}`);
    }
    expect(differences).toEqual([]);
    expect(readFileSync(join(mount.path, 'linked'), 'utf8')).toBe('b/file');
  });

  async function withBase(): Promise<Driver> {
    const driver = await overlay2.open({ root, settings: { redirect_dir: 'on' } });
    await base(driver);
    await driver.create('top', { parent: 'base' });
    await using mount = await driver.get('top');
    renameSync(join(mount.path, 'a'), join(mount.path, 'c'));
    renameSync(join(mount.path, 'b'), join(mount.path, 'c/b2'));
    renameSync(join(mount.path, 'd/one'), join(mount.path, 'd/two'));
    rmSync(join(mount.path, 'e'), { recursive: true });
    renameSync(join(mount.path, 'f'), join(mount.path, 'e'));
    return driver;
  }
});

async function base(driver: Driver): Promise<void> {
  await driver.create('base');
  {
    await using mount = await driver.get('base');
    for (const directory of ['a/sub', 'b/sub', 'd/one', 'e/sub', 'f/sub']) {
      mkdirSync(join(mount.path, directory), { recursive: true });
    }
    for (const name of ['a/x', 'a/sub/file', 'b/file', 'b/sub/deep', 'd/one/file', 'e/sub/old', 'f/sub/new']) {
      writeFileSync(join(mount.path, name), name);
    }
    linkSync(join(mount.path, 'b/file'), join(mount.path, 'b/same'));
  }
  await driver.commit('base');
}

const ENTRY: TarEntry = {
  path: '',
  type: 'file',
  mode: 0o600,
  uid: 0,
  gid: 0,
  size: 0,
  mtime: 5_000_000_000n,
  linkTarget: '',
  rdev: 0,
  xattrs: new Map(),
  segments: null,
  content: [],
};

/** Touches every kind of renamed directory: what is beneath must be found under its new name, and nothing under the old one. */
const ENTRIES: readonly TarEntry[] = [
  { ...ENTRY, path: 'a/fresh' },
  { ...ENTRY, path: 'c/.wh.x' },
  { ...ENTRY, path: 'c/sub/fresh' },
  { ...ENTRY, path: 'c/b2/sub/.wh.deep' },
  { ...ENTRY, path: 'linked', type: 'hardlink', linkTarget: 'c/b2/file' },
  { ...ENTRY, path: 'd/two', type: 'directory', mode: 0o711 },
  { ...ENTRY, path: 'd/two/.wh.file' },
  { ...ENTRY, path: 'e/sub/.wh..wh..opq' },
  { ...ENTRY, path: 'e/sub/fresh' },
];

async function bytesOf(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
