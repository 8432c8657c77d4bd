import { syncFilesystem } from '@graphdriver/host';
import type { ApplyCase } from '../bench-case.ts';
import { type OnceOperation, sampleOnce } from '../sampler.ts';
import { generateArchive } from './generated-archive.ts';
import type { Measured, Stage } from './stage.ts';

/**
 * Measures `applyDiff` of an archive that lies in memory, each time into an empty layer of its own, until the call returns: what it
 * wrote is then in the page cache, and on the disk only as far as the driver saw to it. Nothing waits to be written back before.
 */
export async function measureApply(stage: Stage, of: ApplyCase): Promise<Measured[]> {
  const { driver, signal, samples, timeout } = stage;
  const archive = await generateArchive(of, stage.seed);
  const operation: OnceOperation<string> = {
    prepare: async (index) => {
      const id = `applied-${index}`;
      await driver.create(id);
      await syncFilesystem(stage.plain);
      return id;
    },
    measure: async (id) => {
      await driver.applyDiff(id, chunks(archive));
    },
    release: (id) => driver.remove(id),
  };
  const taken = await sampleOnce(operation, { samples, signal, timeout });
  return taken.map((sample, index) => ({ operation: 'apply', index, ...sample }));
}

async function* chunks(archive: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* archive;
}
