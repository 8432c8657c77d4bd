import { mkdirSync, rmdirSync } from 'node:fs';
import type { Driver } from '@graphdriver/core';
import { type BareMount, bareMount, commandExists, run, syncFilesystem } from '@graphdriver/host';
import { buildImage } from '../bench-image.ts';
import type { OnceOperation } from '../sampler.ts';
import type { RowReading } from './row.ts';
import { ext4Place, ext4Refusal, type RowPlace } from './row-place.ts';
import { type RowProgram, type RowStage, sampling } from './row-stage.ts';
import { samplePairs } from './sample-pairs.ts';

const WARM_UPS = 30;

/** A container's life against the system calls that it cannot do without. */
export const lifeRow: RowProgram = {
  row: {
    id: 'overlay2/life',
    title: 'life of a container, overlay2',
    unit: 'times',
    target: 2,
    ours: 'create, get, put, remove',
    theirs: 'the bare system calls',
    why:
      'create, get, put and remove of a container on an image of one layer, against the system calls without which there is no ' +
      'overlay: mkdir of its four directories, mount(2), umount2(2), rmdir. The reference runs in the same process without a ' +
      'promise, keeps no books, takes no locks, and knows the names that it removes. Neither side syncs, nor has to write back ' +
      'what others have left: syncfs comes before each sample. The umount syncs the upper file system in both.',
  },
  refusal: ext4Refusal,
  measure: (stage) => measureLife(stage, bareLife, stage.sizes.pairs),
};

/** The same against the commands, which is what most engines' drivers once ran. */
export const lifeByCommandsRow: RowProgram = {
  row: {
    id: 'overlay2/life-by-commands',
    title: 'life of a container, overlay2',
    unit: 'times',
    target: null,
    ours: 'create, get, put, remove',
    theirs: 'the commands mount and umount',
    why:
      'The same life against one whose directories are made by system calls, but that starts the commands mount and umount, ' +
      'as whoever writes a driver by hand does first.',
  },
  refusal: async (stage) => (commandExists('mount') ? ext4Refusal(stage) : 'There is no command mount.'),
  measure: (stage) => measureLife(stage, commandLife, Math.ceil(stage.sizes.pairs / 5)),
};

type ReferenceLife = (directory: string, lower: string, signal: AbortSignal) => OnceOperation<BareLayer>;

async function measureLife(stage: RowStage, reference: ReferenceLife, pairs: number): Promise<RowReading[]> {
  const { overlay2 } = await import('@graphdriver/driver-overlay2');
  await using place: RowPlace = await ext4Place(stage);
  const bare = `${place.path}/bare`;
  mkdirSync(bare);
  await using driver = await overlay2.open({ root: `${place.path}/root` });
  await using image = await buildImage(driver, {
    name: 'image',
    layers: 1,
    files: [{ path: 'etc/hostname', size: 64 }],
    seed: stage.seed,
    signal: stage.signal,
  });
  const { UpperDir: lower = '' } = await driver.metadata(image.top);
  const theirs = reference(bare, lower, stage.signal);
  return await samplePairs(driverLife(driver, image.top), theirs, sampling(stage, pairs, Math.min(WARM_UPS, pairs)));
}

/** One life on a driver, from create to remove. */
export function driverLife(driver: Driver, parent: string): OnceOperation<string> {
  return {
    async prepare(index) {
      await syncFilesystem(driver.root);
      return `container-${index}`;
    },
    async measure(id) {
      await driver.create(id, { parent });
      const mount = await driver.get(id);
      await mount.put();
      await driver.remove(id);
    },
    release: async () => undefined,
  };
}

interface BareLayer {
  readonly path: string;
  /** From the bottom up. */
  readonly directories: readonly string[];
  /** With what the kernel has made in the work directory, from the top down. */
  readonly remains: readonly string[];
  readonly mount: BareMount;
  readonly options: string;
}

function bareLife(directory: string, lower: string): OnceOperation<BareLayer> {
  return {
    prepare: (index) => prepareBare(directory, lower, index),
    measure({ directories, remains, mount }) {
      for (const path of directories) mkdirSync(path);
      mount.mount();
      mount.unmount();
      for (const path of remains) rmdirSync(path);
    },
    release: async () => undefined,
  };
}

function commandLife(directory: string, lower: string, signal: AbortSignal): OnceOperation<BareLayer> {
  return {
    prepare: (index) => prepareBare(directory, lower, index),
    async measure({ path, directories, remains, options }) {
      for (const made of directories) mkdirSync(made);
      await run('mount', ['-t', 'overlay', '-o', options, 'overlay', `${path}/merged`], { signal });
      await run('umount', [`${path}/merged`], { signal });
      for (const made of remains) rmdirSync(made);
    },
    release: async () => undefined,
  };
}

async function prepareBare(directory: string, lower: string, index: number): Promise<BareLayer> {
  await syncFilesystem(directory);
  const path = `${directory}/${index}`;
  const [diff, work, merged] = [`${path}/diff`, `${path}/work`, `${path}/merged`];
  const options = `lowerdir=${lower},upperdir=${diff},workdir=${work}`;
  return {
    path,
    directories: [path, diff, work, merged],
    remains: [merged, `${work}/work`, work, diff, path],
    mount: bareMount('overlay', merged, options),
    options,
  };
}
