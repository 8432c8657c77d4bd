import { setTimeout } from 'node:timers/promises';

/** Whether something comes true within some seconds: file systems free the blocks of what was removed in the background. */
export async function comesTrue(look: () => Promise<boolean>): Promise<boolean> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    if (await look()) return true;
    await setTimeout(50);
  }
  return false;
}
