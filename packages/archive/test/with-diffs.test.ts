import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { type Driver, isStorageError, type StorageErrorCode } from '@graphdriver/core';
import { scratchRoot } from '@graphdriver/testkit';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { directoryTree, withNaiveDiff, writeTar } from '../src/index.ts';
import { bytesOf } from './support/collect.ts';
import { FolderDriver } from './support/folder-driver.ts';
import { snapshotOf } from './support/tree-snapshot.ts';

let scratch: Awaited<ReturnType<typeof scratchRoot>>;
let folders: FolderDriver;
let driver: Driver;

beforeEach(async () => {
  scratch = await scratchRoot();
  folders = new FolderDriver(scratch.path);
  driver = withNaiveDiff(folders);
});

afterEach(async () => {
  const held = (await folders.list().catch(() => [])).filter(({ id }) => folders.held(id) > 0);
  await scratch[Symbol.asyncDispose]();
  // Whatever a test does, every view that was opened for it has been given back.
  expect(held).toEqual([]);
});

const refusal = (code: StorageErrorCode) => (error: unknown) => isStorageError(error, code);
const pathOf = (id: string): string => `${scratch.path}/${id}`;

/** A layer with the file `f`, committed, and a writable one on it in which `f` and `g` are new. */
async function baseAndLayer(): Promise<void> {
  await driver.create('base');
  writeFileSync(`${pathOf('base')}/f`, 'old');
  await driver.commit('base');
  await driver.create('layer', { parent: 'base' });
  writeFileSync(`${pathOf('layer')}/f`, 'newer');
  writeFileSync(`${pathOf('layer')}/g`, 'more');
}

describe('the base of a diff', () => {
  beforeEach(baseAndLayer);

  test('is the parent unless given', async () => {
    const expected = [
      { kind: 'modify', path: '/f' },
      { kind: 'add', path: '/g' },
    ];
    expect(await driver.changes('layer')).toEqual(expected);
    expect(await driver.changes('layer', { base: 'base' })).toEqual(expected);
    expect(await driver.diffSize('layer')).toBe(9);
  });

  test('is an empty tree where it is null', async () => {
    expect((await driver.changes('layer', { base: null })).map(({ kind }) => kind)).toEqual(['add', 'add']);
    expect(await driver.changes('base')).toEqual([{ kind: 'add', path: '/f' }]);
  });

  test('can be any other layer, the contents of both then being compared', async () => {
    await driver.create('sibling', { parent: 'base' });
    writeFileSync(`${pathOf('sibling')}/f`, 'newer');
    expect(await driver.changes('base', { base: 'layer' })).toEqual([
      { kind: 'modify', path: '/f' },
      { kind: 'delete', path: '/g' },
    ]);
    expect((await driver.changes('sibling', { base: 'layer' })).map(({ path }) => path)).toContain('/g');
  });

  test('can be the layer itself, which differs in nothing', async () => {
    expect(await driver.changes('layer', { base: 'layer' })).toEqual([]);
    expect(await bytesOf(driver.diff('layer', { base: 'layer' }))).toEqual(Buffer.alloc(1024));
  });

  test('must be there', async () => {
    await expect(driver.changes('layer', { base: 'missing' })).rejects.toSatisfy(refusal('LAYER_NOT_FOUND'));
    await expect(driver.diffSize('missing', { base: 'missing' })).rejects.toSatisfy(refusal('LAYER_NOT_FOUND'));
  });
});

