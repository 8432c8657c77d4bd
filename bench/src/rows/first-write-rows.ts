import { closeSync, constants, fsyncSync, openSync, readSync } from 'node:fs';
import type { Driver, Mount } from '@graphdriver/core';
import { closeFile, openFile, syncFilesystem, writeBytes } from '@graphdriver/host';
import { buildImage, type ImageFile } from '../bench-image.ts';
import { letGo } from '../let-go.ts';
import type { OnceOperation } from '../sampler.ts';
import type { RowDriver } from './row-driver.ts';
import type { RowPlace } from './row-place.ts';
import { type RowProgram, sampling } from './row-stage.ts';
import { samplePairs } from './sample-pairs.ts';

const WARM_UPS = 5;

const MEBIBYTE = 1024 ** 2;

/** As much as is read around the byte that is written: the largest block of either file system. */
const AROUND = 128 * 1024;

/** The first write into a large file against one into a small file. */
export function firstWriteRow<Place extends RowPlace>(of: RowDriver<Place>): RowProgram {
  return {
    row: {
      id: `${of.name}/first-write`,
      title: `first write into a file of 1 GiB, ${of.name}`,
      unit: 'times',
      target: 1.2,
      ours: 'one byte into a file of 1 GiB, fsync',
      theirs: 'one byte into a file of 1 MiB, fsync',
      why:
        'The first write of a container into a file of its image: open, one byte in the middle, fsync, close. A file of 1 GiB against one ' +
        'of 1 MiB, both in the same image. fsync is in it because without it nothing but memory is written, which takes some ten ' +
        'microseconds whatever the file: with it the block has been copied. Every sample has a container of its own, in which the block ' +
        'has been read; syncfs comes before each.',
    },
    refusal: of.refusal,
    async measure(stage) {
      const { seed, signal, sizes } = stage;
      const [large, small] = [
        { path: 'large', size: sizes.imageBytes },
        { path: 'small', size: MEBIBYTE },
      ];
      await using place = await of.place(stage);
      await using driver: Driver = await of.open(place);
      const { top } = await buildImage(driver, { name: 'image', layers: 1, files: [large, small], seed, signal });
      const pairs = of.pairs(sizes);
      const options = sampling(stage, pairs, Math.min(WARM_UPS, pairs));
      return await samplePairs(writingTo(driver, top, large), writingTo(driver, top, small), options);
    },
  };
}

interface Opened {
  readonly id: string;
  readonly mount: Mount;
  readonly path: string;
}

function writingTo(driver: Driver, parent: string, { path: name, size }: ImageFile): OnceOperation<Opened> {
  const middle = Math.floor(size / 2);
  return {
    async prepare(index) {
      const id = `container-${index}`;
      await driver.create(id, { parent });
      const mount = await driver.get(id);
      const path = `${mount.path}/${name}`;
      readAround(path, middle);
      await syncFilesystem(driver.root);
      return { id, mount, path };
    },
    measure({ path }) {
      const fd = openFile(path, constants.O_WRONLY | constants.O_NOFOLLOW);
      try {
        writeBytes(fd, Buffer.from('x'), 0, 1, middle);
        fsyncSync(fd);
      } finally {
        closeFile(fd);
      }
    },
    async release({ id, mount }) {
      await letGo(mount);
      await driver.remove(id);
    },
  };
}

/** So that neither file's write waits for a block to be read: the smaller one would be in the caches more often. */
function readAround(path: string, middle: number): void {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    readSync(fd, Buffer.alloc(2 * AROUND), 0, 2 * AROUND, Math.max(0, middle - AROUND));
  } finally {
    closeSync(fd);
  }
}
