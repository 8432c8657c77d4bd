import type { Driver } from '@graphdriver/core';
import { buildImage, type ImagePlan } from '../bench-image.ts';
import type { OnceOperation } from '../sampler.ts';
import { manyFiles } from '../workloads/many-files.ts';
import { bareSnapshotsOf } from './bare-snapshots.ts';
import { driverLife } from './life-rows.ts';
import type { RowReading } from './row.ts';
import { onBtrfs, type RowDriver } from './row-driver.ts';
import type { RowPlace } from './row-place.ts';
import { type RowProgram, type RowStage, sampling } from './row-stage.ts';
import { samplePairs } from './sample-pairs.ts';

const WARM_UPS = 5;

/** How much longer a life may take on what is much more. */
const TARGET = 1.2;

const FEW = 10;
const FILE_SIZE = 8 * 1024;
const MEBIBYTE = 1024 ** 2;

/** A container's life on a long chain of layers against one on a short chain. */
export function lifeByDepthRow<Place extends RowPlace>(of: RowDriver<Place>, depth: number): RowProgram {
  return {
    row: {
      id: `${of.name}/life-by-depth`,
      title: `life of a container on ${depth} layers, ${of.name}`,
      unit: 'times',
      target: TARGET,
      ours: `create, get, put, remove on ${depth} layers`,
      theirs: 'the same on 1',
      why:
        `create, get, put and remove of a container on an image of ${depth} layers, each a child of the one before and with a small ` +
        'file of its own, against the same on an image of one layer. Both images are in one root; syncfs comes before each sample.',
    },
    refusal: of.refusal,
    measure: (stage) => {
      const files = [{ path: 'etc/hostname', size: 64 }];
      return measureGrowth(stage, of, { layers: depth, files }, { layers: 1, files });
    },
  };
}

/** A container's life on an image of many bytes against one of few. */
export function lifeByBytesRow<Place extends RowPlace>(of: RowDriver<Place>): RowProgram {
  return {
    row: {
      id: `${of.name}/life-by-bytes`,
      title: `life of a container on an image of 1 GiB, ${of.name}`,
      unit: 'times',
      target: TARGET,
      ours: 'create, get, put, remove on 1 GiB',
      theirs: 'the same on 1 MiB',
      why:
        'create, get, put and remove of a container on an image of one layer with 10 files that come to 1 GiB, against the same on one ' +
        'with 10 files that come to 1 MiB. Both images are in one root; syncfs comes before each sample.',
    },
    refusal: of.refusal,
    measure: (stage) => {
      const { imageBytes } = stage.sizes;
      return measureGrowth(stage, of, imageOf(FEW, imageBytes / FEW), imageOf(FEW, MEBIBYTE / FEW));
    },
  };
}

/** A container's life on an image of many files against one of few. */
export function lifeByFilesRow<Place extends RowPlace>(of: RowDriver<Place>): RowProgram {
  return {
    row: {
      id: `${of.name}/life-by-files`,
      title: `life of a container on an image of 10,000 files, ${of.name}`,
      unit: 'times',
      target: TARGET,
      ours: 'create, get, put, remove on 10,000 files',
      theirs: 'the same on 10',
      why:
        'create, get, put and remove of a container on an image of one layer with 10,000 files of 8 KiB, against the same on one with 10. ' +
        'Both images are in one root; syncfs comes before each sample.',
    },
    refusal: of.refusal,
    measure: (stage) => measureGrowth(stage, of, imageOf(stage.sizes.imageFiles, FILE_SIZE), imageOf(FEW, FILE_SIZE)),
  };
}

/** What of that is the kernel's own: a bare snapshot of the one image against one of the other. */
export const snapshotByFilesRow: RowProgram = {
  row: {
    id: 'btrfs/snapshot-by-files',
    title: 'bare snapshot of 10,000 files, btrfs',
    unit: 'times',
    target: null,
    ours: 'snapshot and delete of 10,000 files by ioctl',
    theirs: 'the same of 10',
    why:
      'BTRFS_IOC_SNAP_CREATE_V2 and BTRFS_IOC_SNAP_DESTROY of the larger image of btrfs/life-by-files, against the same of the smaller. ' +
      'No driver is in it: a snapshot has to count one more user of every block that hangs from the root of the tree, some hundreds ' +
      'at most. What the life of a container grows by with the number of files is this.',
  },
  refusal: onBtrfs.refusal,
  measure: (stage) => {
    const [large, small] = [imageOf(stage.sizes.imageFiles, FILE_SIZE), imageOf(FEW, FILE_SIZE)];
    return measureGrowth(stage, onBtrfs, large, small, bareLife);
  },
};

async function bareLife(driver: Driver, parent: string, directory: string): Promise<OnceOperation<string>> {
  const { Subvolume: source = '' } = await driver.metadata(parent);
  return bareSnapshotsOf(source, directory);
}

type ImageShape = Pick<ImagePlan, 'layers' | 'files'>;

function imageOf(files: number, fileSize: number): ImageShape {
  return { layers: 1, files: manyFiles({ files, fileSize: Math.floor(fileSize) }) };
}

type Life = (
  driver: Driver,
  parent: string,
  directory: string,
) => OnceOperation<string> | Promise<OnceOperation<string>>;

async function measureGrowth<Place extends RowPlace>(
  stage: RowStage,
  of: RowDriver<Place>,
  large: ImageShape,
  small: ImageShape,
  life: Life = driverLife,
): Promise<RowReading[]> {
  const { seed, signal, sizes } = stage;
  await using place = await of.place(stage);
  await using driver: Driver = await of.open(place);
  // They go with the storage, which is faster than removing layer after layer.
  const ours = await buildImage(driver, { name: 'large', ...large, seed, signal });
  const theirs = await buildImage(driver, { name: 'small', ...small, seed, signal });
  const pairs = of.pairs(sizes);
  const options = sampling(stage, pairs, Math.min(WARM_UPS, pairs));
  return await samplePairs(
    await life(driver, ours.top, place.path),
    await life(driver, theirs.top, place.path),
    options,
  );
}
