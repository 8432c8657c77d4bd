import { mkdirSync } from 'node:fs';
import type { Driver } from '@graphdriver/core';
import { canReflink, removeTree, run, syncFilesystem } from '@graphdriver/host';
import { loopFilesystemReason } from '@graphdriver/testkit';
import type { OnceOperation } from '../sampler.ts';
import { loopPlace } from './row-place.ts';
import { type RowProgram, sampling } from './row-stage.ts';
import { SameResult } from './same-result.ts';
import { samplePairs } from './sample-pairs.ts';

/** A full copy that shares its blocks, against the command that does the same. */
export const vfsCreateRow: RowProgram = {
  row: {
    id: 'vfs/create',
    title: 'create by full copy, vfs on xfs with reflinks',
    unit: 'times',
    target: 1.3,
    ours: 'create',
    theirs: 'cp -a --reflink=always',
    why:
      'vfs create of a child of a root file system, against `cp -a --reflink=always` of the same tree on the same xfs: both copy ' +
      'every directory entry and share all blocks. Neither side syncs; syncfs comes before each sample. That both made the same ' +
      'number of files and bytes is checked.',
  },
  refusal: () => loopFilesystemReason('xfs'),
  async measure(stage) {
    const { vfs } = await import('@graphdriver/driver-vfs');
    const archive = await stage.archive();
    stage.note(archive.fact);
    await using place = await loopPlace(stage, 'xfs');
    if (!canReflink(place.path)) throw new Error('This kernel or mkfs.xfs makes no reflinks.');
    const copies = `${place.path}/copies`;
    mkdirSync(copies);
    await using driver = await vfs.open({ root: `${place.path}/root` });
    await driver.create('base');
    await driver.applyDiff('base', archive.open(), { signal: stage.signal });
    await driver.commit('base');
    const { SourceDir: source = '' } = await driver.metadata('base');
    const results = new SameResult();
    const options = sampling(stage, stage.sizes.slowPairs, 1);
    return await samplePairs(createChild(driver, results), copyBy(source, copies, results, stage.signal), options);
  },
};

function createChild(driver: Driver, results: SameResult): OnceOperation<string> {
  return {
    async prepare(index) {
      await syncFilesystem(driver.root);
      return `child-${index}`;
    },
    async measure(id) {
      await driver.create(id, { parent: 'base' });
    },
    async release(id) {
      const { SourceDir: made = '' } = await driver.metadata(id);
      await results.compare(made);
      await driver.remove(id);
    },
  };
}

function copyBy(source: string, directory: string, results: SameResult, signal: AbortSignal): OnceOperation<string> {
  return {
    async prepare(index) {
      await syncFilesystem(directory);
      return `${directory}/${index}`;
    },
    async measure(target) {
      await run('cp', ['-a', '--reflink=always', source, target], { signal, timeout: 0 });
    },
    async release(target) {
      await results.compare(target);
      await removeTree(target);
    },
  };
}
