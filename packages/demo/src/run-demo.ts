import { existsSync } from 'node:fs';
import { readEnvironment } from '@graphdriver/bench';
import { mountsUnder } from '@graphdriver/host';
import { CleanUp } from './clean-up.ts';
import { conformanceChapter } from './conformance-chapter.ts';
import { copyUpChapter } from './copy-up-chapter.ts';
import type { DemoContext } from './demo-context.ts';
import { beginRecord, writeRecord } from './demo-result.ts';
import { driverChapter } from './driver-chapter.ts';
import { EXIT, exitCodeOf, explain } from './exit-code.ts';
import { formatDuration } from './format-duration.ts';
import { makePlaces } from './places.ts';
import type { Progress } from './progress.ts';
import type { Story } from './story.ts';
import { TimeBudget } from './time-budget.ts';
import { unpackChapter } from './unpack-chapter.ts';

/** What {@link runDemo} is given. */
export interface DemoRequest {
  readonly story: Story;
  readonly progress: Progress;
  /** Takes a sentence about what went wrong. */
  readonly complain: (text: string) => void;
  readonly signal: AbortSignal;
  readonly quick: boolean;
  /** Absolute path of the result file. */
  readonly out: string;
}

/** Chapters that are only nice to have are left out when they would end after this. */
const BUDGET = 480_000;
/** Whatever happens, the demonstration is given up after this, so that it ends within ten minutes. */
const DEADLINE = 560_000;

/** Tells the whole story, takes everything away again, and returns the exit code. Never throws. */
export async function runDemo(request: DemoRequest): Promise<number> {
  const { story, progress, quick, complain } = request;
  const start = performance.now();
  const signal = AbortSignal.any([request.signal, AbortSignal.timeout(DEADLINE)]);
  const budget = new TimeBudget(BUDGET);
  const context: DemoContext = {
    story,
    progress,
    signal,
    quick,
    budget,
    record: beginRecord(),
    cleanUp: new CleanUp(),
  };
  if (!(await save(context, request))) return EXIT.failed; // Better now than when there is a result to lose.
  const exitCodes: number[] = [];
  try {
    const failures = await tellChapters(context);
    context.record.complete = true;
    if (failures > 0) exitCodes.push(EXIT.failed);
  } catch (error) {
    exitCodes.push(exitCodeOf(error, request.signal));
    complain(whatEnded(error, request.signal, signal));
  }
  if (!(await takeAway(context, complain))) exitCodes.push(EXIT.failed);
  if (await save(context, request)) {
    story.say('The result, with every probe, check and sample:');
    story.block(request.out);
  } else {
    exitCodes.push(EXIT.failed);
  }
  story.say(`All of it took ${formatDuration(performance.now() - start)}.`);
  return exitCodes[0] ?? EXIT.done;
}

/** Returns how many checks failed. */
async function tellChapters(context: DemoContext): Promise<number> {
  const { story, record } = context;
  story.chapter('Where this runs');
  const environment = await readEnvironment();
  record.environment = environment;
  const column = 17;
  story.fact('kernel', `Linux ${environment.kernel}, ${environment.architecture}`, { column });
  story.fact('processors', `${environment.cpu.count} × ${environment.cpu.model}`, { column });
  story.fact('memory', `${(environment.memory.total / 1024 ** 3).toFixed(0)} GiB`, { column });
  story.fact('node', environment.node, { column });
  const places = await makePlaces(context);
  const survey = await driverChapter(context, places);
  await unpackChapter(context, places[0], survey);
  const failures = await conformanceChapter(context, survey);
  await copyUpChapter(context, survey);
  return failures;
}

function whatEnded(error: unknown, user: AbortSignal, any: AbortSignal): string {
  if (user.aborted) return 'Interrupted. Everything is being taken away.';
  return any.aborted ? 'The time is over. Everything is being taken away.' : explain(error);
}

/** Takes away all that was made, looks whether it is gone, and says so. */
async function takeAway(
  { story, progress, cleanUp, record }: DemoContext,
  complain: (text: string) => void,
): Promise<boolean> {
  progress.show({ task: 'taking everything away' });
  const failures = await cleanUp.run();
  for (const { what, error } of failures) complain(`Could not take away ${what}: ${explain(error)}`);
  const left = record.places.filter(({ directory }) => existsSync(directory) || mountsUnder(directory).length > 0);
  for (const { directory } of left) complain(`${directory} is still there.`);
  const clean = failures.length === 0 && left.length === 0;
  story.chapter('What is left');
  if (clean) story.say('No mount, no loop device and no temporary file: everything has been taken away.');
  return clean;
}

async function save({ record }: DemoContext, { out, complain }: DemoRequest): Promise<boolean> {
  record.endedAt = new Date().toISOString();
  try {
    await writeRecord(out, record);
  } catch (error) {
    complain(`The result could not be written to ${out}: ${explain(error)}`);
    return false;
  }
  return true;
}