describe('reading a diff', () => {
  beforeEach(baseAndLayer);

  test('holds both layers until the stream is closed', async () => {
    const chunks = driver.diff('layer')[Symbol.asyncIterator]();
    expect(folders.held('layer')).toBe(0);
    writeFileSync(`${pathOf('layer')}/g`, Buffer.alloc(1_000_000, 'x'));
    await chunks.next();
    expect([folders.held('layer'), folders.held('base')]).toEqual([1, 1]);
    await chunks.return?.();
    expect([folders.held('layer'), folders.held('base')]).toEqual([0, 0]);
  });

  test('of a missing layer fails when it is first read', async () => {
    const stream = driver.diff('missing');
    await expect(bytesOf(stream)).rejects.toSatisfy(refusal('LAYER_NOT_FOUND'));
  });

  test('ends with ABORTED between two chunks', async () => {
    writeFileSync(`${pathOf('layer')}/h`, Buffer.alloc(5_000_000, 'x'));
    const controller = new AbortController();
    const read = async (): Promise<void> => {
      for await (const _ of driver.diff('layer', { signal: controller.signal })) controller.abort();
    };
    await expect(read()).rejects.toSatisfy(refusal('ABORTED'));
  });

  test('of a file that no archive can hold fails with UNREPRESENTABLE', async () => {
    writeFileSync(`${pathOf('layer')}/.wh.x`, '');
    await expect(bytesOf(driver.diff('layer'))).rejects.toSatisfy(refusal('UNREPRESENTABLE'));
    expect(await driver.changes('layer')).toHaveLength(3);
  });

  test('refuses options that nobody reads, and what is no id', async () => {
    // Callers in JavaScript misspell options; the compiler would not let them.
    const misspelt = { bass: null } as object;
    expect(() => driver.diff('layer', misspelt)).toThrow(TypeError);
    await expect(driver.changes('layer', misspelt)).rejects.toThrow(TypeError);
    await expect(driver.diffSize('../layer')).rejects.toThrow(TypeError);
    await expect(driver.changes('layer', { base: 'no/id' })).rejects.toThrow(TypeError);
    await expect(driver.openLayerFile('layer', 'f', misspelt)).rejects.toThrow(TypeError);
    await expect(driver.applyDiff('layer', Readable.from([]), misspelt)).rejects.toThrow(TypeError);
  });

  test('fails with CLOSED on a closed driver', async () => {
    await driver.close();
    await expect(driver.changes('layer')).rejects.toSatisfy(refusal('CLOSED'));
    await expect(bytesOf(driver.diff('layer'))).rejects.toSatisfy(refusal('CLOSED'));
    await expect(driver.applyDiff('layer', Readable.from([]))).rejects.toSatisfy(refusal('CLOSED'));
  });
});

describe('opening a file of a layer', () => {
  beforeEach(baseAndLayer);

  test('reads it from the first byte to the last, as often as wanted, and holds the layer meanwhile', async () => {
    writeFileSync(`${pathOf('layer')}/large`, Buffer.alloc(700_001, 'x'), { mode: 0o640 });
    const file = await driver.openLayerFile('layer', '/large');
    expect(file).toMatchObject({ size: 700_001, mode: 0o640 });
    expect(folders.held('layer')).toBe(1);
    for (const _ of [1, 2]) expect((await bytesOf(file.content())).equals(Buffer.alloc(700_001, 'x'))).toBe(true);
    await file.close();
    await file.close();
    expect(folders.held('layer')).toBe(0);
    await expect(bytesOf(file.content())).rejects.toSatisfy(refusal('CLOSED'));
  });

  test.each(['f', '/f', '//./f', Buffer.from('/f')])('finds it at %o', async (path) => {
    await using file = await driver.openLayerFile('layer', path);
    expect((await bytesOf(file.content())).toString()).toBe('newer');
  });

  test.each([
    '/missing',
    '/',
    '',
    '/d',
    '/f/',
    '/f/.',
    '/f/x',
    '/link',
    '/dlink/inner',
    '/../base/f',
    '/d/../f',
    '/f\0',
  ])('finds no regular file at %j', async (path) => {
    mkdirSync(`${pathOf('layer')}/d`);
    writeFileSync(`${pathOf('layer')}/d/inner`, 'x');
    symlinkSync('f', `${pathOf('layer')}/link`);
    symlinkSync('d', `${pathOf('layer')}/dlink`);
    await expect(driver.openLayerFile('layer', path)).rejects.toSatisfy(refusal('FILE_NOT_FOUND'));
  });

  test('finds no regular file at paths that no file system can have', async () => {
    for (const path of [`/${'x'.repeat(300)}`, '/x'.repeat(100_000)]) {
      await expect(driver.openLayerFile('layer', path)).rejects.toSatisfy(refusal('FILE_NOT_FOUND'));
    }
  });
});

