import { makeDirectory, removeTree } from '@graphdriver/host';
import type { TouchCase } from '../bench-case.ts';
import { writeFiles } from '../bench-image.ts';
import { copyUpPath, imageFileOf } from '../copy-up-image.ts';
import { cellOf } from '../ground-case.ts';
import { measureFirstTouch } from './first-touch.ts';
import { type CopyUpGround, warmLayers } from './ground.ts';
import type { Measured, Stage } from './stage.ts';
import { TOUCH } from './touches.ts';

/**
 * Measures what the first touch of one kind costs, and the second. The plain file is written anew for each sample, in directories of its
 * own: some touches leave nothing that could be set back.
 */
export async function measureTouch(stage: Stage, of: TouchCase, ground: CopyUpGround): Promise<Measured[]> {
  await warmLayers(stage, of, ground);
  const plain = `${stage.plain}/touched`;
  const path = copyUpPath(of);
  const renew = async (): Promise<void> => {
    await removeTree(plain);
    makeDirectory(plain);
    await writeFiles(plain, [imageFileOf(of)], stage);
  };
  try {
    return await measureFirstTouch(stage, {
      layer: ground.image.layerUnder(cellOf(of)),
      plain,
      rehearsal: ground.rehearsal,
      renew,
      touch: (root, turn) => TOUCH[of.touch]({ path: `${root}/${path}`, size: of.size }, turn),
    });
  } finally {
    await removeTree(plain);
  }
}
