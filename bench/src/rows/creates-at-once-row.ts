import type { Driver } from '@graphdriver/core';
import { syncFilesystem } from '@graphdriver/host';
import { buildImage } from '../bench-image.ts';
import type { OnceOperation } from '../sampler.ts';
import { freshExt4Refusal, loopPlace } from './row-place.ts';
import { type RowProgram, sampling } from './row-stage.ts';
import { sampleAlone } from './sample-pairs.ts';

const AT_ONCE = 10;

/** Many creates that overlap. */
export const createsAtOnceRow: RowProgram = {
  row: {
    id: 'creates-at-once',
    title: '100 creates, 10 at a time, overlay2',
    unit: 'nanoseconds',
    target: 1e6,
    ours: 'time per create',
    theirs: null,
    why:
      'The time from the first of 100 creates to the end of the last, 10 of them under way at any moment, divided by 100. ' +
      'Containers on an image of one layer. Nothing syncs; syncfs comes before each sample. Absolute, so it holds for this machine.',
  },
  refusal: freshExt4Refusal,
  async measure(stage) {
    const { overlay2 } = await import('@graphdriver/driver-overlay2');
    const { atOnce, processPairs } = stage.sizes;
    await using place = await loopPlace(stage, 'ext4');
    await using driver = await overlay2.open({ root: `${place.path}/root` });
    const files = [{ path: 'etc/hostname', size: 64 }];
    const { seed, signal } = stage;
    await using image = await buildImage(driver, { name: 'image', layers: 1, files, seed, signal });
    const readings = await sampleAlone(createMany(driver, image.top, atOnce), sampling(stage, processPairs, 2));
    return readings.map((reading) => ({ ...reading, value: reading.value / atOnce }));
  },
};

function createMany(driver: Driver, parent: string, count: number): OnceOperation<readonly string[]> {
  return {
    async prepare(index) {
      await syncFilesystem(driver.root);
      return Array.from({ length: count }, (_, number) => `container-${index}-${number}`);
    },
    measure: async (ids) => {
      const waiting = ids.values();
      const worker = async (): Promise<void> => {
        for (const id of waiting) await driver.create(id, { parent });
      };
      await Promise.all(Array.from({ length: AT_ONCE }, worker));
    },
    async release(ids) {
      for (const id of ids) if (await driver.exists(id)) await driver.remove(id);
    },
  };
}
