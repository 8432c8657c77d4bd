import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { resolve } from 'node:path';
import type { BenchPlaces, BenchTarget, PicksProgress, PicksResult, WorkloadProfile } from '@graphdriver/bench';
import { StorageError } from '@graphdriver/core';
import type { Command } from 'commander';
import { driverNamed, type GlobalOptions, knownDrivers } from '../composition.ts';
import { settingsByDriver } from '../driver-settings.ts';
import { EXIT } from '../exit-code.ts';
import { endProgress, note, print, printJson, progress } from '../terminal.ts';
import { parseCount, parsePositive } from './amounts.ts';

const EXAMPLES = `
Examples:
  $ graphdriver bench picks --on /mnt/disk --out picks.json   every driver that works there does all workloads
  $ graphdriver bench picks --on btrfs                        on a file system in a file, made for it
  $ graphdriver bench picks --only dense --no-measure         one workload, and the published costs alone
  $ graphdriver bench picks --from picks.json --markdown      what was done before

What \`pick --workload\` foresees, by the published costs and by those of \`pick --measure\`, beside what the work then really cost.
A pick is a hit within a tenth of the best. Ctrl-C ends a run early and keeps what was done.`;

interface PicksCommandOptions extends GlobalOptions {
  readonly on?: string;
  readonly only: readonly string[];
  readonly measure: boolean;
  readonly rounds?: number;
  readonly seed?: number;
  readonly out?: string;
  readonly from?: string;
  readonly markdown?: boolean;
}

/** `graphdriver bench picks`: whether the picks by workload are right. */
export function addBenchPicksCommand(bench: Command, signal: AbortSignal): void {
  bench
    .command('picks')
    .description('have every driver do what `pick --workload` picks by, and count hits and misses')
    .option(
      '--on <dir>',
      'work in this directory, or on a file system of ext4, xfs, btrfs or zfs; in the temporary folder unless given',
    )
    .option('--only <workload>', 'of build, database, dense, large-files, small-files; may be repeated', collect, [])
    .option('--no-measure', 'go by the published costs alone, and spare the minute of measuring')
    .option('--rounds <number>', 'times that every driver does every workload; 3 unless given', parsePositive)
    .option('--seed <number>', 'seed of contents and orders', parseCount)
    .option('--out <file>', 'keep all that was found in this file')
    .option('--from <file>', 'do nothing and print this file')
    .option('--markdown', 'print the tables as Markdown')
    .addHelpText('after', EXAMPLES)
    .action(async (_options: object, command: Command) => {
      const options = command.optsWithGlobals<PicksCommandOptions>();
      await printPicks(options.from === undefined ? await replay(options, signal) : await read(options.from), options);
    });
}

async function read(path: string): Promise<PicksResult> {
  const { readPicks } = await import('@graphdriver/bench');
  return await readPicks(path);
}

async function replay(options: PicksCommandOptions, signal: AbortSignal): Promise<PicksResult> {
  const { runPicks, writePicks } = await import('@graphdriver/bench');
  const workloads = await chosen(options.only);
  await using places = await placeFor(options.on, signal);
  const targets = await targetsIn(places, options);
  const result = await runPicks(targets, {
    workloads,
    signal,
    onProgress: showProgress,
    ...(options.measure ? {} : { measure: 0 }),
    ...(options.rounds === undefined ? {} : { rounds: options.rounds }),
    ...(options.seed === undefined ? {} : { seed: options.seed }),
  });
  endProgress();
  if (options.out !== undefined) {
    await writePicks(options.out, result);
    note(`All of it is in ${options.out}.`);
  }
  if (!result.complete) process.exitCode = EXIT.interrupted;
  return result;
}

async function chosen(only: readonly string[]): Promise<readonly WorkloadProfile[]> {
  const { REPLAYED_WORK } = await import('@graphdriver/bench');
  const names = REPLAYED_WORK.map(({ name }) => name);
  const stray = only.find((name) => !names.includes(name));
  if (stray !== undefined) throw new TypeError(`--only ${stray} is none of ${names.join(', ')}.`);
  return only.length === 0 ? REPLAYED_WORK : REPLAYED_WORK.filter(({ name }) => only.includes(name));
}

/** A file system of the type that was named, or the directory. */
async function placeFor(on: string | undefined, signal: AbortSignal): Promise<BenchPlaces> {
  const { FILE_SYSTEMS, makePlaces } = await import('@graphdriver/bench');
  const type = FILE_SYSTEMS.find((known) => known === on);
  if (type === undefined) {
    const directory = resolve(on ?? tmpdir());
    await mkdir(directory, { recursive: true });
    return { places: [{ label: directory, directory }], missing: [], [Symbol.asyncDispose]: async () => undefined };
  }
  const made = await makePlaces([type], { directory: tmpdir(), size: PLACE_BYTES, signal });
  const [missing] = made.missing;
  if (missing === undefined) return made;
  await made[Symbol.asyncDispose]();
  throw new StorageError('PREREQUISITE_MISSING', missing.reason, {
    hint: 'Name a directory on such a file system by --on.',
  });
}

const PLACE_BYTES = 8 * 1024 ** 3;

/** All drivers that work there, or the one that was asked for. */
async function targetsIn({ places }: BenchPlaces, options: GlobalOptions): Promise<readonly BenchTarget[]> {
  const { readFilesystem, targetIn } = await import('@graphdriver/bench');
  const drivers = options.driver === undefined ? await knownDrivers() : [await driverNamed(options.driver)];
  const settings = settingsByDriver(
    drivers.map(({ module }) => module),
    options.driverOpt,
  );
  const directory = places[0]?.directory ?? tmpdir();
  const place = { label: readFilesystem(directory).name, directory };
  const targets: BenchTarget[] = [];
  for (const { module, source } of drivers) {
    const own = settings[module.name];
    const route = options.mountWith === undefined ? {} : { mountWith: options.mountWith };
    const { usable } = await module.probe({ root: `${directory}/graphdriver-bench-probe`, ...route });
    if (usable || options.driver !== undefined)
      targets.push(await targetIn({ source, ...route, ...(own === undefined ? {} : { settings: own }) }, place));
  }
  if (targets.length > 0) return targets;
  throw new StorageError('PREREQUISITE_MISSING', `No driver works in ${directory}.`, {
    hint: `See graphdriver --root ${directory} doctor.`,
  });
}

async function printPicks(result: PicksResult, options: PicksCommandOptions): Promise<void> {
  if (options.json === true) return printJson(result);
  const { picksVerdict, renderPickSkips, renderPicks, renderReplays } = await import('@graphdriver/bench');
  const format = options.markdown === true ? 'markdown' : 'text';
  const skips = renderPickSkips(result, format);
  const parts = [picksVerdict(result), renderPicks(result, format), renderReplays(result, format), skips];
  print(parts.filter((part) => part !== '').join('\n'));
}

function showProgress({ fraction, remaining, driver, what }: PicksProgress): void {
  const seconds = Math.ceil(remaining / 1000);
  const left = seconds < 100 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
  progress(`${Math.round(fraction * 100)} %, ${left} to go: ${driver}, ${what}`);
}

function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}
