import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { CheckResult, ConformanceReport, Subject } from '@graphdriver/conformance';
import { type DriverModule, isStorageError, StorageError } from '@graphdriver/core';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { type DriverSource, driverNamed, type GlobalOptions, knownModules } from '../composition.ts';
import { settingsByDriver } from '../driver-settings.ts';
import { EXIT } from '../exit-code.ts';
import { endProgress, note, print, progress } from '../terminal.ts';

const EXAMPLES = `
Examples:
  $ graphdriver conformance overlay2                          on the file system of the temporary folder
  $ graphdriver conformance overlay2 --scratch /mnt/xfs       on another one
  $ graphdriver conformance vfs overlay2 --reporter json      both, for a program
  $ graphdriver conformance ./my-driver.js --only diff,ids    a driver of your own, two groups of checks
  $ graphdriver conformance overlay2 --driver-opt overlay2.redirect_dir=on
  $ graphdriver conformance aufs --posix                      what the manual pages say of files, in a view
  $ graphdriver conformance aufs --posix --only rename,open   of two calls

A module given by its path exports a DriverModule as \`driver\`, and may export its \`knownDeviations\`: why which checks must fail.
It needs root, as drivers do.`;

interface ConformanceOptions extends GlobalOptions {
  readonly reporter: 'pretty' | 'tap' | 'junit' | 'json';
  readonly only: readonly string[];
  readonly posix?: boolean;
  readonly thorough?: boolean;
  readonly seed?: number;
  readonly patience?: number;
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
    .addOption(
      new Option('--only <check>', 'only this check or group of checks; may be repeated, or have commas between')
        .default([], 'all')
        .argParser(addNames),
    )
    .addOption(
      new Option('--posix', 'what system calls do to files in a view, by the manual pages').conflicts([
        'thorough',
        'seed',
        'patience',
      ]),
    )
    .option('--thorough', 'every case where a sample would do')
    .option('--seed <number>', 'seed of all random choices', parseSeed)
    .option('--patience <factor>', 'multiply every time limit, for a slow or emulated machine', parsePatience)
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
  const { allChecks, runConformance, selectChecks } = await import('@graphdriver/conformance');
  const { allPosixCases, examinePosix } = await import('@graphdriver/conformance/posix');
  const subject = await subjectFor(driver, options);
  const only = options.only.length === 0 ? {} : { only: options.only };
  const total = selectChecks<{ readonly id: string }>(options.posix ? allPosixCases : allChecks, only.only).length;
  const results: CheckResult[] = [];
  const begun = performance.now();
  const onResult = (result: CheckResult): void => {
    results.push(result);
    const left = Math.ceil(((performance.now() - begun) / results.length) * (total - results.length)) / 1000;
    progress(`${driver}: ${results.length} of ${total} checks, ${Math.ceil(left)} s to go, ${result.id}`);
  };
  const common = { root: resolve(options.scratch), signal, ...only };
  try {
    if (options.posix) return await examinePosix(subject, { ...common, onProgress: onResult });
    return await runConformance(subject, {
      ...common,
      thorough: options.thorough === true,
      ...(options.seed === undefined ? {} : { seed: options.seed }),
      ...(options.patience === undefined ? {} : { patience: options.patience }),
      onResult,
    });
  } catch (error) {
    if (isStorageError(error, 'ABORTED')) noteSoFar(driver, results, total);
    throw error;
  }
}

/** What was found is not lost because a person had seen enough. */
function noteSoFar(driver: string, results: readonly CheckResult[], total: number): void {
  endProgress();
  const failed = results.filter(({ outcome }) => outcome === 'failed');
  note(`${driver}: ${results.length} of ${total} checks were done, ${failed.length} failed.`);
  for (const { id, title } of failed) note(`  ${id}: ${title}`);
}

async function subjectFor(driver: string, options: ConformanceOptions): Promise<Subject> {
  const isPath = driver.includes('/') || /\.[cm]?js$/.test(driver);
  const found = isPath ? await driverFrom(resolve(driver)) : await driverNamed(driver);
  const { name } = found.module;
  const settings = settingsByDriver([...(await knownModules()), found.module], options.driverOpt)[name];
  return {
    ...found,
    options: {
      ...(options.mountWith === undefined ? {} : { mountWith: options.mountWith }),
      ...(settings === undefined ? {} : { settings }),
    },
  };
}

/** The driver that the module at `path` exports. @throws {StorageError} `FILE_NOT_FOUND`, `UNSUPPORTED` */
async function driverFrom(path: string): Promise<DriverSource> {
  if (!existsSync(path)) throw new StorageError('FILE_NOT_FOUND', `There is no file ${path}.`);
  const specifier = pathToFileURL(path).href;
  const exported: { driver?: unknown; knownDeviations?: unknown } = await import(specifier);
  const { driver, knownDeviations } = exported;
  if (typeof driver === 'object' && driver !== null && 'open' in driver && 'probe' in driver) {
    // It has what makes a module of a driver; the suite examines the rest.
    const found = { module: driver as DriverModule, source: { specifier, export: 'driver' } };
    // Reasons by ids, or a function that answers them: what else it were would name no check.
    return isDeviations(knownDeviations) ? { ...found, deviations: knownDeviations } : found;
  }
  throw new StorageError('UNSUPPORTED', `${path} does not export a storage driver.`, {
    hint: 'Export a DriverModule under the name `driver`: an object with name, summary, probe and open.',
  });
}

function isDeviations(exported: unknown): exported is NonNullable<Subject['deviations']> {
  return typeof exported === 'function' || (typeof exported === 'object' && exported !== null);
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

/** `diff/*` is the group `diff`, as people write it. */
function addNames(text: string, before: readonly string[]): readonly string[] {
  return [...before, ...text.split(',').map((name) => name.trim().replace(/\/\*?$/, ''))];
}

function parsePatience(text: string): number {
  const patience = Number(text);
  if (!Number.isFinite(patience) || patience < 1) throw new InvalidArgumentError('It is a number from 1 on.');
  return patience;
}

function parseSeed(text: string): number {
  const seed = Number(text);
  if (!Number.isSafeInteger(seed)) throw new InvalidArgumentError('It is a whole number.');
  return seed;
}
