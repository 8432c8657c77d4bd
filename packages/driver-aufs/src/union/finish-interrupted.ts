import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { finishGroups } from './link-groups.ts';
import { BEGUN, finishLoss } from './losing-names.ts';
import { LOST_NAMES, PSEUDO_LINKS } from './marks.ts';
import type { Union } from './union.ts';

/** Goes on with what takes several steps, and a crash came in the middle of. To be done before anybody uses a union. */
export async function finishInterrupted(union: Union): Promise<void> {
  await finishGroups(union);
  finishLoss(union);
}

/** Tells whether there is anything to go on with in a branch, by its path. */
export function isInterrupted(branch: string): boolean {
  if (existsSync(join(branch, LOST_NAMES, BEGUN))) return true;
  const waiting = join(branch, PSEUDO_LINKS);
  return existsSync(waiting) && readdirSync(waiting).length > 0;
}
