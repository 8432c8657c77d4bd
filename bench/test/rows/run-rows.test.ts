import { readdir } from 'node:fs/promises';
import { mountsUnder } from '@graphdriver/host';
import {
  loopFilesystemReason,
  machineLock,
  privilegeReason,
  requireOrSkip,
  scratchRoot,
  zfsReason,
} from '@graphdriver/testkit';
import { describe, expect, test } from 'vitest';
import { judgeRows } from '../../src/rows/judge-rows.ts';
import { loadPeers } from '../../src/rows/load-peers.ts';
import { allRows, rowPrograms } from '../../src/rows/row-programs.ts';
import type { RowSizes } from '../../src/rows/row-sizes.ts';
import { formatRows, parseRows } from '../../src/rows/rows-file.ts';
import type { RowsResult } from '../../src/rows/rows-result.ts';
import { type RowsProgress, runRows } from '../../src/rows/run-rows.ts';
import { SameResult } from '../../src/rows/same-result.ts';
import { fuseOverlayfs } from '../../src/rows/union-peers.ts';

const TINY: RowSizes = {
  pairs: 3,
  slowPairs: 2,
  processPairs: 2,
  layers: 15,
  atOnce: 20,
  containers: 10,
  depths: [3],
  chain: 3,
  imageFiles: 20,
  imageBytes: 2_000_000,
  manyFiles: 100,
  changedFiles: 5,
  treeBytes: 200_000,
  treeFiles: 40,
  volumeBytes: 200_000,
  loadBytes: 400_000,
  loadLayers: 3,
  unionPairs: 1,
  unionFiles: 60,
  unionBytes: 2 * 1024 ** 2,
  unionDepths: [1, 3],
  unionDepth: 3,
  copyUps: [4096, 2 * 1024 ** 2],
};

// Node takes what follows the two dashes for arguments of the program.
const program = [process.execPath, '-e', '0', '--'];
const reason = requireOrSkip(
  'overlay2',
  privilegeReason() ??
    (await loopFilesystemReason('ext4')) ??
    (await loopFilesystemReason('xfs')) ??
    (await loopFilesystemReason('btrfs')),
);
const why = reason === null ? '' : ` (${reason})`;
const withoutZfs = requireOrSkip('zfs', await zfsReason());
/** Without the programs that a load is compared with, which are seldom all installed. */
const absent = loadPeers
  .filter((peer) => peer.refusal() !== null)
  .map(({ name }) => `store/load-${name}`)
  .concat(fuseOverlayfs.refusal() === null ? [] : ['aufs/fuse-overlayfs']);
const onZfs = (id: string): boolean => id.startsWith('zfs/');
const onStore = (id: string): boolean => id.startsWith('store/');
const onUnion = (id: string): boolean => id.startsWith('aufs/');
const ids = rowPrograms(TINY)
  .map(({ row }) => row.id)
  .filter((id) => !absent.some((name) => id === name || id.startsWith(`${name}/`)));

function expectMeasured(result: RowsResult): void {
  expect(result.skips).toEqual([]);
  expect(result.complete).toBe(true);
  const count = (id: string, side: string): number =>
    result.samples.filter((sample) => sample.row === id && sample.side === side).length;
  for (const { id, theirs } of result.rows) {
    expect([id, count(id, 'ours') > 0]).toEqual([id, true]);
    expect([id, count(id, 'theirs')]).toEqual([id, theirs === null ? 0 : count(id, 'ours')]);
  }
  expect(result.samples.every(({ value }) => value > 0)).toBe(true);
  expect(judgeRows(result).every(({ summary }) => summary !== null)).toBe(true);
  expect(parseRows(formatRows(result), 'it')).toEqual(result);
}

