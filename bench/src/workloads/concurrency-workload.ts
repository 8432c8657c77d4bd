import type { ConcurrencyCase } from '../bench-case.ts';
import { copyUpPath } from '../copy-up-image.ts';
import { cellOf, groundFiles } from '../ground-case.ts';
import { resetFile } from './append-byte.ts';
import { AppendTeam } from './append-team.ts';
import { measureFirstTouch } from './first-touch.ts';
import { type CopyUpGround, warmLayers } from './ground.ts';
import type { Measured, Stage } from './stage.ts';

/**
 * Measures first appends to several files of one container at once, each made by a thread of its own, from the word to go until the last
 * is done. The plain files are appended to by the same threads: what starting and gathering them costs is in both.
 */
export async function measureConcurrency(stage: Stage, of: ConcurrencyCase, ground: CopyUpGround): Promise<Measured[]> {
  await warmLayers(stage, of, ground);
  const paths = groundFiles(of).map(copyUpPath);
  await using team = new AppendTeam(of.writers, stage.timeout);
  // Of no interest: it lets the threads compile what they are to run.
  await team.aim(paths.map(() => ground.rehearsal));
  team.go();
  return await measureFirstTouch(stage, {
    layer: ground.image.layerUnder(cellOf(of)),
    plain: ground.plain,
    rehearsal: ground.rehearsal,
    renew: () => {
      for (const path of paths) resetFile(`${ground.plain}/${path}`, of.size);
    },
    ready: (root) => team.aim(paths.map((path) => `${root}/${path}`)),
    touch: () => team.go(),
  });
}