describe('applying an archive', () => {
  beforeEach(baseAndLayer);

  test('of a diff to a sibling gives the same view and says its size', async () => {
    await driver.create('copy', { parent: 'base' });
    expect(await driver.applyDiff('copy', driver.diff('layer'))).toEqual({ size: 9 });
    expect(snapshotOf(directoryTree(pathOf('copy')))).toEqual(snapshotOf(directoryTree(pathOf('layer'))));
  });

  test('is refused for a committed, a held and a missing layer, and the archive is closed', async () => {
    await using _ = await driver.get('layer');
    for (const [id, code] of [
      ['base', 'LAYER_COMMITTED'],
      ['layer', 'LAYER_IN_USE'],
      ['missing', 'LAYER_NOT_FOUND'],
    ] as const) {
      const archive = new Readable({ read: () => undefined });
      await expect(driver.applyDiff(id, archive)).rejects.toSatisfy(refusal(code));
      expect(archive.destroyed).toBe(true);
    }
    expect(readdirSync(pathOf('layer'))).toEqual(['f', 'g']);
  });

  test('closes a generator that it does not read to its end', async () => {
    let isClosed = false;
    async function* endless(): AsyncGenerator<Uint8Array> {
      try {
        for (;;) yield Buffer.from('junk'.repeat(1000));
      } finally {
        isClosed = true;
      }
    }
    await expect(driver.applyDiff('layer', endless())).rejects.toSatisfy(refusal('INVALID_ARCHIVE'));
    expect(isClosed).toBe(true);
  });

  test('of a stream that hangs ends with ABORTED', async () => {
    const controller = new AbortController();
    const archive = new Readable({ read: () => undefined });
    setTimeout(() => controller.abort(), 20);
    await expect(driver.applyDiff('layer', archive, { signal: controller.signal })).rejects.toSatisfy(
      refusal('ABORTED'),
    );
    expect(archive.destroyed).toBe(true);
  });

  test('of a stream that fails before anybody reads it fails with that error as the cause', async () => {
    const reason = new Error('The disk with the archive is on fire.');
    const archive = new Readable({ read: () => undefined });
    const applied = driver.applyDiff('layer', archive);
    archive.destroy(reason);
    await expect(applied).rejects.toMatchObject({ name: 'StorageError', cause: reason });
  });

  test('of what is no stream is a TypeError', async () => {
    // Callers in JavaScript give anything.
    for (const archive of [undefined, null, 'tar', {}]) {
      await expect(driver.applyDiff('layer', archive as unknown as AsyncIterable<Uint8Array>)).rejects.toThrow(
        TypeError,
      );
    }
  });

  test('runs one after another for one layer', async () => {
    const file = (name: string) =>
      ({ path: name, type: 'file', mode: 0o644, uid: 0, gid: 0, size: 0, mtime: 0n }) as const;
    const rest = { linkTarget: '', rdev: 0, xattrs: new Map<string, Buffer>(), segments: null, content: [] };
    const names = ['1', '2', '3'];
    await Promise.all(names.map((name) => driver.applyDiff('layer', writeTar([{ ...file(name), ...rest }]))));
    expect(readdirSync(pathOf('layer'))).toEqual(['1', '2', '3', 'f', 'g']);
  });
});

test('everything else is the driver’s own', async () => {
  await using whole: Driver = driver;
  expect([whole.name, whole.root, whole.capabilities]).toEqual([folders.name, folders.root, folders.capabilities]);
  const record = await whole.create('a', { labels: { k: 'v' } });
  expect([await whole.stat('a'), ...(await whole.list())]).toEqual([record, record]);
  expect(await whole.setLabels('a', { k: 'w' })).toMatchObject({ labels: { k: 'w' } });
  expect([await whole.exists('a'), await whole.exists('b')]).toEqual([true, false]);
  expect([await whole.usage('a'), await whole.reclaimable('a')]).toEqual([{ allocated: 1, apparent: 2, inodes: 3 }, 4]);
  expect([await whole.status(), await whole.metadata('a')]).toEqual([
    await folders.status(),
    await folders.metadata('a'),
  ]);
  expect(await whole.describeMount('a')).toEqual(await folders.describeMount('a'));
  const mount = await whole.get('a');
  expect(await whole.holders('a')).toHaveLength(1);
  await mount.put();
  await expect(whole.put('a', { holder: 'x' })).rejects.toSatisfy(refusal('HOLDER_NOT_FOUND'));
  expect(await whole.commit('a')).toMatchObject({ kind: 'committed' });
  await whole.remove('a');
  expect(readdirSync(scratch.path)).toEqual([]);
});
