import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { resolve } from 'node:path';
import type {
  BenchCase,
  BenchOptions,
  BenchPlace,
  BenchPlaces,
  BenchProgress,
  BenchResult,
  BenchTarget,
  ResultTable,
  TargetDriver,
  TargetPlan,
} from '@graphdriver/bench';
import { StorageError } from '@graphdriver/core';
import type { Command } from 'commander';
import { driverNamed, type GlobalOptions, knownDrivers, knownModules } from '../composition.ts';
import { settingsByDriver } from '../driver-settings.ts';
import { EXIT } from '../exit-code.ts';
import { endProgress, note, print, printJson, progress } from '../terminal.ts';
import { casesOf, choosesCases, withTargetsOf } from './bench-resume.ts';
import { addRunOptions, type RunOptions } from './bench-run-options.ts';
import { printResult } from './bench-show.ts';

const EXAMPLES = `
Examples:
  $ graphdriver bench run                                            quick: up to 16 MiB and 16 layers
  $ graphdriver bench run --full --plan                              what the full grid would take here
  $ graphdriver bench run --full --out full.json                     the full grid
  $ graphdriver bench run --full --only touch                        chmod, rename, sparse files, files at once
  $ graphdriver bench run --sizes 4KiB,1GiB --layers 1,120 --directories 64 --only copy-up
  $ graphdriver bench run --only inside,many --on ext4               programs in mounts; many containers, many layers
  $ graphdriver bench run --only many --containers 1000              a thousand containers at once
  $ graphdriver bench run --targets overlay2,overlay2+volatile --on xfs
  $ graphdriver bench run --targets overlay2 --peer docker:overlay2 --peer fuse-overlayfs --on ext4
  $ graphdriver bench run --targets overlay2@ext4,btrfs@btrfs --peer docker:btrfs@btrfs --on ext4,btrfs
  $ graphdriver bench run --directory /mnt/disk --out disk.json      on a file system of your own
  $ graphdriver bench run --full --out full.json --until 5% --minutes 120   until it is sure enough, or two hours are over
  $ graphdriver bench run --resume full.json                         what a Ctrl-C, a crash or the time left undone
  $ graphdriver bench run --resume full.json --rounds 10             more rounds of the same

Ctrl-C ends a run early: what was measured until then is kept, printed, and written to --out.
--resume goes on with the same drivers, places, cases and seed, and refuses anything else.
Cold caches are those of the whole machine: everything else on it gets slower meanwhile.`;

/** `graphdriver bench run`: measures drivers on file systems that it makes itself. */
export function addBenchRunCommand(bench: Command, signal: AbortSignal): void {
  const run = bench
    .command('run')
    .description('measure the first write to files of lower layers, and what the calls cost');
  addRunOptions(run)
    .addHelpText('after', EXAMPLES)
    .action(async (_options: object, command: Command) => {
      await measure(command.optsWithGlobals<GlobalOptions & RunOptions>(), signal);
    });
}

async function measure(given: GlobalOptions & RunOptions, signal: AbortSignal): Promise<void> {
  const { planBench, readResult, runBench } = await import('@graphdriver/bench');
  const earlier = given.resume === undefined ? undefined : await readResult(given.resume);
  const options = earlier === undefined ? given : await withTargetsOf(earlier, given);
  const cases = earlier === undefined || choosesCases(options) ? await casesFor(options) : casesOf(earlier);
  await using places = await placesFor(options, cases, signal);
  for (const { label, reason } of places.missing) note(`${label} is left out: ${reason}`);
  const targets = await targetsFor(options, places);
  if (targets.length === 0) {
    throw new StorageError('PREREQUISITE_MISSING', 'There is no file system to measure on.', {
      hint: 'Name a directory with --directory, or a folder on a disk with --scratch.',
    });
  }
  const settings = { ...(earlier === undefined ? settingsOf(isFull(options)) : {}), ...chosenSettings(options) };
  if (options.plan === true) return await printPlan(await planBench(targets, cases, settings), options);
  const begin = await announcement();
  const file = options.out ?? options.resume;
  const keep = await keeper(file);
  const result = await runBench(targets, cases, {
    ...settings,
    ...(earlier === undefined ? {} : { earlier, acceptChanges: options.force === true }),
    signal,
    onPlan: begin,
    onProgress: showProgress,
    onRound: keep,
  });
  endProgress();
  await keep(result);
  if (file !== undefined) note(`All samples are in ${file}.`);
  await printResult(result, options);
  if (!result.complete) process.exitCode = EXIT.interrupted;
}

/** Writes results to a file, so that whatever ends the program costs a round at most; does nothing where there is none. */
async function keeper(file: string | undefined): Promise<(result: BenchResult) => Promise<void>> {
  if (file === undefined) return async () => undefined;
  const { writeResult } = await import('@graphdriver/bench');
  return async (result) => await writeResult(file, result);
}

const FULL_BUDGET = 4 * 1024 ** 3;

function settingsOf(full: boolean): BenchOptions {
  return full ? { rounds: 3, mostSamples: 5, budget: FULL_BUDGET } : { rounds: 2, mostSamples: 8 };
}

/** What the command says of rounds and bounds. */
function chosenSettings({
  rounds,
  samples,
  patience,
  budget,
  seed,
  until,
  mostRounds,
  minutes,
}: RunOptions): BenchOptions {
  return {
    ...(rounds === undefined ? {} : { rounds }),
    ...(samples === undefined ? {} : { mostSamples: samples }),
    ...(patience === undefined ? {} : { patience: patience * 1000 }),
    ...(budget === undefined ? {} : { budget }),
    ...(seed === undefined ? {} : { seed }),
    ...(until === undefined ? {} : { until }),
    ...(mostRounds === undefined ? {} : { mostRounds }),
    ...(minutes === undefined ? {} : { limit: minutes * 60_000 }),
  };
}

