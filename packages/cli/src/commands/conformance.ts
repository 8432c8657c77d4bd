import { tmpdir } from 'node:os';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ConformanceReport, Subject } from '@graphdriver/conformance';
import { type DriverModule, StorageError } from '@graphdriver/core';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { driverNamed, type GlobalOptions } from '../composition.ts';
import { EXIT } from '../exit-code.ts';
import { endProgress, print, progress } from '../terminal.ts';

const EXAMPLES = `
Examples:
  $ graphdriver conformance overlay2                          on the file system of the temporary folder
  $ graphdriver conformance overlay2 --scratch /mnt/xfs       on another one
  $ graphdriver conformance vfs overlay2 --reporter json      both, for a program
  $ graphdriver conformance ./my-driver.js --only diff        a driver of your own, one group of checks

A module given by its path exports a DriverModule as \`driver\`. It needs root, as drivers do.`;

interface ConformanceOptions extends GlobalOptions {
  readonly reporter: 'pretty' | 'tap' | 'junit' | 'json';
  readonly only?: readonly string[];
  readonly thorough?: boolean;
  readonly seed?: number;
  readonly scratch: string;
}

/** `graphdriver conformance`: runs the suite on drivers, ours or anybody's. */
export function addConformanceCommand(program: Command, signal: AbortSignal): void {
  program
    .command('conformance')
    .description('run the conformance suite on drivers')
    .argument('<driver...>', 'names of drivers, or paths of modules that export one')
    .addOption(
      new Option('--reporter <name>', 'how to print').choices(['pretty', 'tap', 'junit', 'json']).default('pretty'),
    )
    .option('--only <names...>', 'only these checks, or groups of them as in "diff"')
    .option('--thorough', 'every case where a sample would do')
    .option('--seed <number>', 'seed of all random choices', parseSeed)
    .option('--scratch <dir>', 'where the roots are made: on the file system to examine', tmpdir())
    .addHelpText('after', EXAMPLES)
    .action(async (drivers: string[], _options: object, command: Command) => {
      const options = command.optsWithGlobals<ConformanceOptions>();
      const reporter = options.json === true ? 'json' : options.reporter;
      const reports: ConformanceReport[] = [];
      for (const driver of drivers) reports.push(await examine(driver, options, signal));
      endProgress();
      print(await render(reports, reporter));
      if (reports.some((report) => report.results.some((result) => result.outcome === 'failed')))
        process.exitCode = EXIT.failed;
    });
}

async function examine(driver: string, options: ConformanceOptions, signal: AbortSignal): Promise<ConformanceReport> {
  const { runConformance } = await import('@graphdriver/conformance');
  let finished = 0;
  return await runConformance(await subjectFor(driver, options), {
    root: resolve(options.scratch),
    signal,
    thorough: options.thorough === true,
    ...(options.only === undefined ? {} : { only: options.only }),
    ...(options.seed === undefined ? {} : { seed: options.seed }),
    onResult: (result) => {
      finished += 1;
      progress(`${driver}: ${finished} checks, ${result.outcome}: ${result.id}`);
    },
  });
}

async function subjectFor(driver: string, options: ConformanceOptions): Promise<Subject> {
  const route = options.mountWith === undefined ? {} : { options: { mountWith: options.mountWith } };
  const isPath = driver.includes('/') || /\.[cm]?js$/.test(driver);
  if (!isPath) return { ...(await driverNamed(driver)), ...route };
  const specifier = pathToFileURL(resolve(driver)).href;
  return { module: await importDriver(specifier), source: { specifier, export: 'driver' }, ...route };
}

async function importDriver(specifier: string): Promise<DriverModule> {
  const exported: { driver?: unknown } = await import(specifier);
  const driver = exported.driver;
  if (typeof driver === 'object' && driver !== null && 'open' in driver && 'probe' in driver) {
    return driver as DriverModule; // It has what makes a module of a driver; the suite examines the rest.
  }
  throw new StorageError('UNSUPPORTED', `${specifier} does not export a storage driver.`, {
    hint: 'Export a DriverModule under the name `driver`: an object with name, summary, probe and open.',
  });
}

async function render(
  reports: readonly ConformanceReport[],
  reporter: ConformanceOptions['reporter'],
): Promise<string> {
  const { renderJunit, renderPretty, renderTap } = await import('@graphdriver/conformance');
  if (reporter === 'json') return JSON.stringify({ reports }, null, 2);
  const colour = process.stdout.isTTY === true && (process.env['NO_COLOR'] ?? '') === '';
  const pretty = (report: ConformanceReport): string => renderPretty(report, { colour });
  const one = { pretty, tap: renderTap, junit: renderJunit }[reporter];
  return reports.map((report) => one(report)).join('\n');
}

function parseSeed(text: string): number {
  const seed = Number(text);
  if (!Number.isSafeInteger(seed)) throw new InvalidArgumentError('It is a whole number.');
  return seed;
}