describe('runRows', () => {
  test.skipIf(reason !== null).each([
    ['drivers', (id: string) => !onZfs(id) && !onStore(id) && !onUnion(id)],
    ['a store', onStore],
    ['unions', onUnion],
  ] as const)(`measures every row of %s and leaves nothing behind${why}`, async (_what, isChosen) => {
    await using _lock = await machineLock();
    await using scratch = await scratchRoot('graphdriver-rows-test-');
    const only = ids.filter(isChosen);
    const result = await runRows({ directory: scratch.path, debian: false, sizes: TINY, program, only });
    expect(result.rows.map(({ id }) => id).toSorted()).toEqual(only.toSorted());
    expectMeasured(result);
    expect(mountsUnder(scratch.path)).toEqual([]);
    expect(await readdir(scratch.path)).toEqual([]);
  });

  test.skipIf(withoutZfs !== null)(
    `measures the rows of zfs on a pool of its own${withoutZfs === null ? '' : ` (${withoutZfs})`}`,
    async () => {
      await using _lock = await machineLock();
      await using scratch = await scratchRoot('graphdriver-rows-test-');
      const only = ids.filter(onZfs);
      const result = await runRows({ directory: scratch.path, sizes: TINY, only });
      expect(result.rows).toHaveLength(only.length);
      expectMeasured(result);
      expect(await readdir(scratch.path)).toEqual([]);
    },
  );

  test.skipIf(reason !== null)(`unpacks the archive that it is given${why}`, async () => {
    await using _lock = await machineLock();
    await using scratch = await scratchRoot('graphdriver-rows-test-');
    const archive = `${scratch.path}/missing.tar`;
    const result = await runRows({ directory: scratch.path, only: ['overlay2/apply'], archive, sizes: TINY });
    expect(result.skips.map(({ row }) => row)).toEqual(['overlay2/apply']);
    expect(await readdir(scratch.path)).toEqual([]);
  });

  test('says why a row was not measured, and goes on', async () => {
    await using scratch = await scratchRoot('graphdriver-rows-test-');
    const result = await runRows({ directory: scratch.path, only: ['cli'], sizes: TINY });
    expect(result.skips.map(({ row }) => row)).toEqual(['cli/version', 'cli/drivers']);
    expect(result).toMatchObject({ complete: true, samples: [] });
  });

  test('takes a failing program for a row that could not be measured', async () => {
    await using scratch = await scratchRoot('graphdriver-rows-test-');
    const failing = [process.execPath, '-e', 'process.exit(3)', '--'];
    const result = await runRows({ directory: scratch.path, only: ['cli/version'], sizes: TINY, program: failing });
    expect(result.skips).toHaveLength(1);
    expect(result.samples).toEqual([]);
  });

  test('refuses a name that is no row, and says what comes near it', async () => {
    const refusal = (name: string): Promise<unknown> => runRows({ only: [name] }).catch(String);
    expect(await refusal('overlay2/lifetime')).toMatch(/^TypeError: .* begin with overlay2, /);
    expect(await refusal('overlay')).toMatch(/^TypeError: .* aufs\/overlay\/create, /);
    expect(await refusal('aufs/unlink')).toMatch(
      / one of these\? aufs\/overlay\/unlink, aufs\/fuse-overlayfs\/unlink\.$/,
    );
  });

  test('does nothing when its signal was aborted before', async () => {
    await expect(runRows({ signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'ABORTED' });
  });

  test('ends early by its signal, keeps what it has, and says that it is not complete', async () => {
    await using scratch = await scratchRoot('graphdriver-rows-test-');
    const abort = new AbortController();
    const onProgress = ({ row, fraction }: RowsProgress): void => {
      if (row.id === 'cli/drivers' && fraction > 0) abort.abort();
    };
    const result = await runRows({
      directory: scratch.path,
      only: ['cli'],
      sizes: TINY,
      program,
      onProgress,
      signal: abort.signal,
    });
    expect(result.complete).toBe(false);
    expect(result.skips).toEqual([]);
    expect(new Set(result.samples.map(({ row }) => row))).toEqual(new Set(['cli/version']));
    expect(parseRows(formatRows(result), 'it')).toEqual(result);
    expect(await readdir(scratch.path)).toEqual([]);
  });
});

describe('the rows', () => {
  test('have ids of their own, and those with a reference a ratio', () => {
    const rows = allRows();
    expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length);
    for (const { unit, theirs } of rows) expect(unit === 'times').toBe(theirs !== null);
  });

  test('notice when the two sides do not do the same work', async () => {
    await using scratch = await scratchRoot('graphdriver-rows-test-');
    const results = new SameResult();
    await results.compare(new URL('../../src/rows', import.meta.url).pathname);
    await expect(results.compare(scratch.path)).rejects.toMatchObject({ code: 'CORRUPT_LAYER' });
  });
});
