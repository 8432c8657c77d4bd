import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { resolve } from 'node:path';
import type { BenchCase, BenchPlaces, BenchProgress, BenchTarget, TargetDriver, TargetPlan } from '@graphdriver/bench';
import { StorageError } from '@graphdriver/core';
import type { Command } from 'commander';
import { driverNamed, type GlobalOptions, knownDrivers, knownModules } from '../composition.ts';
import { settingsByDriver } from '../driver-settings.ts';
import { EXIT } from '../exit-code.ts';
import { endProgress, note, print, printJson, progress } from '../terminal.ts';
import { addRunOptions, type RunOptions } from './bench-run-options.ts';
import { printResult } from './bench-show.ts';

const EXAMPLES = `
Examples:
  $ graphdriver bench run                                            quick: up to 16 MiB and 16 layers
  $ graphdriver bench run --full --plan                              what the full grid would take here
  $ graphdriver bench run --full --out full.json                     the full grid
  $ graphdriver bench run --sizes 4KiB,1GiB --layers 1,120 --directories 64 --only copy-up
  $ graphdriver bench run --targets overlay2,overlay2+volatile --on xfs
  $ graphdriver bench run --targets overlay2 --peer docker:overlay2 --peer fuse-overlayfs --on ext4
  $ graphdriver bench run --directory /mnt/disk --out disk.json      on a file system of your own

Ctrl-C ends a run early: what was measured until then is kept, printed, and written to --out.
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

async function measure(options: GlobalOptions & RunOptions, signal: AbortSignal): Promise<void> {
  const { planBench, runBench, writeResult } = await import('@graphdriver/bench');
  const cases = await casesFor(options);
  await using places = await placesFor(options, cases, signal);
  for (const { label, reason } of places.missing) note(`${label} is left out: ${reason}`);
  const targets = await targetsFor(options, places);
  if (targets.length === 0) {
    throw new StorageError('PREREQUISITE_MISSING', 'There is no file system to measure on.', {
      hint: 'Name a directory with --directory, or a folder on a disk with --scratch.',
    });
  }
  const full = isFull(options);
  const settings = {
    rounds: options.rounds ?? (full ? 3 : 2),
    mostSamples: options.samples ?? (full ? 5 : 8),
    ...(options.budget === undefined ? (full ? { budget: FULL_BUDGET } : {}) : { budget: options.budget }),
  };
  if (options.plan === true) return await printPlan(await planBench(targets, cases, settings), options);
  const begin = await announcement();
  const result = await runBench(targets, cases, {
    ...settings,
    ...(options.seed === undefined ? {} : { seed: options.seed }),
    signal,
    onPlan: begin,
    onProgress: showProgress,
  });
  endProgress();
  if (options.out !== undefined) {
    await writeResult(options.out, result);
    note(`All samples are in ${options.out}.`);
  }
  await printResult(result, options);
  if (!result.complete) process.exitCode = EXIT.interrupted;
}

const FULL_BUDGET = 4 * 1024 ** 3;

/** Whoever names factors of the grid means the grid. */
function isFull({ quick, full, sizes, layers, directories, placements, cold }: RunOptions): boolean {
  if (quick === true) return false;
  return full === true || cold === true || [sizes, layers, directories, placements].some((one) => one !== undefined);
}

async function casesFor(options: RunOptions): Promise<readonly BenchCase[]> {
  const { fullCases, ofTables, quickCases } = await import('@graphdriver/bench');
  const { sizes, layers, directories, placements, cold, only } = options;
  const given = Object.entries({ sizes, layers, directories, placements, cold }).filter(
    ([, value]) => value !== undefined,
  );
  const cases = isFull(options) ? fullCases(Object.fromEntries(given)) : quickCases({ beside: true });
  return only === undefined ? cases : ofTables(cases, only);
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
  const peers = options.peer.map((name) => ({ source: peerNamed(name).source }));
  const settings = settingsByDriver(await knownModules(), options.driverOpt);
  const dressed = (name: string, source: TargetDriver['source']): TargetDriver => ({
    source,
    ...(options.mountWith === undefined ? {} : { mountWith: options.mountWith }),
    ...(settings[name] === undefined ? {} : { settings: settings[name] }),
  });
  if (options.targets === undefined) {
    const all = await knownDrivers();
    return await standardTargets([...all.map(({ module, source }) => dressed(module.name, source)), ...peers], places);
  }
  const targets: BenchTarget[] = [];
  for (const { driver, volatile } of options.targets) {
    const { module, source } = await driverNamed(driver);
    for (const place of places) {
      targets.push(await targetIn({ ...dressed(module.name, source), ...(volatile ? { volatile } : {}) }, place));
    }
  }
  return [...targets, ...(await standardTargets(peers, places))];
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
