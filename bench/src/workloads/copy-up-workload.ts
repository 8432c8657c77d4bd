import { closeFile, createFile, makeDirectory, removeTree, syncFilesystem } from '@graphdriver/host';
import type { CopyUpCase } from '../bench-case.ts';
import { warmFiles } from '../bench-image.ts';
import { dropCaches } from '../cold-cache.ts';
import {
  buildCopyUpImage,
  type CopyUpImage,
  type CopyUpImageShape,
  copyUpPath,
  imageFileOf,
  writePlainFiles,
} from '../copy-up-image.ts';
import { letGo } from '../let-go.ts';
import { type OnceOperation, sampleOnce } from '../sampler.ts';
import { appendByte, resetFile, timed } from './append-byte.ts';
import { type Container, freshContainer, putAndRemove } from './container.ts';
import type { Measured, Stage } from './stage.ts';

/** What a group of copy_up cases is measured on. Disposing of it removes the layers and the plain files. */
export interface CopyUpGround extends AsyncDisposable {
  readonly image: CopyUpImage;
  /** Holds the same files at the same paths, in no layer. */
  readonly plain: string;
  /** An empty file beside them. */
  readonly rehearsal: string;
}

/** Builds the layers of a group, and the plain directory that their cases are compared with. Leaves nothing behind when it fails. */
export async function buildCopyUpGround(stage: Omit<Stage, 'samples'>, shape: CopyUpImageShape): Promise<CopyUpGround> {
  const plain = `${stage.plain}/files`;
  const rehearsal = `${stage.plain}/rehearsal`;
  const removePlain = async (): Promise<void> => {
    for (const path of [plain, rehearsal]) await removeTree(path);
  };
  try {
    makeDirectory(plain);
    closeFile(createFile(rehearsal, 0o644));
    await writePlainFiles(plain, shape.files, stage);
    const image = await buildCopyUpImage(stage.driver, shape, stage);
    const dispose = async (): Promise<void> => {
      await image[Symbol.asyncDispose]();
      await removePlain();
    };
    return { image, plain, rehearsal, [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await removePlain();
    throw error;
  }
}

/**
 * Measures what the first write to a file of a lower layer costs.
 *
 * Each sample has a fresh container on the layer that the case wants, which nobody has written to.
 * Timed are, one after another: one byte appended to the same file in a plain directory of the same file system; one byte appended
 * to the file in the container, which makes the driver copy it up; and one more byte there.
 * Before each of the first two the file system has written back everything, so that neither pays for what came before, and
 * both pay alike for being the first.
 * In `warm` cases the file has been read through the layers below just before the first sample; in `cold` ones the kernel's caches are
 * emptied before each of the first two writes.
 */
export async function measureCopyUp(stage: Stage, of: CopyUpCase, ground: CopyUpGround): Promise<Measured[]> {
  if (of.cache === 'warm') await warmLayers(stage, of, ground.image.layerUnder(of));
  const beside: Beside = { plain: [], second: [] };
  const { samples, signal, timeout } = stage;
  const firsts = await sampleOnce(firstWrite(stage, of, ground, beside), { samples, signal, timeout });
  return firsts.flatMap((first, index): Measured[] => [
    { operation: 'plain', index, nanoseconds: beside.plain[index] ?? Number.NaN },
    { operation: 'first', index, ...first },
    { operation: 'second', index, nanoseconds: beside.second[index] ?? Number.NaN },
  ]);
}

/** Nanoseconds of what is timed beside the first write, one per sample. */
interface Beside {
  readonly plain: number[];
  readonly second: number[];
}

function firstWrite(stage: Stage, of: CopyUpCase, ground: CopyUpGround, beside: Beside): OnceOperation<Container> {
  const path = copyUpPath(of);
  const inPlain = `${ground.plain}/${path}`;
  const settle = async (): Promise<void> => {
    if (of.cache === 'cold') await dropCaches(stage.plain);
    else await syncFilesystem(stage.plain);
  };
  return {
    prepare: async (index) => {
      resetFile(inPlain, of.size);
      const container = await freshContainer(stage, `container-${index}`, ground.image.layerUnder(of));
      await syncFilesystem(stage.plain);
      // The container may have left a lot to write back. After one append and sync of no interest the two timed ones follow upon the same.
      appendByte(ground.rehearsal);
      await settle();
      beside.plain[index] = timed(() => appendByte(inPlain));
      await settle();
      return container;
    },
    measure: ({ mount }) => appendByte(`${mount.path}/${path}`),
    release: async (container, index) => {
      beside.second[index] = timed(() => appendByte(`${container.mount.path}/${path}`));
      await putAndRemove(stage, container);
    },
  };
}

/** Reads the file through a mount of the layer: its data, and every directory that is looked at on the way, is then in memory. */
async function warmLayers(stage: Stage, of: CopyUpCase, layer: string): Promise<void> {
  const view = await stage.driver.get(layer, { readOnly: true });
  try {
    await warmFiles(view.path, [imageFileOf(of)]);
  } finally {
    await letGo(view);
  }
}
