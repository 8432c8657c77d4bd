import type { Mount } from '@graphdriver/core';
import { closeFile, createFile, syncFilesystem, writeBytes } from '@graphdriver/host';
import type { ChainCase } from '../bench-case.ts';
import { buildCopyUpImage } from '../copy-up-image.ts';
import { letGo } from '../let-go.ts';
import { CHAIN_FILE } from '../life-images.ts';
import { type OnceOperation, sampleOnce } from '../sampler.ts';
import { seededBytes } from '../seeded-bytes.ts';
import { timedAsync } from './append-byte.ts';
import { holdOptions } from './container.ts';
import type { Measured, Stage } from './stage.ts';

/**
 * Measures the life of a container on a chain of layers: create, get, put, and remove. Before the put it writes a new file that nobody
 * syncs: some file systems write it to the disk when they are unmounted, others leave it to the kernel. So the `sync` after the put, of
 * the whole file system, is timed too, and put and sync together are what can be compared.
 *
 * Nothing waits to be written back when create, get and remove begin.
 */
export async function measureChain(stage: Stage, of: ChainCase): Promise<Measured[]> {
  const { driver, seed, signal, samples, timeout } = stage;
  const shape = { files: [CHAIN_FILE], chains: { home: of.layers, every: 1 } };
  await using image = await buildCopyUpImage(driver, shape, { seed, signal });
  const parent = image.layerUnder({ layers: of.layers, placement: 'home' });
  // The first container is of no interest: whatever has to be loaded and compiled is so after it.
  await sampleOnce(lifeOn(stage, of, parent, []), { samples: 1, signal, timeout });
  const lives: LifeTimes[] = [];
  const gets = await sampleOnce(lifeOn(stage, of, parent, lives), { samples, signal, timeout });
  return gets.flatMap((get, index): Measured[] => {
    const { create, put, sync, remove } = lives[index] ?? NEVER;
    return [
      { operation: 'create', index, nanoseconds: create },
      { operation: 'get', index, ...get },
      { operation: 'put', index, nanoseconds: put },
      { operation: 'sync', index, nanoseconds: sync },
      { operation: 'remove', index, nanoseconds: remove },
    ];
  });
}

/** Nanoseconds of all that is timed beside get. */
interface LifeTimes {
  readonly create: number;
  readonly put: number;
  readonly sync: number;
  readonly remove: number;
}

const NEVER: LifeTimes = { create: Number.NaN, put: Number.NaN, sync: Number.NaN, remove: Number.NaN };

interface Life {
  readonly id: string;
  /** Nanoseconds of its creation. */
  readonly create: number;
  mount?: Mount;
}

function lifeOn(stage: Stage, { written }: ChainCase, parent: string, lives: LifeTimes[]): OnceOperation<Life> {
  const { driver, seed } = stage;
  const settle = (): Promise<void> => syncFilesystem(stage.plain);
  return {
    async prepare(index) {
      const id = `container-${index}`;
      await settle();
      const create = await timedAsync(() => driver.create(id, { parent }));
      await settle();
      return { id, create };
    },
    async measure(life) {
      life.mount = await driver.get(life.id, holdOptions(stage));
    },
    async release({ id, create, mount }) {
      if (mount === undefined) return await driver.remove(id);
      let [put, sync] = [Number.NaN, Number.NaN];
      try {
        writeNew(`${mount.path}/written`, seededBytes(`${seed}:${id}`, written));
      } finally {
        put = await timedAsync(() => letGo(mount));
        sync = await timedAsync(settle);
      }
      lives.push({ create, put, sync, remove: await timedAsync(() => driver.remove(id)) });
    },
  };
}

function writeNew(path: string, pieces: Iterable<Uint8Array>): void {
  const fd = createFile(path, 0o644);
  try {
    for (const piece of pieces) writeBytes(fd, piece);
  } finally {
    closeFile(fd);
  }
}
