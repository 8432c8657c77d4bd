import { syncFilesystem } from '@graphdriver/host';
import { buildImage, warmFiles } from '../bench-image.ts';
import { loadDriver, openOptions } from '../bench-target.ts';
import { answerParent } from '../child-request.ts';
import { firstFailure } from '../first-failure.ts';
import { letGo } from '../let-go.ts';
import type { WorkloadProfile } from '../workload-profiles/workload-profile.ts';
import type { Stage } from '../workloads/stage.ts';
import { type ReplayParts, rehearse, replay } from './replay.ts';
import { replayFiles } from './replay-files.ts';
import type { ReplayMessage, ReplayRequest } from './replay-message.ts';

// The program of one round: a driver does all workloads in a process of its own.

await answerParent(replayAll);

async function replayAll({ target, root, plain, seed, work }: ReplayRequest, signal: AbortSignal): Promise<void> {
  const module = await loadDriver(target.source);
  await using driver = await module.open(openOptions(root, target));
  const stage: Stage = { driver, plain, seed, signal, samples: 1, timeout: 0, volatile: false };
  for (const profile of work) {
    if (signal.aborted) return;
    const { name: workload } = profile;
    say({ type: 'replaying', workload });
    try {
      say({ type: 'replayed', workload, parts: await replayOne(stage, profile) });
    } catch (error) {
      say({ type: 'failed', workload, reason: firstFailure(error) });
    }
  }
  if (!signal.aborted) say({ type: 'finished' });
}

/** On an image of its own, which is in memory and on the disk when the work begins. */
async function replayOne(stage: Stage, profile: WorkloadProfile): Promise<ReplayParts> {
  const { driver, plain, seed, signal } = stage;
  const files = replayFiles(profile);
  const { layers } = profile.image;
  await using image = await buildImage(driver, { name: 'image', layers, files: files.image, seed, signal });
  const view = await driver.get(image.top, { readOnly: true });
  try {
    await warmFiles(view.path, files.image);
  } finally {
    await letGo(view);
  }
  const ground = { stage, parent: image.top, files };
  await rehearse(ground);
  await syncFilesystem(plain);
  return await replay(ground, profile.containers);
}

function say(message: ReplayMessage): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}
