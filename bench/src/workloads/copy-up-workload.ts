import type { CopyUpCase } from '../bench-case.ts';
import { copyUpPath } from '../copy-up-image.ts';
import { appendByte, resetFile } from './append-byte.ts';
import { measureFirstTouch } from './first-touch.ts';
import { type CopyUpGround, warmLayers } from './ground.ts';
import type { Measured, Stage } from './stage.ts';

/**
 * Measures what the first write to a file of a lower layer costs: one byte appended, as {@link measureFirstTouch} has it.
 * In `warm` cases the file has been read through the layers below just before the first sample; in `cold` ones the kernel's caches are
 * emptied before each of the first two writes.
 */
export async function measureCopyUp(stage: Stage, of: CopyUpCase, ground: CopyUpGround): Promise<Measured[]> {
  if (of.cache === 'warm') await warmLayers(stage, of, ground);
  const path = copyUpPath(of);
  return await measureFirstTouch(stage, {
    layer: ground.image.layerUnder(of),
    plain: ground.plain,
    rehearsal: ground.rehearsal,
    cold: of.cache === 'cold',
    renew: () => resetFile(`${ground.plain}/${path}`, of.size),
    touch: (root) => appendByte(`${root}/${path}`),
  });
}
