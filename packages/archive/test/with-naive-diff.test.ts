import { linkSync, mkdirSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { type Driver, isStorageError, type LayerRecord } from '@graphdriver/core';
import { errnoError, setFaultHandler } from '@graphdriver/host';
import { scratchRoot } from '@graphdriver/testkit';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { directoryTree, withNaiveDiff } from '../src/index.ts';
import { bytesOf } from './support/collect.ts';
import { FolderDriver } from './support/folder-driver.ts';
import { applyEdits, edits } from './support/random-edits.ts';
import { snapshotOf } from './support/tree-snapshot.ts';

const END_MARK = 1024;
const RUNS = Number(process.env['GRAPHDRIVER_TEST_RUNS'] ?? 40);

let scratch: Awaited<ReturnType<typeof scratchRoot>>;
let driver: Driver;
let count = 0;

beforeEach(async () => {
  scratch = await scratchRoot();
  driver = withNaiveDiff(new FolderDriver(scratch.path));
});

afterEach(async () => {
  setFaultHandler(undefined);
  await scratch[Symbol.asyncDispose]();
});

const pathOf = (id: string): string => `${scratch.path}/${id}`;
const viewOf = (id: string): unknown => snapshotOf(directoryTree(pathOf(id)));

/** A writable layer on a committed one, both made by edits. Unix sockets are what a layer does not get back. */
async function layerOf(
  below: Parameters<typeof applyEdits>[1],
  above: Parameters<typeof applyEdits>[1],
): Promise<LayerRecord> {
  const [parent, id] = [`base-${count}`, `layer-${count++}`];
  await driver.create(parent);
  applyEdits(pathOf(parent), below);
  await driver.commit(parent);
  const record = await driver.create(id, { parent, labels: { kept: 'yes' } });
  applyEdits(pathOf(id), above);
  return record;
}

async function* cut(archive: Buffer, length: number): AsyncGenerator<Uint8Array> {
  yield archive.subarray(0, length);
}

async function* inTwo(archive: Buffer, between: () => void): AsyncGenerator<Uint8Array> {
  yield archive.subarray(0, archive.length / 2);
  between();
  yield archive.subarray(archive.length / 2);
}

describe('an archive that cannot be applied', () => {
  test('leaves the layer as it was, whatever was in it and in the archive', async () => {
    await fc.assert(
      fc.asyncProperty(edits(20), edits(15), edits(25), fc.nat(), async (below, above, others, where) => {
        const record = await layerOf(below, above);
        await driver.create(`${record.id}-other`, { parent: record.parent ?? '' });
        applyEdits(pathOf(`${record.id}-other`), others);
        const archive = await bytesOf(driver.diff(`${record.id}-other`));
        const before = viewOf(record.id);

        const broken = cut(archive, where % (archive.length - END_MARK + 1));
        await expect(driver.applyDiff(record.id, broken)).rejects.toSatisfy((error) =>
          isStorageError(error, 'INVALID_ARCHIVE'),
        );

        expect(viewOf(record.id)).toEqual(before);
        expect(await driver.stat(record.id)).toEqual(record);
        expect(await driver.holders(record.id)).toEqual([]);
      }),
      { numRuns: RUNS },
    );
  });

  test('is taken back from a layer without a parent as well', async () => {
    await driver.create('base');
    writeFileSync(`${pathOf('base')}/kept`, 'x');
    await driver.create('other');
    mkdirSync(`${pathOf('other')}/new`);
    writeFileSync(`${pathOf('other')}/kept`, 'y');
    const archive = await bytesOf(driver.diff('other'));
    const before = viewOf('base');
    await expect(driver.applyDiff('base', cut(archive, archive.length - END_MARK))).rejects.toSatisfy(isStorageError);
    expect(viewOf('base')).toEqual(before);
  });

  test('is taken back where the file has the size and time of the one that it replaced', async () => {
    const record = await layerOf([], []);
    const id = record.id;
    for (const [layer, content] of [
      [id, 'one'],
      [`${id}-other`, 'two'],
    ] as const) {
      if (layer !== id) await driver.create(layer);
      writeFileSync(`${pathOf(layer)}/f`, content);
      // 1970: nothing but the content tells them apart.
      utimesSync(`${pathOf(layer)}/f`, 0, 0);
    }
    const archive = await bytesOf(driver.diff(`${id}-other`));
    await expect(driver.applyDiff(id, cut(archive, archive.length - END_MARK))).rejects.toSatisfy(isStorageError);
    await using file = await driver.openLayerFile(id, 'f');
    expect((await bytesOf(file.content())).toString()).toBe('one');
  });

  test('is taken back after an abort in the middle', async () => {
    const { id } = await layerOf([], []);
    await driver.create('other');
    for (const name of ['a', 'b']) writeFileSync(`${pathOf('other')}/${name}`, Buffer.alloc(500_000, name));
    const controller = new AbortController();
    const archive = inTwo(await bytesOf(driver.diff('other')), () => controller.abort());
    await expect(driver.applyDiff(id, archive, { signal: controller.signal })).rejects.toSatisfy((error) =>
      isStorageError(error, 'ABORTED'),
    );
    expect(readdirSync(pathOf(id))).toEqual([]);
  });

  test('is taken back when the disk is full, and fails with OUT_OF_SPACE', async () => {
    const { id } = await layerOf([], []);
    writeFileSync(`${pathOf(id)}/kept`, 'x');
    linkSync(`${pathOf(id)}/kept`, `${pathOf(id)}/linked`);
    const before = viewOf(id);
    await driver.create('other');
    for (const name of ['a', 'kept', 'z']) writeFileSync(`${pathOf('other')}/${name}`, name);
    const archive = await bytesOf(driver.diff('other'));
    let opened = 0;
    const full = inTwo(archive, () =>
      setFaultHandler((call, path) => {
        if (call !== 'open' || ++opened !== 2) return;
        setFaultHandler(undefined);
        throw errnoError(call, 28, path);
      }),
    );
    await expect(driver.applyDiff(id, full)).rejects.toSatisfy((error) => isStorageError(error, 'OUT_OF_SPACE'));
    expect(viewOf(id)).toEqual(before);
  });

  test('that cannot be taken back either fails with CORRUPT_LAYER', async () => {
    const { id } = await layerOf([], []);
    await driver.create('other');
    for (const name of ['a', 'z']) writeFileSync(`${pathOf('other')}/${name}`, Buffer.alloc(100_000, name));
    const archive = await bytesOf(driver.diff('other'));
    const broken = inTwo(archive.subarray(0, archive.length - END_MARK), () =>
      setFaultHandler((call, path) => {
        if (call === 'unlink') throw errnoError(call, 5, path);
      }),
    );
    await expect(driver.applyDiff(id, broken)).rejects.toSatisfy((error) => isStorageError(error, 'CORRUPT_LAYER'));
  });
});

test('a diff applied to a layer that has changes of its own replaces what it names and leaves the rest', async () => {
  const { id, parent } = await layerOf([], []);
  writeFileSync(`${pathOf(id)}/own`, 'own');
  writeFileSync(`${pathOf(id)}/both`, 'old');
  await driver.create('other', { parent: parent ?? '' });
  writeFileSync(`${pathOf('other')}/both`, 'newer');
  expect(await driver.applyDiff(id, driver.diff('other'))).toEqual({ size: 5 });
  expect(await driver.changes(id)).toEqual([
    { kind: 'add', path: '/both' },
    { kind: 'add', path: '/own' },
  ]);
});

test('a layer whose files are gone is not held by the question what has changed in it', async () => {
  await driver.create('lost');
  rmSync(pathOf('lost'), { recursive: true });
  await expect(driver.changes('lost')).rejects.toSatisfy(isStorageError);
  expect(await driver.holders('lost')).toEqual([]);
});
