import { type BenchCase, caseId, isOnGround } from './bench-case.ts';
import { loadDriver, openOptions } from './bench-target.ts';
import { answerParent } from './child-request.ts';
import { firstFailure } from './first-failure.ts';
import { formatMessage, type RoundMessage, type RoundRequest, type RoundWork } from './round-message.ts';
import { buildCopyUpGround, type CopyUpGround } from './workloads/ground.ts';
import type { Measured, Stage } from './workloads/stage.ts';
import { measureCase, measureOnGround } from './workloads/workload.ts';

// The program of one round: a driver is measured in a process of its own, so that no other driver's garbage, caches or
// compiled code are in its way. Its parent says what to do; the end of its input tells that the parent gave up, or died.

await answerParent(measureAll);

async function measureAll(
  { target, root, plain, seed, timeout, work }: RoundRequest,
  signal: AbortSignal,
): Promise<void> {
  const module = await loadDriver(target.source);
  await using driver = await module.open(openOptions(root, target));
  const stage = { driver, plain, seed, timeout, volatile: target.volatile === true, signal };
  for (const [index, group] of work.entries()) {
    if (signal.aborted) return;
    const untold = new Set(group.cases.map((planned) => caseId(planned.case)));
    try {
      await measureGroup(stage, group, index, (id) => untold.delete(id));
    } catch (error) {
      // Layers that cannot be removed are in the way of everything that comes after.
      if (untold.size === 0) throw error;
      for (const id of untold) say({ type: 'failed', case: id, reason: firstFailure(error) });
    }
  }
  if (!signal.aborted) say({ type: 'finished' });
}

/** Measures the cases of a group, each of which may fail on its own. Throws where their layers cannot be made or removed. */
async function measureGroup(
  stage: Omit<Stage, 'samples'>,
  { image, cases }: RoundWork,
  index: number,
  onTold: (id: string) => void,
): Promise<void> {
  await using ground = image === null ? null : await buildCopyUpGround(stage, image);
  say({ type: 'built', work: index });
  for (const { case: of, samples } of cases) {
    if (stage.signal.aborted) return;
    const id = caseId(of);
    say({ type: 'measuring', case: id });
    try {
      say({ type: 'measured', case: id, samples: await measure({ ...stage, samples }, of, ground) });
    } catch (error) {
      say({ type: 'failed', case: id, reason: firstFailure(error) });
    }
    onTold(id);
  }
}

function measure(stage: Stage, of: BenchCase, ground: CopyUpGround | null): Promise<Measured[]> {
  if (!isOnGround(of)) return measureCase(stage, of);
  if (ground === null) throw new TypeError('Cases of the grid are measured on layers that they share.');
  return measureOnGround(stage, of, ground);
}

function say(message: RoundMessage): void {
  process.stdout.write(formatMessage(message));
}
