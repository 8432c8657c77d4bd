import type { Driver } from '@graphdriver/core';
import { makeDirectory, removeTree } from '@graphdriver/host';
import type { Store } from '@graphdriver/store';
import { type ImageFile, writeFiles } from '../bench-image.ts';
import type { RowPlace } from './row-place.ts';
import type { RowStage } from './row-stage.ts';

/** How the image of {@link openBenchStore} is called. */
export const BENCH_IMAGE = 'bench/image';

/** A store with an image, and the driver underneath. */
export interface BenchStore extends AsyncDisposable {
  readonly store: Store;
  readonly driver: Driver;
  /** The driver's layer on which the image's containers stand. */
  readonly top: string;
}

/** Opens a new store in a place, over an open driver, with an image of one layer. It goes with the place. Disposing closes both. */
export async function openBenchStore(
  { path }: RowPlace,
  driver: Driver,
  { seed, signal }: RowStage,
  files: readonly ImageFile[] = [{ path: 'etc/hostname', size: 64 }],
): Promise<BenchStore> {
  const { openStore } = await import('@graphdriver/store');
  const store = await openStore({ root: `${path}/store`, driver, ownsDriver: true });
  try {
    const folder = `${path}/files`;
    makeDirectory(folder);
    await writeFiles(folder, files, { seed, signal });
    await store.images.importFolder(folder, { reference: BENCH_IMAGE, signal });
    await removeTree(folder);
    const { top } = store.images.show(BENCH_IMAGE);
    if (top === null) throw new Error(`${BENCH_IMAGE} has no layer`);
    return { store, driver, top: store.layers.show(top).driverLayer, [Symbol.asyncDispose]: () => store.close() };
  } catch (error) {
    await store.close();
    throw error;
  }
}
