import { type Driver, throwIfAborted } from '@graphdriver/core';
import { loopFilesystemReason } from '@graphdriver/testkit';
import { buildImage } from '../bench-image.ts';
import type { OnceOperation } from '../sampler.ts';
import { loopPlace } from './row-place.ts';
import { type RowProgram, type RowStage, sampling } from './row-stage.ts';
import { samplePairs } from './sample-pairs.ts';

const FEW = 10;
const WARM_UPS = 20;

/** Creating among many layers against creating among few. */
export const createFlatRow: RowProgram = {
  row: {
    id: 'create-flat',
    title: 'create among 10,000 layers, overlay2',
    unit: 'times',
    target: 1.2,
    ours: 'create in a root of 10,000 layers',
    theirs: 'create in a root of 10',
    why:
      'overlay2 create of a container in a root that holds 10,000 layers, against the same in a root that holds 10, both on one ' +
      'ext4 file system and opened by one process. All layers are children of one committed layer.',
  },
  refusal: () => loopFilesystemReason('ext4'),
  async measure(stage) {
    const { overlay2 } = await import('@graphdriver/driver-overlay2');
    await using place = await loopPlace(stage, 'ext4');
    await using full = await overlay2.open({ root: `${place.path}/full` });
    await using empty = await overlay2.open({ root: `${place.path}/empty` });
    // Their layers go with the file system: removing 10,000 of them would take longer than the row.
    const many = await populate(full, stage.sizes.layers, stage);
    const few = await populate(empty, FEW, stage);
    stage.note(`${stage.sizes.layers} layers in the fuller root.`);
    const options = sampling(stage, stage.sizes.pairs, Math.min(WARM_UPS, stage.sizes.pairs));
    return await samplePairs(createOn(full, many), createOn(empty, few), options);
  },
};

/** Fills a root up to `layers` layers, and returns the parent of all. */
async function populate(driver: Driver, layers: number, stage: RowStage): Promise<string> {
  const image = await buildImage(driver, {
    name: 'image',
    layers: 1,
    files: [],
    seed: stage.seed,
    signal: stage.signal,
  });
  for (let number = 1; number < layers; number += 1) {
    throwIfAborted(stage.signal, 'Filling the root');
    await driver.create(`layer-${number}`, { parent: image.top });
  }
  return image.top;
}

function createOn(driver: Driver, parent: string): OnceOperation<string> {
  return {
    prepare: async (index) => `container-${index}`,
    async measure(id) {
      await driver.create(id, { parent });
    },
    release: (id) => driver.remove(id),
  };
}
