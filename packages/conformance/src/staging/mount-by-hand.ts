import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { MountDescription, MountPlan } from '@graphdriver/core';
import { createMounter, run } from '@graphdriver/host';
import type { CheckContext } from '../check.ts';

/**
 * Makes a plan's mounts with mount(8), one on top of the other as described, and takes them away after `use`.
 *
 * It is what somebody does who has nothing of this project but the description.
 */
export async function mountByHand<T>(
  context: CheckContext,
  plan: MountPlan,
  use: (root: string) => T | Promise<T>,
): Promise<T> {
  const target = join(await context.scratch(), 'by-hand');
  mkdirSync(target);
  let made = 0;
  try {
    for (const mount of plan.mounts) {
      await run('mount', mountArguments(mount, target));
      made += 1;
    }
    return await use(target);
  } finally {
    for (; made > 0; made--) await createMounter().unmount(target);
  }
}

/** The arguments of mount(8) for one description. */
export function mountArguments({ type, source, options }: MountDescription, target: string): readonly string[] {
  const given = options.length === 0 ? [] : ['-o', options.join(',')];
  return ['-t', type, ...given, source, target];
}
