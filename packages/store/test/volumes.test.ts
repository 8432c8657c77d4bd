import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setFaultHandler } from '@graphdriver/host';
import { type ScratchRoot, scratchRoot } from '@graphdriver/testkit';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { makeMounts } from '../src/volumes/container-mounts.ts';
import { fillVolume } from '../src/volumes/fill-volume.ts';
import type { MountRequest } from '../src/volumes/mount-flag.ts';
import { Volumes } from '../src/volumes/volumes.ts';

let scratch: ScratchRoot;
let directory: string;
let volumes: Volumes;
/** What containers have, by volume. */
let users: Map<string, string[]>;

beforeEach(async () => {
  scratch = await scratchRoot('gd-vol-');
  directory = join(scratch.path, 'volumes');
  users = new Map();
  volumes = await openVolumes();
});

afterEach(async () => {
  setFaultHandler(undefined);
  volumes.close();
  await scratch[Symbol.asyncDispose]();
});

function openVolumes(): Promise<Volumes> {
  return Volumes.open(directory, { usersOf: (name) => users.get(name) ?? [] });
}

/** A root whose /data has a file, of an owner, mode and time of its own. */
function makeImage(): string {
  const rootfs = join(scratch.path, 'image');
  mkdirSync(join(rootfs, 'data/sub'), { recursive: true });
  writeFileSync(join(rootfs, 'data/sub/file'), 'content');
  chownSync(join(rootfs, 'data'), 1000, 1001);
  chmodSync(join(rootfs, 'data'), 0o2750);
  return rootfs;
}

const request = (name: string | undefined, more: object = {}): MountRequest => ({
  kind: 'volume',
  name,
  target: '/data',
  readOnly: false,
  copy: true,
  ...more,
});

const record = async (): Promise<void> => undefined;

test('a volume is made, found, listed and removed with what it holds', async () => {
  const made = volumes.create('data');
  writeFileSync(join(made.path, 'file'), 'x');
  expect(made).toMatchObject({ name: 'data', path: join(directory, 'data/_data'), anonymous: false });
  expect(volumes.create('data')).toEqual(made);
  expect(volumes.get('data')).toEqual(made);
  const anonymous = volumes.create();
  expect(anonymous).toMatchObject({ anonymous: true, name: expect.stringMatching(/^[0-9a-f]{64}$/) });
  expect(volumes.list().map(({ name }) => name)).toEqual([anonymous.name, 'data'].sort());
  await volumes.remove('data');
  expect(existsSync(join(directory, 'data'))).toBe(false);
  expect(() => volumes.get('data')).toThrow(expect.objectContaining({ code: 'VOLUME_NOT_FOUND' }));
  await expect(volumes.remove('data')).rejects.toMatchObject({ code: 'VOLUME_NOT_FOUND' });
});

test('a name that would lead out of the folder is refused everywhere', async () => {
  for (const name of ['..', '.locks', 'a/b', '', '../../etc']) {
    expect(() => volumes.create(name)).toThrow(expect.objectContaining({ code: 'INVALID_NAME' }));
    expect(() => volumes.get(name)).toThrow(expect.objectContaining({ code: 'INVALID_NAME' }));
    await expect(volumes.remove(name)).rejects.toMatchObject({ code: 'INVALID_NAME' });
  }
});

test('a volume that a container has is not removed, and pruning takes what none has', async () => {
  volumes.create('used');
  volumes.create('unused');
  const [mine, nobodys] = [volumes.create(), volumes.create()];
  users.set('used', ['c1', 'c2']).set(mine.name, ['c1']);
  await expect(volumes.remove('used')).rejects.toMatchObject({
    code: 'VOLUME_IN_USE',
    details: { users: ['c1', 'c2'] },
  });
  expect(await volumes.prune()).toEqual({ removed: [nobodys.name] });
  expect(await volumes.prune({ all: true })).toEqual({ removed: ['unused'] });
  expect(volumes.list().map(({ name }) => name)).toEqual([mine.name, 'used'].sort());
});

test('two processes see the same volumes, and a held volume is removed only afterwards', async () => {
  const other = await openVolumes();
  const made = volumes.create('data');
  expect(other.create('data')).toEqual(made);
  const lock = await volumes.hold(['data']);
  const removing = other.remove('data');
  expect(await Promise.race([removing.catch(() => 'refused'), Promise.resolve('waiting')])).toBe('waiting');
  users.set('data', ['c']);
  lock.release();
  await expect(removing).rejects.toMatchObject({ code: 'VOLUME_IN_USE' });
  other.close();
});

