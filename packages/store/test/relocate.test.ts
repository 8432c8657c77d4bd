import { randomBytes } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { DriverModule } from '@graphdriver/core';
import { startProcess } from '@graphdriver/host';
import { describe, expect, onTestFinished, test } from 'vitest';
import { parseVolumeFlag } from '../src/index.ts';
import { openStore, type Store } from '../src/open-store.ts';
import { abandonMove, removeMoved } from '../src/relocate/end-move.ts';
import type { MoveEnd, MoveRequest } from '../src/relocate/move-request.ts';
import { moveStore } from '../src/relocate/move-store.ts';
import { rootPlace } from '../src/relocate/root-place.ts';
import { madeLayout, tarOf } from './support/made-layout.ts';
import { dangling, type Subject, scratchFolder, subjects } from './support/opened-store.ts';
import { collect } from './support/tar-files.ts';

const [[, vfs], [, overlay2]] = subjects as readonly [readonly [string, Subject], readonly [string, Subject]]; // There are two.
const it = test.skipIf(overlay2.reason !== null);

/** One end of a move, with a driver that is closed after the test. */
async function endAt(folder: string, name: string, module: DriverModule): Promise<MoveEnd> {
  const driver = await module.open({ root: join(folder, `${name}-layers`) });
  onTestFinished(() => driver.close());
  return { root: join(folder, name), driver };
}

async function endsIn(folder: string, from: Subject, to: Subject): Promise<Pick<MoveRequest, 'from' | 'to'>> {
  return { from: await endAt(folder, 'old', from.module), to: await endAt(folder, 'new', to.module) };
}

async function storeAt(end: MoveEnd): Promise<Store> {
  const store = await openStore(end);
  onTestFinished(() => store.close());
  return store;
}

/** Fills a store with one of everything. */
async function fill(folder: string, end: MoveEnd): Promise<void> {
  await using store = await openStore(end);
  const layers = [
    await tarOf(folder, { 'etc/motd': 'hello', 'bin/tool': randomBytes(100_000), 'etc/old': 'old' }),
    await tarOf(folder, { 'etc/motd': 'other', 'etc/.wh.old': '' }),
  ];
  await store.images.load(madeLayout(join(folder, 'made'), { layers }).folder);
  const { id } = await store.runner.create('acme/made:1.0', {
    name: 'web',
    command: ['sh'],
    mounts: [parseVolumeFlag('data:/data', '/')],
  });
  {
    await using mount = await store.containers.mount('web');
    rmSync(join(mount.path, 'bin'), { recursive: true });
    writeFileSync(join(mount.path, 'etc/motd'), 'of the container');
  }
  await store.containers.commit('web', { reference: 'acme/committed:1.0' });
  await store.containers.fork('web', { name: 'fork' });
  writeFileSync(join(store.volumes.get('data').path, 'rows'), 'kept');
  mkdirSync(store.containers.show(id).folder, { recursive: true });
  writeFileSync(join(store.containers.show(id).folder, 'container.log'), 'a line\n');
}

/** All that can be seen of a store from outside, wherever it lies. */
async function contentOf(store: Store): Promise<unknown> {
  const containers = store.containers.list().map(async ({ folder, spec, ...container }) => ({
    ...container,
    spec: JSON.parse(
      JSON.stringify(spec).replaceAll(store.root, 'ROOT').replaceAll(rootPlace(store.root).realPath, 'ROOT'),
    ),
    changes: await store.containers.changes(container.id),
    size: await store.containers.size(container.id),
    files: existsSync(folder) ? readdirSync(folder) : [],
  }));
  const layers = store.layers.list().map(async ({ key, ...layer }) => ({
    key,
    ...layer,
    archive: key.startsWith('sha256:') ? await collect(store.layers.archive(key as `sha256:${string}`)) : null,
  }));
  return {
    images: store.images.list().map(({ id }) => store.images.show(id)),
    containers: await Promise.all(containers),
    layers: await Promise.all(layers),
    volumes: store.volumes.list().map(({ path, ...volume }) => ({
      ...volume,
      files: readdirSync(path).map((name) => [name, readFileSync(join(path, name), 'utf8')]),
    })),
  };
}

/** Writes into a container's files where the store cannot refuse it. */
async function writeBehind(end: MoveEnd, container: string, content: string): Promise<void> {
  await using store = await openStore(end);
  await using mount = await end.driver.get(
    store.books.containers.get(store.containers.show(container).id)?.driverLayer ?? '',
  );
  writeFileSync(join(mount.path, 'etc/motd'), content);
}

async function contentAt(end: MoveEnd): Promise<unknown> {
  await using store = await openStore(end);
  return await contentOf(store);
}

