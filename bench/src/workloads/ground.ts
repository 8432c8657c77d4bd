import { closeFile, createFile, makeDirectory, removeTree } from '@graphdriver/host';
import type { GroundCase } from '../bench-case.ts';
import { warmFiles } from '../bench-image.ts';
import {
  buildCopyUpImage,
  type CopyUpImage,
  type CopyUpImageShape,
  imageFileOf,
  writePlainFiles,
} from '../copy-up-image.ts';
import { cellOf, groundFiles } from '../ground-case.ts';
import { letGo } from '../let-go.ts';
import type { Stage } from './stage.ts';

/** What a group of cases of the grid, and beside it, is measured on. Disposing of it removes the layers and the plain files. */
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

/** Reads the files of a case through a mount of its layer: their data, and every directory that is looked at on the way, is then in memory. */
export async function warmLayers(stage: Stage, of: GroundCase, ground: CopyUpGround): Promise<void> {
  const view = await stage.driver.get(ground.image.layerUnder(cellOf(of)), { readOnly: true });
  try {
    await warmFiles(view.path, groundFiles(of).map(imageFileOf));
  } finally {
    await letGo(view);
  }
}