test('a failure at any step of making or removing leaves a whole volume or none, and nothing after the next opening', async () => {
  for (let strike = 1; strike < 30; strike += 1) {
    let count = 0;
    setFaultHandler(() => {
      count += 1;
      if (count === strike) throw Object.assign(new Error('no space'), { code: 'ENOSPC', errno: -28 });
    });
    const outcome = await (async () => {
      writeFileSync(join(volumes.create('data').path, 'file'), '');
      await volumes.remove('data');
    })().then(
      () => 'done',
      () => 'failed',
    );
    setFaultHandler(undefined);
    volumes.close();
    volumes = await openVolumes();
    expect(volumes.list().length).toBeLessThanOrEqual(1);
    expect(readdirSync(directory).filter((name) => name !== '.locks' && name !== 'data')).toEqual([]);
    if (volumes.list().length === 1) await volumes.remove('data');
    if (outcome === 'done') return;
  }
  throw new Error('The steps did not come to an end.');
});

test('an empty volume begins with what the image has there, owner and mode too, and a used one keeps its own', async () => {
  const rootfs = makeImage();
  const mounts = await makeMounts(volumes, [request('data')], { rootfs, record });
  const { path } = volumes.get('data');
  expect(mounts).toEqual([{ source: path, target: '/data', readOnly: false, volume: 'data', anonymous: false }]);
  expect(readFileSync(join(path, 'sub/file'), 'utf8')).toBe('content');
  expect(statSync(path)).toMatchObject({ uid: 1000, gid: 1001, mode: 0o42750 });
  writeFileSync(join(path, 'sub/file'), 'changed');
  writeFileSync(join(rootfs, 'data/new'), 'new');
  await makeMounts(volumes, [request('data', { target: '/data' })], { rootfs, record });
  expect(readFileSync(join(path, 'sub/file'), 'utf8')).toBe('changed');
  expect(existsSync(join(path, 'new'))).toBe(false);
});

test('nothing is copied where it is not wanted, or where the image has no folder', async () => {
  const rootfs = makeImage();
  await makeMounts(volumes, [request('a', { copy: false }), request('b', { target: '/none' })], { rootfs, record });
  for (const name of ['a', 'b']) expect(readdirSync(volumes.get(name).path)).toEqual([]);
});

test('a link of the image does not lead to files of the host', async () => {
  const rootfs = makeImage();
  mkdirSync(join(scratch.path, 'secret'));
  writeFileSync(join(scratch.path, 'secret/key'), 'x');
  symlinkSync(join(scratch.path, 'secret'), join(rootfs, 'link'));
  symlinkSync('../../../../data', join(rootfs, 'inside'));
  const requests = [request('out', { target: '/link' }), request('in', { target: '/inside' })];
  await makeMounts(volumes, requests, { rootfs, record });
  expect(readdirSync(volumes.get('out').path)).toEqual([]);
  expect(readdirSync(volumes.get('in').path)).toEqual(['sub']);
});

test('a copy that was cut short is made anew', async () => {
  const rootfs = makeImage();
  const volume = volumes.create('data');
  await fillVolume(volume, rootfs, '/data');
  writeFileSync(join(volume.path, 'half'), 'of something');
  writeFileSync(join(directory, 'data/filling'), '');
  await fillVolume(volume, rootfs, '/data');
  expect(readdirSync(volume.path)).toEqual(['sub']);
  expect(readdirSync(join(directory, 'data')).sort()).toEqual(['_data', 'volume.json']);
});

test('the use is recorded while the volumes are held, and volumes that the image wants are anonymous', async () => {
  const rootfs = makeImage();
  const other = await openVolumes();
  let removing: Promise<string> | undefined;
  const mounts = await makeMounts(volumes, [request('data')], {
    rootfs,
    imageVolumes: ['/data', '/logs'],
    record: async (made) => {
      removing = other.remove('data').then(
        () => 'removed',
        (error) => error.code,
      );
      for (const { volume } of made) if (volume !== null) users.set(volume, ['c']);
    },
  });
  expect(await removing).toBe('VOLUME_IN_USE');
  expect(mounts.map(({ target, anonymous }) => [target, anonymous])).toEqual([
    ['/data', false],
    ['/logs', true],
  ]);
  other.close();
});

test('a source of the host is made where that was asked for, and must exist where it was not', async () => {
  const source = join(scratch.path, 'new/folder');
  const bind = (createSource: boolean): MountRequest => ({
    kind: 'bind',
    source,
    target: '/x',
    readOnly: true,
    createSource,
  });
  const options = { rootfs: makeImage(), record };
  await expect(makeMounts(volumes, [bind(false)], options)).rejects.toMatchObject({ code: 'RUNTIME_FAILED' });
  expect(await makeMounts(volumes, [bind(true)], options)).toEqual([
    { source, target: '/x', readOnly: true, volume: null, anonymous: false },
  ]);
  expect(statSync(source).isDirectory()).toBe(true);
  await expect(makeMounts(volumes, [bind(true), bind(true)], options)).rejects.toMatchObject({
    code: 'RUNTIME_FAILED',
  });
  expect(volumes.list()).toEqual([]);
});
