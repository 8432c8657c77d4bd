import { mkdirSync } from 'node:fs';
import type { Driver } from '@graphdriver/core';
import { commandExists, run } from '@graphdriver/host';
import { type LoopFilesystem, loopFilesystem, loopFilesystemReason } from '@graphdriver/testkit';
import type { OnceOperation } from '../sampler.ts';
import { type RowProgram, type RowStage, sampling } from './row-stage.ts';
import { SameResult } from './same-result.ts';
import { samplePairs } from './sample-pairs.ts';

const LOOP_BYTES = 2 * 1024 ** 3;

/** What a tar of the same fidelity as a layer needs to be told. */
const TAR_ARGUMENTS = ['--numeric-owner', '--xattrs', '--xattrs-include=*', '-S', '-p'] as const;

/** Unpacking a root file system against tar. */
export const applyRow: RowProgram = {
  row: {
    id: 'overlay2/apply',
    title: 'unpack a root file system, overlay2',
    unit: 'times',
    target: 1.2,
    ours: 'applyDiff',
    theirs: 'tar -x',
    why:
      'applyDiff of a root file system into an empty layer, against `tar -x` of the same archive with the same fidelity ' +
      '(numeric owners, extended attributes, sparse files, modes). Each sample has a fresh ext4 file system in a file; the archive ' +
      'is in the page cache. Neither side syncs. That both made the same number of files and bytes is checked.',
  },
  refusal: async () => (commandExists('tar') ? loopFilesystemReason('ext4') : 'There is no command tar.'),
  async measure(stage) {
    const { fact } = await stage.archive();
    stage.note(fact);
    stage.note('Each sample on a fresh ext4 file system in a file.');
    const results = new SameResult();
    const ours = await unpackByDriver(stage, results);
    return await samplePairs(ours, await unpackByTar(stage, results), sampling(stage, stage.sizes.slowPairs, 1));
  },
};

interface DriverTarget {
  readonly filesystem: LoopFilesystem;
  readonly driver: Driver;
}

async function unpackByDriver(stage: RowStage, results: SameResult): Promise<OnceOperation<DriverTarget>> {
  const { overlay2 } = await import('@graphdriver/driver-overlay2');
  const archive = await stage.archive();
  return {
    async prepare() {
      const filesystem = await freshFilesystem();
      const driver = await overlay2.open({ root: `${filesystem.path}/root` });
      await driver.create('layer');
      return { filesystem, driver };
    },
    async measure({ driver }) {
      await driver.applyDiff('layer', archive.open(), { signal: stage.signal });
    },
    async release({ filesystem, driver }) {
      try {
        const { UpperDir: directory = '' } = await driver.metadata('layer');
        await results.compare(directory);
      } finally {
        await driver.close();
        await filesystem[Symbol.asyncDispose]();
      }
    },
  };
}

async function unpackByTar(
  stage: RowStage,
  results: SameResult,
): Promise<OnceOperation<{ filesystem: LoopFilesystem; directory: string }>> {
  const { path } = await stage.archive();
  return {
    async prepare() {
      const filesystem = await freshFilesystem();
      const directory = `${filesystem.path}/tree`;
      mkdirSync(directory);
      return { filesystem, directory };
    },
    async measure({ directory }) {
      await run('tar', [...TAR_ARGUMENTS, '-xf', path, '-C', directory], { signal: stage.signal, timeout: 0 });
    },
    async release({ filesystem, directory }) {
      try {
        await results.compare(directory);
      } finally {
        await filesystem[Symbol.asyncDispose]();
      }
    },
  };
}

function freshFilesystem(): Promise<LoopFilesystem> {
  return loopFilesystem({ type: 'ext4', size: LOOP_BYTES });
}
