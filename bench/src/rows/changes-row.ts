import { withNaiveDiff } from '@graphdriver/archive';
import { type Change, type Driver, type LayerDriver, StorageError } from '@graphdriver/core';
import { buildImage } from '../bench-image.ts';
import { letGo } from '../let-go.ts';
import type { OnceOperation } from '../sampler.ts';
import { appendByte } from '../workloads/append-byte.ts';
import { manyFiles } from '../workloads/many-files.ts';
import { onBtrfs } from './row-driver.ts';
import { type RowProgram, type RowStage, sampling } from './row-stage.ts';
import { samplePairs } from './sample-pairs.ts';

const FILE_SIZE = 64;

/** What a layer has changed, from the file system's trees, against walking two of them. */
export const changesRow: RowProgram = {
  row: {
    id: 'btrfs/changes',
    title: '100 changes among 100,000 files, btrfs',
    unit: 'times',
    target: 0.1,
    ours: 'changes',
    theirs: 'changes by walking both trees',
    why:
      'changes of a container in which 100 of the 100,000 files of its image have grown by a byte, spread evenly over 3,125 directories, ' +
      'against the same by withNaiveDiff, which walks the views of both layers. Ours waits for the file system to be synced, which it ' +
      'already is; all metadata is in the caches. That both found the same is checked.',
  },
  refusal: onBtrfs.refusal,
  async measure(stage) {
    await using place = await onBtrfs.place(stage);
    await using driver = await onBtrfs.open(place);
    const id = await changedContainer(driver, stage);
    const found = new SameChanges();
    const options = sampling(stage, stage.sizes.slowPairs, 1);
    return await samplePairs(listing(driver, id, found), listing(withNaiveDiff(driver), id, found), options);
  },
};

async function changedContainer(driver: LayerDriver, { sizes, seed, signal }: RowStage): Promise<string> {
  const files = manyFiles({ files: sizes.manyFiles, fileSize: FILE_SIZE });
  const { top } = await buildImage(driver, { name: 'image', layers: 1, files, seed, signal });
  const id = 'container';
  await driver.create(id, { parent: top });
  const mount = await driver.get(id);
  try {
    const step = files.length / sizes.changedFiles;
    for (let number = 0; number < sizes.changedFiles; number += 1) {
      appendByte(`${mount.path}/${files[Math.floor(number * step)]?.path}`);
    }
  } finally {
    await letGo(mount);
  }
  return id;
}

/** Takes care that both sides find the same. */
class SameChanges {
  #first: string | undefined;

  /** @throws {StorageError} `CORRUPT_LAYER` */
  compare(changes: readonly Change[]): void {
    const found = JSON.stringify(changes);
    this.#first ??= found;
    if (found === this.#first) return;
    throw new StorageError('CORRUPT_LAYER', 'Two ways to list the changes of a layer have found different ones.');
  }
}

interface Listing {
  changes: readonly Change[];
}

function listing(driver: Pick<Driver, 'changes'>, id: string, found: SameChanges): OnceOperation<Listing> {
  return {
    prepare: async () => ({ changes: [] }),
    async measure(list) {
      list.changes = await driver.changes(id);
    },
    release: async ({ changes }) => found.compare(changes),
  };
}
