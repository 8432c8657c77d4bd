import { syncFilesystem } from '@graphdriver/host';
import type { Store } from '@graphdriver/store';
import { writeFiles } from '../bench-image.ts';
import type { OnceOperation } from '../sampler.ts';
import { manyFiles } from '../workloads/many-files.ts';
import { BENCH_IMAGE, openBenchStore } from './bench-store.ts';
import { onBtrfs } from './row-driver.ts';
import { type RowProgram, type RowStage, sampling } from './row-stage.ts';
import { sampleAlone } from './sample-pairs.ts';

const FILES = 16;
const WARM_UPS = 3;

/** A second container from the files of a first. */
export const storeForkRow: RowProgram = {
  row: {
    id: 'store/fork-btrfs',
    title: 'fork of a container, btrfs',
    unit: 'nanoseconds',
    target: 20e6,
    ours: 'fork of a container that has written 64 MiB',
    theirs: null,
    why:
      'A new container that starts from the current files of another, which has written 16 files that come to 64 MiB: one snapshot of its ' +
      'writable layer, and two flushes of the books. syncfs comes before each sample, so that the snapshot waits for its own transaction only.',
  },
  refusal: onBtrfs.refusal,
  async measure(stage) {
    await using place = await onBtrfs.place(stage);
    await using opened = await openBenchStore(place, await onBtrfs.open(place), stage);
    const { store, driver } = opened;
    return await sampleAlone(forkOf(store, driver.root, stage), sampling(stage, stage.sizes.processPairs, WARM_UPS));
  },
};

function forkOf(store: Store, root: string, { sizes, seed, signal }: RowStage): OnceOperation<string> {
  const files = manyFiles({ files: FILES, fileSize: Math.floor(sizes.volumeBytes / FILES) });
  return {
    async prepare(index) {
      const { id } = await store.containers.create(BENCH_IMAGE, { name: `forked-${index}` });
      {
        await using mount = await store.containers.mount(id);
        await writeFiles(mount.path, files, { seed, signal });
      }
      await syncFilesystem(root);
      return id;
    },
    async measure(id) {
      await store.containers.fork(id, { name: `fork-of-${id}` });
    },
    async release(id) {
      await store.containers.remove(`fork-of-${id}`);
      await store.containers.remove(id);
    },
  };
}
