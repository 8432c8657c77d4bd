import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { createMounter, removeTree, syncFilesystem } from '@graphdriver/host';
import type { Store } from '@graphdriver/store';
import type { OnceOperation } from '../sampler.ts';
import { BENCH_IMAGE, openBenchStore } from './bench-store.ts';
import type { Row } from './row.ts';
import { ext4Place, ext4Refusal, type RowPlace } from './row-place.ts';
import { type RowProgram, sampling } from './row-stage.ts';
import { samplePairs } from './sample-pairs.ts';

const SMALL = 8 * 1024;
const LARGE = 1024 * 1024;
const WARM_UPS = 2;

const WHY =
  'A file of 64 MiB in writes of 1 MiB, and 8,192 files of 8 KiB, all new, against the same in a plain folder of the same ext4. ' +
  'Neither side syncs; syncfs comes before each sample.';

/** Where containers keep what outlives them. */
export const volumeWritesRow: RowProgram = writesRow(
  {
    id: 'store/volume-writes',
    title: 'writes into a volume',
    target: 1.05,
    ours: 'writes into a volume, by a bind mount as containers see it',
  },
  'volume',
);

/** The same where they should not. */
export const layerWritesRow: RowProgram = writesRow(
  {
    id: 'store/layer-writes',
    title: 'the same writes into the writable layer, overlay2',
    target: null,
    ours: 'writes into the mounted writable layer',
  },
  'layer',
);

function writesRow(about: Pick<Row, 'id' | 'title' | 'target' | 'ours'>, into: 'volume' | 'layer'): RowProgram {
  return {
    row: { ...about, unit: 'times', theirs: 'writes into a plain folder', why: WHY },
    refusal: ext4Refusal,
    async measure(stage) {
      const { overlay2 } = await import('@graphdriver/driver-overlay2');
      await using place = await ext4Place(stage);
      await using opened = await openBenchStore(place, await overlay2.open({ root: `${place.path}/root` }), stage);
      const plain = `${place.path}/plain`;
      mkdirSync(plain);
      await using target = await (into === 'volume' ? seenVolume(opened.store, place) : writableLayer(opened.store));
      const { volumeBytes, slowPairs } = stage.sizes;
      const options = sampling(stage, slowPairs * 2, WARM_UPS);
      return await samplePairs(writesInto(target.path, volumeBytes), writesInto(plain, volumeBytes), options);
    },
  };
}

async function seenVolume(store: Store, place: RowPlace): Promise<RowPlace> {
  const path = `${place.path}/seen`;
  mkdirSync(path);
  const mounter = createMounter();
  await mounter.bind(store.volumes.create('bench').path, path);
  return { path, [Symbol.asyncDispose]: () => mounter.unmount(path) };
}

async function writableLayer(store: Store): Promise<RowPlace> {
  const { id } = await store.containers.create(BENCH_IMAGE);
  return await store.containers.mount(id);
}

/** The work of one sample, in a new directory of it. */
function writesInto(folder: string, bytes: number): OnceOperation<string> {
  const piece = Buffer.alloc(LARGE, 'x');
  return {
    async prepare(index) {
      const path = `${folder}/${index}`;
      mkdirSync(path);
      await syncFilesystem(folder);
      return path;
    },
    measure(path) {
      const large = openSync(`${path}/large`, 'wx');
      for (let done = 0; done < bytes; done += LARGE) writeSync(large, piece, 0, Math.min(LARGE, bytes - done));
      closeSync(large);
      for (let number = 0; number * SMALL < bytes; number += 1) {
        const small = openSync(`${path}/${number}`, 'wx');
        writeSync(small, piece, 0, SMALL);
        closeSync(small);
      }
    },
    release: (path) => removeTree(path),
  };
}
