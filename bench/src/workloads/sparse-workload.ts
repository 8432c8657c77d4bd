import { lstatSync } from 'node:fs';
import type { SparseCase } from '../bench-case.ts';
import { copyUpPath } from '../copy-up-image.ts';
import { cellOf, groundFiles } from '../ground-case.ts';
import { appendByte, resetFile } from './append-byte.ts';
import { measureFirstTouch } from './first-touch.ts';
import { type CopyUpGround, warmLayers } from './ground.ts';
import type { Measured, Stage } from './stage.ts';

/** Of `st_blocks`, whatever the file system's blocks are. */
const BLOCK = 512;

/**
 * Measures the first append to a file that is one hole but for a block at either end, and what the file takes on the disk after it: in
 * the plain directory, and in the container, where a driver that copies zeros takes the whole size.
 */
export async function measureSparse(stage: Stage, of: SparseCase, ground: CopyUpGround): Promise<Measured[]> {
  await warmLayers(stage, of, ground);
  const path = groundFiles(of).map(copyUpPath).join();
  return await measureFirstTouch(stage, {
    layer: ground.image.layerUnder(cellOf(of)),
    plain: ground.plain,
    rehearsal: ground.rehearsal,
    renew: () => resetFile(`${ground.plain}/${path}`, of.size),
    touch: (root) => appendByte(`${root}/${path}`),
    bytes: (root) => lstatSync(`${root}/${path}`).blocks * BLOCK,
  });
}