describe('a move', () => {
  it.each([
    ['vfs', 'overlay2', vfs, overlay2],
    ['overlay2', 'vfs', overlay2, vfs],
    ['overlay2', 'overlay2', overlay2, overlay2],
  ] as const)('from %s to %s keeps everything, and the old place until told', async (_from, _to, from, to) => {
    const folder = scratchFolder();
    const ends = await endsIn(folder, from, to);
    await fill(folder, ends.from);
    const before = await contentAt(ends.from);
    const stages = new Set<string>();
    await moveStore({ ...ends, onProgress: ({ stage }) => stages.add(stage) });
    expect(stages).toEqual(new Set(['layers', 'containers', 'volumes', 'books']));

    const store = await storeAt(ends.to);
    expect(await contentOf(store)).toEqual(before);
    expect(await dangling({ driver: ends.to.driver, books: store.books, root: ends.to.root })).toEqual([]);
    expect(store.runner.show('web').spec?.mounts[0]?.source).toBe(store.volumes.get('data').path);
    const mount = await store.containers.mount('fork');
    expect(readFileSync(join(mount.path, 'etc/motd'), 'utf8')).toBe('of the container');
    await mount.put();

    expect(await contentAt(ends.from)).toEqual(before);
    const old = await storeAt(ends.from);
    await expect(old.containers.mount('web')).rejects.toMatchObject({ code: 'STORE_MOVED' });
    await expect(old.containers.remove('web')).rejects.toMatchObject({ code: 'STORE_MOVED' });
    await expect(old.containers.create('acme/made:1.0')).rejects.toMatchObject({ code: 'STORE_MOVED' });
    await expect(old.images.remove('acme/committed:1.0')).rejects.toMatchObject({ code: 'STORE_MOVED' });
    expect(await contentOf(old)).toEqual(before);
    expect(readdirSync(join(ends.from.root, 'marks'))).toEqual([]);
    await old.close();

    await removeMoved(ends);
    expect(existsSync(ends.from.root)).toBe(false);
    expect(await ends.from.driver.list()).toEqual([]);
    expect(await contentOf(store)).toEqual(before);
    await store.runner.remove('fork');
    await store.runner.remove('web');
    expect(await store.images.prune({ all: true })).not.toEqual([]);
    expect(await ends.to.driver.list()).toEqual([]);
  });

  it('that is killed at any step goes on from there, and there is no store in the new place until it is whole', async () => {
    let kills = 0;
    for (let step = 1; ; step *= 2) {
      const folder = scratchFolder();
      const ends = await endsIn(folder, overlay2, vfs);
      await fill(folder, ends.from);
      const before = await contentAt(ends.from);
      const wasKilled = await killedMove(folder, step);
      if (wasKilled) {
        kills++;
        if (existsSync(join(ends.to.root, 'arrival.json')))
          await expect(openStore(ends.to), `step ${step}`).rejects.toMatchObject({ code: 'STORE_MOVED' });
        expect(await contentAt(ends.from), `step ${step}`).toEqual(before);
      }
      await moveStore(ends);
      const store = await storeAt(ends.to);
      expect(await contentOf(store), `step ${step}`).toEqual(before);
      expect(await dangling({ driver: ends.to.driver, books: store.books, root: ends.to.root })).toEqual([]);
      if (!wasKilled) break;
    }
    expect(kills).toBeGreaterThan(5);
  });

  it('is removed from its old place also by a removal that goes on where another was killed, and only then', async () => {
    const folder = scratchFolder();
    const ends = await endsIn(folder, vfs, vfs);
    await fill(folder, ends.from);
    await moveStore(ends);
    const before = await contentAt(ends.to);
    const books = join(ends.from.root, 'db');
    // Books that are no longer there say nothing of a move.
    renameSync(books, join(folder, 'db'));
    const elsewhere = await endAt(folder, 'elsewhere', vfs.module);
    await expect(removeMoved({ ...ends, to: elsewhere })).rejects.toMatchObject({ code: 'STORE_MOVED' });
    await removeMoved(ends);
    expect(existsSync(ends.from.root)).toBe(false);
    expect(await ends.from.driver.list()).toEqual([]);
    expect(await contentAt(ends.to)).toEqual(before);
  });

  it('copies again what is no longer what it was when the move was interrupted', async () => {
    const folder = scratchFolder();
    const ends = await endsIn(folder, overlay2, overlay2);
    await fill(folder, ends.from);
    const controller = new AbortController();
    const interrupted = moveStore({
      ...ends,
      signal: controller.signal,
      onProgress: ({ stage, done, total }) => stage === 'volumes' && done === total && controller.abort(),
    });
    await expect(interrupted).rejects.toMatchObject({ code: 'ABORTED' });
    expect(readFileSync(join(ends.to.root, 'volumes/data/_data/rows'), 'utf8')).toBe('kept');
    writeFileSync(join(ends.from.root, 'volumes/data/_data/rows'), 'late');
    await writeBehind(ends.from, 'web', 'late');
    await moveStore(ends);
    const store = await storeAt(ends.to);
    expect(readFileSync(join(store.volumes.get('data').path, 'rows'), 'utf8')).toBe('late');
    await using mount = await store.containers.mount('web');
    expect(readFileSync(join(mount.path, 'etc/motd'), 'utf8')).toBe('late');
  });

  it('is refused while something is mounted, to a place that is taken, and to one that is the same or inside', async () => {
    const folder = scratchFolder();
    const ends = await endsIn(folder, vfs, vfs);
    await fill(folder, ends.from);
    {
      await using store = await openStore(ends.from);
      await using _mount = await store.containers.mount('web');
      await expect(moveStore(ends)).rejects.toMatchObject({ code: 'LAYER_IN_USE' });
      expect(store.books.metadata.departure).toBeUndefined();
    }
    for (const root of [ends.from.root, join(ends.from.root, 'volumes/x'), folder])
      await expect(moveStore({ ...ends, to: { ...ends.to, root } })).rejects.toMatchObject({ code: 'NAME_IN_USE' });
    await (await openStore(ends.to)).close();
    await expect(moveStore(ends)).rejects.toMatchObject({ code: 'NAME_IN_USE' });
    await using store = await openStore(ends.from);
    await store.containers.remove('web');
  });

  it('of a damaged layer fails with DIGEST_MISMATCH and can be given up', async () => {
    const folder = scratchFolder();
    const ends = await endsIn(folder, vfs, vfs);
    await fill(folder, ends.from);
    const before = await contentAt(ends.from);
    const [bottom] = (await ends.from.driver.list()).filter(({ parent }) => parent === null);
    const { SourceDir: dir = '' } = await ends.from.driver.metadata(bottom?.id ?? '');
    const tool = join(dir, 'bin/tool');
    const content = readFileSync(tool);
    writeFileSync(tool, randomBytes(100_000));
    await expect(moveStore(ends)).rejects.toMatchObject({ code: 'DIGEST_MISMATCH' });
    await expect(removeMoved(ends)).rejects.toMatchObject({ code: 'STORE_MOVED' });
    const other = await endAt(folder, 'other', vfs.module);
    await expect(moveStore({ ...ends, to: other })).rejects.toMatchObject({ code: 'STORE_MOVED' });
    writeFileSync(tool, content);

    await abandonMove(ends);
    expect(await ends.to.driver.list()).toEqual([]);
    expect(existsSync(ends.to.root)).toBe(false);
    expect(await contentAt(ends.from)).toEqual(before);
    await using store = await openStore(ends.from);
    await store.containers.remove('web');
  });
});

