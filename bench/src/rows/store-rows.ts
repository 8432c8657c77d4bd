import { type Mount, throwIfAborted } from '@graphdriver/core';
import { syncFilesystem } from '@graphdriver/host';
import { loopFilesystemReason } from '@graphdriver/testkit';
import type { OnceOperation } from '../sampler.ts';
import { BENCH_IMAGE, type BenchStore, openBenchStore } from './bench-store.ts';
import type { RowReading } from './row.ts';
import { loopPlace } from './row-place.ts';
import { type RowProgram, type RowStage, sampling } from './row-stage.ts';
import { sampleAlone, samplePairs } from './sample-pairs.ts';

const MILLISECOND = 1e6;
const WARM_UPS = 20;

/** Half of a container's life. */
export type StoreStep = 'create-mount' | 'unmount-remove';

const STEPS: Readonly<Record<StoreStep, string>> = {
  'create-mount': 'create and mount',
  'unmount-remove': 'unmount and remove',
};

/** What the store adds to what the driver takes for a container; `many`: among 1,000 other containers and 10,000 layers. */
export function storeStepRow(step: StoreStep, among: 'few' | 'many'): RowProgram {
  const many = among === 'many' ? ', among 1,000 containers and 10,000 layers' : '';
  return {
    row: {
      id: `store/${step}${among === 'many' ? '-among-many' : ''}`,
      title: `what a store adds to ${STEPS[step]}, overlay2${many}`,
      unit: 'nanoseconds',
      target: 2 * MILLISECOND,
      ours: `${STEPS[step]} of a container, less the driver's own`,
      theirs: null,
      why:
        `${STEPS[step]} of a container through the store, less the same two calls of the driver on the same image right before or after ` +
        'it: the books, with two waits for the disk, after which the change is durable. syncfs comes before each sample. Where the store was the faster one it counts as 1 ns.',
    },
    refusal: () => loopFilesystemReason('ext4'),
    async measure(stage) {
      const { overlay2 } = await import('@graphdriver/driver-overlay2');
      await using place = await loopPlace(stage, 'ext4');
      await using opened = await openBenchStore(place, await overlay2.open({ root: `${place.path}/root` }), stage);
      // They go with the file system: to remove them would take longer than the row.
      if (among === 'many') await populate(opened, stage, stage.sizes.layers);
      const { pairs } = stage.sizes;
      const options = sampling(stage, pairs, Math.min(WARM_UPS, pairs));
      return differences(await samplePairs(stepOf(step, byStore(opened)), stepOf(step, byDriver(opened)), options));
    },
  };
}

/** What `ps -s` asks for. */
export const storeSizesRow: RowProgram = {
  row: {
    id: 'store/sizes',
    title: 'sizes of 1,000 containers, overlay2',
    unit: 'nanoseconds',
    target: 1000 * MILLISECOND,
    ours: 'the list of all containers with their sizes',
    theirs: null,
    why:
      'The list of 1,000 containers, how it stands with each, and the size and virtual size of each, as ps -s shows them. Each has written ' +
      'a file. Nothing is remembered from one sample to the next.',
  },
  refusal: () => loopFilesystemReason('ext4'),
  async measure(stage) {
    const { overlay2 } = await import('@graphdriver/driver-overlay2');
    await using place = await loopPlace(stage, 'ext4');
    await using opened = await openBenchStore(place, await overlay2.open({ root: `${place.path}/root` }), stage);
    await populate(opened, stage, 0);
    return await sampleAlone(sizesOf(opened), sampling(stage, stage.sizes.slowPairs, 1));
  },
};

function sizesOf({ store }: BenchStore): OnceOperation<null> {
  return {
    prepare: async () => null,
    async measure() {
      for (const { id } of store.runner.list()) await store.containers.size(id);
    },
    release: async () => undefined,
  };
}

/** Makes the containers that there are beside the measured one, and layers of the driver up to `layers`. */
async function populate({ store, driver, top }: BenchStore, stage: RowStage, layers: number): Promise<void> {
  const { containers } = stage.sizes;
  for (let number = 0; number < Math.max(containers, layers); number += 1) {
    throwIfAborted(stage.signal, 'Making containers');
    if (number >= containers) await driver.create(`layer-${number}`, { parent: top });
    else await store.containers.create(BENCH_IMAGE, { name: `other-${number}` });
  }
  stage.note(`${containers} containers${layers === 0 ? '' : ` and ${layers} layers`} beside.`);
}

/** A container of either side. */
interface Life {
  readonly root: string;
  create(index: number): Promise<string>;
  mount(id: string): Promise<Mount>;
  remove(id: string): Promise<void>;
}

function byStore({ store, driver }: BenchStore): Life {
  return {
    root: driver.root,
    create: async (index) => (await store.containers.create(BENCH_IMAGE, { name: `container-${index}` })).id,
    mount: (id) => store.containers.mount(id),
    remove: (id) => store.containers.remove(id),
  };
}

function byDriver({ driver, top }: BenchStore): Life {
  return {
    root: driver.root,
    create: async (index) => (await driver.create(`container-${index}`, { parent: top })).id,
    mount: (id) => driver.get(id),
    remove: (id) => driver.remove(id),
  };
}

interface Subject {
  readonly index: number;
  id: string;
  mount: Mount | undefined;
}

function stepOf(step: StoreStep, life: Life): OnceOperation<Subject> {
  const begin = async (subject: Subject): Promise<void> => {
    subject.id = await life.create(subject.index);
    subject.mount = await life.mount(subject.id);
  };
  const end = async (subject: Subject): Promise<void> => {
    await subject.mount?.put();
    await life.remove(subject.id);
  };
  const isBegin = step === 'create-mount';
  return {
    async prepare(index) {
      const subject: Subject = { index, id: '', mount: undefined };
      if (!isBegin) await begin(subject);
      await syncFilesystem(life.root);
      return subject;
    },
    measure: isBegin ? begin : end,
    release: isBegin ? end : async () => undefined,
  };
}

/** By how much the first of each pair took longer. */
function differences(readings: readonly RowReading[]): RowReading[] {
  const theirs = new Map(readings.filter(({ side }) => side === 'theirs').map(({ pair, value }) => [pair, value]));
  return readings
    .filter(({ side }) => side === 'ours')
    .map(({ pair, value }) => ({ side: 'ours', pair, value: Math.max(1, value - (theirs.get(pair) ?? 0)) }));
}
