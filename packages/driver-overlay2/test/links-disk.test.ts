import { readdirSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import { syncFilesystem } from '@graphdriver/host';
import { expect, test } from 'vitest';
import { overlay2 } from '../src/index.ts';
import { makePlace, placeReason } from './places.ts';

const reason = await placeReason('ext4');

const LAYERS = 200;

test.skipIf(reason !== null)(
  `a layer that nobody has mounted yet takes 16 KiB of ext4, and its lower none of them${reason === null ? '' : `: ${reason}`}`,
  async () => {
    // Small file systems get blocks of 1 KiB unless told; those of real disks have 4.
    await using place = await makePlace('ext4', ['-b', '4096']);
    const root = join(place.path, 'root');
    await using driver = await overlay2.open({ root });
    // A line of some hundred bytes, so that no file system could keep it in the inode.
    let parent: string | undefined;
    for (let depth = 0; depth < 40; depth += 1) {
      const id = `layer-${depth}`;
      await driver.create(id, parent === undefined ? {} : { parent });
      await driver.commit(id);
      parent = id;
    }
    const before = await usedBytes(root);
    for (let index = 0; index < LAYERS; index += 1)
      await driver.create(`${index}`.padStart(64, 'c'), { parent: parent ?? '' });
    // Where all layers are listed, directories grow by a block now and then.
    const perLayer = ((await usedBytes(root)) - before) / LAYERS;
    expect(perLayer).toBeGreaterThanOrEqual(8 << 10);
    expect(perLayer).toBeLessThanOrEqual(13 << 10);
    expect(readdirSync(join(root, '0'.padStart(64, 'c'))).sort()).toEqual(['diff', 'lower']);
  },
);

/** All that the file system has given out, which is more than its files say of themselves. */
async function usedBytes(path: string): Promise<number> {
  await syncFilesystem(path);
  const { blocks, bfree, bsize } = statfsSync(path);
  return (blocks - bfree) * bsize;
}
