import { constants } from 'node:fs';
import type { Mount } from '@graphdriver/core';
import { closeFile, openFile, removeTree, syncFilesystem, truncateFile, writeBytes } from '@graphdriver/host';
import type { CopyUpCase } from './bench-case.ts';
import { buildImage, type ImageFile, warmFiles, writeFiles } from './bench-image.ts';
import { type OnceOperation, sampleOnce } from './sampler.ts';
import type { Measured, Stage } from './workload.ts';

const ONE_BYTE = Buffer.from('x');
const REHEARSAL: ImageFile = { path: 'rehearsal', size: 0 };

/** A container that has been written to by nobody. */
interface FreshContainer {
  readonly id: string;
  readonly mount: Mount;
}

/**
 * Measures what the first write to a file of a lower layer costs.
 *
 * Each sample has a fresh container on the image, which nobody has written to; the lower file is in the page cache.
 * Timed are, one after another: one byte appended to the same file in a plain directory of the same file system; one byte appended
 * to the file in the container, which makes the driver copy it up; and one more byte there.
 * An append is open, write and close, without a sync of our own.
 * Before each of the first two the file system has written back everything, so that neither pays for what came before, and
 * both pay alike for being the first.
 * The image is built before and removed after.
 */
export async function measureCopyUp(stage: Stage, of: CopyUpCase): Promise<Measured[]> {
  const { driver, signal, seed } = stage;
  const file: ImageFile = { path: `${'directory/'.repeat(of.directories)}file`, size: of.size };
  await using image = await buildImage(driver, { name: 'image', layers: of.layers, files: [file], seed, signal });
  try {
    await writeFiles(stage.plain, [file, REHEARSAL], { seed, signal });
    await warmImage(stage, image.top, file);
    const beside: Beside = { plain: [], second: [] };
    const operation = firstWrite(stage, file, image.top, beside);
    const firsts = await sampleOnce(operation, { samples: stage.samples, signal, timeout: stage.timeout });
    return firsts.flatMap((first, index): Measured[] => [
      { operation: 'plain', index, nanoseconds: beside.plain[index] ?? Number.NaN },
      { operation: 'first', index, ...first },
      { operation: 'second', index, nanoseconds: beside.second[index] ?? Number.NaN },
    ]);
  } finally {
    for (const { path } of [file, REHEARSAL]) await removeTree(`${stage.plain}/${path.split('/')[0]}`);
  }
}

/** Nanoseconds of what is timed beside the first write, one per sample. */
interface Beside {
  readonly plain: number[];
  readonly second: number[];
}

function firstWrite(stage: Stage, file: ImageFile, parent: string, beside: Beside): OnceOperation<FreshContainer> {
  const inPlain = `${stage.plain}/${file.path}`;
  return {
    prepare: async (index) => {
      resetFile(inPlain, file.size);
      const container = await freshContainer(stage, `container-${index}`, parent);
      await syncFilesystem(stage.plain);
      // The container may have left a lot to write back. After one append and sync of no interest the two timed ones follow upon the same.
      appendByte(`${stage.plain}/${REHEARSAL.path}`);
      await syncFilesystem(stage.plain);
      beside.plain[index] = timed(() => appendByte(inPlain));
      await syncFilesystem(stage.plain);
      return container;
    },
    measure: ({ mount }) => appendByte(`${mount.path}/${file.path}`),
    release: async ({ id, mount }, index) => {
      beside.second[index] = timed(() => appendByte(`${mount.path}/${file.path}`));
      await mount.put();
      await stage.driver.remove(id);
    },
  };
}

async function freshContainer({ driver }: Stage, id: string, parent: string): Promise<FreshContainer> {
  await driver.create(id, { parent });
  try {
    return { id, mount: await driver.get(id) };
  } catch (error) {
    await driver.remove(id);
    throw error;
  }
}

function appendByte(path: string): void {
  const fd = openFile(path, constants.O_WRONLY | constants.O_APPEND | constants.O_NOFOLLOW);
  try {
    writeBytes(fd, ONE_BYTE);
  } finally {
    closeFile(fd);
  }
}

function timed(operation: () => void): number {
  const start = process.hrtime.bigint();
  operation();
  return Number(process.hrtime.bigint() - start);
}

function resetFile(path: string, size: number): void {
  const fd = openFile(path, constants.O_WRONLY | constants.O_NOFOLLOW);
  try {
    truncateFile(fd, size);
  } finally {
    closeFile(fd);
  }
}

async function warmImage(stage: Stage, id: string, file: ImageFile): Promise<void> {
  await using view = await stage.driver.get(id, { readOnly: true });
  await warmFiles(view.path, [file]);
}
