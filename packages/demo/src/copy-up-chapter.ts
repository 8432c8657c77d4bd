import {
  type BenchProgress,
  type BenchTarget,
  renderCopyUpTable,
  renderLifecycleTable,
  renderMethod,
  renderSkips,
  runCopyUpQuick,
} from '@graphdriver/bench';
import { throwIfAborted } from '@graphdriver/core';
import type { DemoContext, Survey } from './demo-context.ts';
import { DEMO_DRIVERS } from './demo-drivers.ts';
import { groupsOf } from './groups-of.ts';

const FIXED_COLUMNS = 34;
const COLUMN = 26;
/** With less time than this only the first targets are measured. */
const COMFORTABLE = 180_000;

/** Measures what a first write costs in every driver, on every file system that there is time for. */
export async function copyUpChapter(context: DemoContext, survey: Survey): Promise<void> {
  const { story, progress, signal, quick, budget, record } = context;
  story.chapter('What the first write to a file costs (copy_up)');
  story.say(
    'A container shares the files of its image until it writes to one. What happens then is where drivers differ most.',
  );
  const roomy = !quick && budget.left > COMFORTABLE;
  const working = roomy ? survey.candidates : survey.candidates.filter(({ place }) => !place.loop);
  // By driver, so that one driver's columns on several file systems stand side by side.
  const candidates = DEMO_DRIVERS.flatMap((driver) => working.filter((candidate) => candidate.driver === driver));
  const targets = candidates.map(({ driver, place }): BenchTarget => {
    return { label: `${driver.module.name}, ${place.label}`, source: driver.source, directory: place.directory };
  });
  const onProgress = ({ target, case: of, fraction, remaining }: BenchProgress): void => {
    progress.show({ task: `measuring ${target}`, detail: of ?? 'between two cases', fraction, remaining });
  };
  const result = await runCopyUpQuick(targets, { signal, onProgress, largest: roomy, rounds: quick ? 2 : 3 });
  record.benchmark = result;
  throwIfAborted(signal, 'The benchmark');
  for (const labels of groupsOf(
    targets.map(({ label }) => label),
    Math.max(1, Math.floor((story.width - FIXED_COLUMNS) / COLUMN)),
  )) {
    story.gap();
    story.block(renderCopyUpTable(result, { targets: labels }));
    story.gap();
    story.block(renderLifecycleTable(result, { targets: labels }));
  }
  story.gap();
  story.say(renderMethod(result));
  for (const line of renderSkips(result)
    .split('\n')
    .filter((text) => text !== ''))
    story.fact('skipped', line, { tone: 'quiet' });
}
