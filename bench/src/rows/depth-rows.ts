import { type Driver, type Mount, StorageError } from '@graphdriver/core';
import { syncFilesystem } from '@graphdriver/host';
import { loopFilesystemReason } from '@graphdriver/testkit';
import { buildImage } from '../bench-image.ts';
import type { OnceOperation } from '../sampler.ts';
import { loopPlace } from './row-place.ts';
import { type RowProgram, sampling } from './row-stage.ts';
import { samplePairs } from './sample-pairs.ts';

/** Mounting over many lower layers against mounting over one. */
export function depthRow(lowers: number): RowProgram {
  return {
    row: {
      id: `overlay2/depth-${lowers}`,
      title: `mount over ${lowers} lower layers, overlay2`,
      unit: 'times',
      target: null,
      ours: `get and put over ${lowers} lower layers`,
      theirs: 'get and put over 1',
      why:
        `get and put of a container over ${lowers} lower layers, against the same over one, on one ext4 file system. Every sample has a ` +
        'container of its own; syncfs comes before each.',
    },
    refusal: () => loopFilesystemReason('ext4'),
    async measure(stage) {
      const { overlay2 } = await import('@graphdriver/driver-overlay2');
      await using place = await loopPlace(stage, 'ext4');
      await using driver = await overlay2.open({ root: `${place.path}/root` });
      const { maxDepth } = driver.capabilities;
      if (maxDepth !== null && lowers >= maxDepth) {
        throw new StorageError(
          'DEPTH_EXCEEDED',
          `Chains have at most ${maxDepth} layers here, the container included.`,
        );
      }
      const { seed, signal } = stage;
      const files = [{ path: 'etc/hostname', size: 64 }];
      await using deep = await buildImage(driver, { name: 'deep', layers: lowers, files, seed, signal });
      await using shallow = await buildImage(driver, { name: 'shallow', layers: 1, files, seed, signal });
      const pairs = Math.ceil(stage.sizes.pairs / 3);
      return await samplePairs(holding(driver, deep.top), holding(driver, shallow.top), sampling(stage, pairs, 5));
    },
  };
}

function holding(driver: Driver, parent: string): OnceOperation<{ id: string; mount?: Mount }> {
  return {
    async prepare(index) {
      const id = `container-${index}`;
      await driver.create(id, { parent });
      await syncFilesystem(driver.root);
      return { id };
    },
    async measure(container) {
      container.mount = await driver.get(container.id);
      await container.mount.put();
    },
    async release({ id, mount }) {
      await mount?.put();
      await driver.remove(id);
    },
  };
}