describe('a root behind a symbolic link', () => {
  it('is a root like any other, is recognised, and is no other place to move to', async () => {
    const folder = scratchFolder();
    const ends = await endsIn(folder, overlay2, overlay2);
    await fill(folder, ends.from);
    const before = await contentAt(ends.from);
    renameSync(ends.from.root, join(folder, 'disk'));
    symlinkSync('disk', ends.from.root);
    expect(rootPlace(ends.from.root)).toEqual({ path: ends.from.root, realPath: join(folder, 'disk'), isLinked: true });
    expect(rootPlace(join(folder, 'none/yet'))).toMatchObject({ realPath: join(folder, 'none/yet'), isLinked: false });
    expect(await contentAt(ends.from)).toEqual(before);
    await expect(moveStore({ ...ends, to: { ...ends.to, root: join(folder, 'disk/inside') } })).rejects.toMatchObject({
      code: 'NAME_IN_USE',
    });

    mkdirSync(join(folder, 'other-disk'));
    symlinkSync('other-disk', ends.to.root);
    expect(await moveStore(ends)).toMatchObject({ root: join(folder, 'other-disk'), oldRoot: join(folder, 'disk') });
    expect(await contentAt(ends.to)).toEqual(before);
    await removeMoved(ends);
    expect(readdirSync(join(folder, 'disk'))).toEqual([]);
    expect(await contentAt(ends.to)).toEqual(before);
  });
});

/** Moves in a process that is killed at its nth call which changes anything. Tells whether it came to that. */
async function killedMove(folder: string, step: number): Promise<boolean> {
  const worker = fileURLToPath(new URL('./fixture/moving-worker.mjs', import.meta.url));
  const started = startProcess(process.execPath, [worker, folder, 'overlay2', 'vfs'], {
    stdin: 'ignore',
    stdout: 'ignore',
    stderr: 'inherit',
    env: { ...process.env, GRAPHDRIVER_FAULT: `*:${step}:kill` },
  });
  const { exitCode, signal } = await started.ended;
  if (signal === 'SIGKILL') return true;
  if (exitCode === 0) return false;
  throw new Error(`The worker ended with ${exitCode ?? signal}.`);
}
