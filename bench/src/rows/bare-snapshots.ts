import { destroySubvolume, snapshotSubvolume, syncFilesystem } from '@graphdriver/host';
import type { OnceOperation } from '../sampler.ts';

/** A snapshot of a subvolume, made and destroyed in `directory` by the two calls that it takes. */
export function bareSnapshotsOf(source: string, directory: string): OnceOperation<string> {
  return {
    async prepare(index) {
      await syncFilesystem(directory);
      return `${directory}/bare-${index}`;
    },
    async measure(target) {
      await snapshotSubvolume(source, target);
      await destroySubvolume(target);
    },
    release: async () => undefined,
  };
}
