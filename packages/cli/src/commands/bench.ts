import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { resolve } from 'node:path';
import type { BenchProgress, BenchResult, BenchTarget } from '@graphdriver/bench';
import type { Command } from 'commander';
import { driverNamed, type GlobalOptions, knownDrivers } from '../composition.ts';
import { EXIT } from '../exit-code.ts';
import { endProgress, note, print, printJson, progress } from '../terminal.ts';

const EXAMPLES = `
Examples:
  $ graphdriver bench copy-up                              every driver, in the temporary folder; about half a minute
  $ graphdriver bench copy-up overlay2 --on /mnt/xfs --on /mnt/ext4 --out result.json
  $ graphdriver bench show result.json

Ctrl-C ends a run early and keeps what was measured.`;

interface CopyUpOptions extends GlobalOptions {
  readonly on: readonly string[];
  readonly out?: string;
  readonly largest?: boolean;
}

/** `graphdriver bench`: what a first write costs, and tables of what was measured before. */
export function addBenchCommand(program: Command, signal: AbortSignal): void {
  const bench = program.command('bench').description('measure drivers').addHelpText('after', EXAMPLES);
  bench
    .command('copy-up')
    .description('measure the first write to files of lower layers, and the life of a container')
    .argument('[driver...]', 'names of drivers; all that are known unless given')
    .option('--on <dir>', 'measure on the file system of this directory; may be repeated', collect, [])
    .option('--out <file>', 'keep all samples in this file')
    .option('--largest', 'also files of 128 MiB')
    .addHelpText('after', EXAMPLES)
    .action(async (drivers: string[], _options: object, command: Command) => {
      const options = command.optsWithGlobals<CopyUpOptions>();
      await measure(drivers, options, signal);
    });
  bench
    .command('show')
    .description('print the tables of a result file')
    .argument('<file>', 'what `bench copy-up --out` wrote')
    .addHelpText('after', EXAMPLES)
    .action(async (file: string, _options: object, command: Command) => {
      const { readResult } = await import('@graphdriver/bench');
      await printResult(await readResult(file), command.optsWithGlobals<GlobalOptions>());
    });
}

async function measure(drivers: readonly string[], options: CopyUpOptions, signal: AbortSignal): Promise<void> {
  const { runCopyUpQuick, writeResult } = await import('@graphdriver/bench');
  const result = await runCopyUpQuick(await targets(drivers, options), {
    largest: options.largest === true,
    signal,
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

/** Every driver on every directory, labelled so that no two are alike. */
async function targets(drivers: readonly string[], options: CopyUpOptions): Promise<BenchTarget[]> {
  const chosen = drivers.length > 0 ? await Promise.all(drivers.map(driverNamed)) : await knownDrivers();
  const directories = options.on.length > 0 ? options.on.map((directory) => resolve(directory)) : [tmpdir()];
  for (const directory of directories) await mkdir(directory, { recursive: true });
  const route = options.mountWith === undefined ? {} : { mountWith: options.mountWith };
  return directories.flatMap((directory) =>
    chosen.map(({ module, source }) => {
      const label = directories.length === 1 ? module.name : `${module.name} on ${directory}`;
      return { label, source, directory, ...route };
    }),
  );
}

async function printResult(result: BenchResult, options: GlobalOptions): Promise<void> {
  if (options.json === true) return printJson(result);
  const { renderCopyUpTable, renderLifecycleTable, renderMethod, renderSkips } = await import('@graphdriver/bench');
  const parts = [renderCopyUpTable(result), renderLifecycleTable(result), renderSkips(result), renderMethod(result)];
  print(parts.filter((part) => part.trim() !== '').join('\n'));
}

function showProgress({ fraction, remaining, target, case: of }: BenchProgress): void {
  const percent = Math.round(fraction * 100);
  progress(`${percent} %, ${Math.ceil(remaining / 1000)} s to go: ${target}${of === null ? '' : `, ${of}`}`);
}

function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}
