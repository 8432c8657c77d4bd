import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { resolve } from 'node:path';
import type { BenchProgress, BenchResult } from '@graphdriver/bench';
import type { Command } from 'commander';
import { driverNamed, type GlobalOptions } from '../composition.ts';
import { settingsByDriver } from '../driver-settings.ts';
import { EXIT } from '../exit-code.ts';
import { endProgress, note, print, printJson, progress } from '../terminal.ts';
import { parseCount, parsePositive } from './amounts.ts';

const EXAMPLES = `
Examples:
  $ graphdriver bench self --out self.json           overlay2 beside itself, 30 rounds, some minutes
  $ graphdriver bench self --driver vfs --directory /mnt/disk --rounds 10
  $ graphdriver bench self --from self.json          what was measured before

Nothing differs, so that every difference that is found is a false alarm: it shows what the machine and the statistics are worth.`;

interface SelfOptions extends GlobalOptions {
  readonly directory?: string;
  readonly rounds?: number;
  readonly samples?: number;
  readonly seed?: number;
  readonly out?: string;
  readonly from?: string;
}

/** `graphdriver bench self`: measures a driver beside itself. */
export function addBenchSelfCommand(bench: Command, signal: AbortSignal): void {
  bench
    .command('self')
    .description('compare a driver with itself: how often a difference is found where there is none')
    .option('--directory <dir>', 'measure here; in the temporary folder unless given')
    .option('--rounds <number>', 'processes on either side; 30 unless given', parsePositive)
    .option('--samples <number>', 'the most that are taken of a case in a round', parsePositive)
    .option('--seed <number>', 'seed of contents and orders', parseCount)
    .option('--out <file>', 'keep all samples in this file')
    .option('--from <file>', 'measure nothing and print this file')
    .addHelpText('after', EXAMPLES)
    .action(async (_options: object, command: Command) => {
      const options = command.optsWithGlobals<SelfOptions>();
      await printSelf(options.from === undefined ? await measure(options, signal) : await read(options.from), options);
    });
}

async function read(path: string): Promise<BenchResult> {
  const { readResult } = await import('@graphdriver/bench');
  return await readResult(path);
}

async function measure(options: SelfOptions, signal: AbortSignal): Promise<BenchResult> {
  const { readFilesystem, runSelfComparison, targetIn, writeResult } = await import('@graphdriver/bench');
  const { module, source } = await driverNamed(options.driver ?? 'overlay2');
  const settings = settingsByDriver([module], options.driverOpt)[module.name];
  const directory = resolve(options.directory ?? tmpdir());
  await mkdir(directory, { recursive: true });
  const driver = {
    source,
    ...(options.mountWith === undefined ? {} : { mountWith: options.mountWith }),
    ...(settings === undefined ? {} : { settings }),
  };
  // Named after the file system: the result may be published, and whose directory it was is nobody's concern.
  const target = await targetIn(driver, { label: readFilesystem(directory).name, directory });
  const result = await runSelfComparison(target, {
    signal,
    onProgress: showProgress,
    ...(options.rounds === undefined ? {} : { rounds: options.rounds }),
    ...(options.samples === undefined ? {} : { mostSamples: options.samples }),
    ...(options.seed === undefined ? {} : { seed: options.seed }),
  });
  endProgress();
  if (options.out !== undefined) {
    await writeResult(options.out, result);
    note(`All samples are in ${options.out}.`);
  }
  if (!result.complete) process.exitCode = EXIT.interrupted;
  return result;
}

async function printSelf(result: BenchResult, options: GlobalOptions): Promise<void> {
  const { renderComparison, renderSelfComparison, selfComparison } = await import('@graphdriver/bench');
  const found = selfComparison(result);
  if (options.json === true) printJson(found);
  else print(`${renderComparison(found.comparison, { all: true })}\n\n${renderSelfComparison(found)}`);
}

function showProgress({ done, total, remaining, target, case: of }: BenchProgress): void {
  progress(`case ${done} of ${total}, ${Math.ceil(remaining / 1000)} s to go: ${target}, ${of ?? 'making layers'}`);
}