/** Whoever names factors of the grid means the grid. */
function isFull({ quick, full, cold, only = [], ...factors }: RunOptions): boolean {
  if (quick === true) return false;
  const { sizes, layers, directories, placements, containers } = factors;
  return (
    full === true ||
    cold === true ||
    [sizes, layers, directories, placements, containers].some((one) => one !== undefined) ||
    only.some((table) => NOT_QUICK.includes(table))
  );
}

/** Tables of which the quick run has nothing. */
const NOT_QUICK: readonly ResultTable[] = ['inside', 'many'];

async function casesFor(options: RunOptions): Promise<readonly BenchCase[]> {
  const { fullCases, ofTables, quickCases } = await import('@graphdriver/bench');
  const { sizes, layers, directories, placements, containers, cold, only } = options;
  const given = Object.entries({ sizes, layers, directories, placements, containers, cold }).filter(
    ([, value]) => value !== undefined,
  );
  const cases = isFull(options) ? fullCases(Object.fromEntries(given)) : quickCases({ beside: true });
  const chosen = only === undefined ? cases : ofTables(cases, only);
  if (chosen.length > 0) return chosen;
  throw new StorageError('UNSUPPORTED', 'The quick run has nothing of these tables.', { hint: 'Leave out --quick.' });
}

/** The file systems that were asked for, and the directory, where it was given. */
async function placesFor(options: RunOptions, cases: readonly BenchCase[], signal: AbortSignal): Promise<BenchPlaces> {
  const { FILE_SYSTEMS, makePlaces, placeBytes } = await import('@graphdriver/bench');
  const types = options.on ?? (options.directory.length > 0 ? [] : FILE_SYSTEMS);
  const own = options.directory.map((directory) => resolve(directory));
  for (const directory of own) await mkdir(directory, { recursive: true });
  const made = await makePlaces(types, {
    directory: resolve(options.scratch ?? tmpdir()),
    size: placeBytes(cases, options.budget ?? FULL_BUDGET),
    // Where only bytes are counted, the counters are to be the run's own.
    isolated: cases.every(({ workload }) => workload === 'space'),
    signal,
  });
  return {
    places: [...own.map((directory) => ({ label: directory, directory })), ...made.places],
    missing: made.missing,
    [Symbol.asyncDispose]: () => made[Symbol.asyncDispose](),
  };
}

/** What was named, in every place, or else what is worth measuring of all drivers; and the peers, where they work. */
async function targetsFor(options: GlobalOptions & RunOptions, { places }: BenchPlaces): Promise<BenchTarget[]> {
  const { peerNamed, standardTargets, targetIn } = await import('@graphdriver/bench');
  const settings = settingsByDriver(await knownModules(), options.driverOpt);
  const dressed = (name: string, source: TargetDriver['source']): TargetDriver => ({
    source,
    ...(options.mountWith === undefined ? {} : { mountWith: options.mountWith }),
    ...(settings[name] === undefined ? {} : { settings: settings[name] }),
  });
  const targets: BenchTarget[] = [];
  if (options.targets === undefined) {
    const all = await knownDrivers();
    targets.push(
      ...(await standardTargets(
        all.map(({ module, source }) => dressed(module.name, source)),
        places,
      )),
    );
  }
  for (const { name, volatile, place: label } of options.targets ?? []) {
    const { module, source } = await driverNamed(name);
    for (const place of placesOf(label, places)) {
      targets.push(await targetIn({ ...dressed(module.name, source), ...(volatile ? { volatile } : {}) }, place));
    }
  }
  for (const { name, place } of options.peer) {
    targets.push(...(await standardTargets([{ source: peerNamed(name).source }], placesOf(place, places))));
  }
  return targets;
}

/** The place of this label, or all of them where there is none. */
function placesOf(label: string | undefined, places: readonly BenchPlace[]): readonly BenchPlace[] {
  if (label === undefined) return places;
  const found = places.filter((place) => place.label === label);
  if (found.length > 0) return found;
  throw new StorageError('UNSUPPORTED', `There is no place ${label} in this run.`, {
    hint: `Its places are ${places.map((place) => place.label).join(', ')}: see --on and --directory.`,
  });
}

async function printPlan(plans: readonly TargetPlan[], options: GlobalOptions): Promise<void> {
  const { planMilliseconds, renderPlan } = await import('@graphdriver/bench');
  if (options.json !== true) return print(renderPlan(plans));
  const targets = plans.map(({ target, groups, skips, milliseconds }) => ({
    label: target.label,
    milliseconds,
    cases: groups.flatMap((group) => group.cases.map(({ case: of, samples }) => ({ ...of, samples }))),
    skips: skips.map(({ case: id, reason }) => ({ case: id, reason })),
  }));
  printJson({ milliseconds: planMilliseconds(plans), targets });
}

async function announcement(): Promise<(plans: readonly TargetPlan[]) => void> {
  const { formatDuration, planMilliseconds } = await import('@graphdriver/bench');
  return (plans) => {
    const cases = plans.flatMap(({ groups }) => groups.flatMap((group) => group.cases)).length;
    note(
      `${plans.length} targets, ${cases} cases, about ${formatDuration(planMilliseconds(plans))} on a quiet machine. Ctrl-C keeps what was measured.`,
    );
  };
}

function showProgress({ done, total, fraction, remaining, target, case: of }: BenchProgress): void {
  const seconds = Math.ceil(remaining / 1000);
  const left = seconds < 100 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
  const percent = Math.round(fraction * 100);
  progress(`case ${done} of ${total}, ${percent} %, ${left} to go: ${target}, ${of ?? 'making layers'}`);
}
