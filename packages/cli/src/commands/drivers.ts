import { openOptions, type ProbeReport } from '@graphdriver/core';
import type { Command } from 'commander';
import { type GlobalOptions, knownModules, selectRequest } from '../composition.ts';
import { columns, paint, print, printJson } from '../terminal.ts';

const EXAMPLES = `
Examples:
  $ graphdriver drivers
  $ graphdriver drivers --settings            what --driver-opt can set
  $ graphdriver drivers --root /mnt/xfs --json | jq '.drivers[] | select(.usable) | .driver'`;

interface DriversOptions extends GlobalOptions {
  readonly settings?: boolean;
}

/** `graphdriver drivers`: every driver, whether it works on this host and root, and why not. */
export function addDriversCommand(program: Command): void {
  program
    .command('drivers')
    .description('list the drivers and whether they work here')
    .option('--settings', 'list what can be set for each driver instead')
    .addHelpText('after', EXAMPLES)
    .action(async (_options: object, command: Command) => {
      const options = command.optsWithGlobals<DriversOptions>();
      if (options.settings === true) return await printSettings(options);
      const reports = await probeAll(options);
      if (options.json === true) printJson({ root: options.root, drivers: reports });
      else print(renderDrivers(reports));
    });
}

async function probeAll(options: GlobalOptions): Promise<ProbeReport[]> {
  const modules = await knownModules();
  const request = selectRequest(modules, options);
  return await Promise.all(modules.map((module) => module.probe(openOptions(module, request))));
}

async function printSettings(options: GlobalOptions): Promise<void> {
  const modules = await knownModules();
  const settings = modules.flatMap((module) =>
    (module.settings ?? []).map((spec) => ({ driver: module.name, ...spec })),
  );
  if (options.json === true) return printJson({ settings });
  const rows = settings.map(({ driver, key, values, summary }) => [
    `${driver}.${key}`,
    values === null ? 'any' : values.join(' '),
    summary,
  ]);
  print(columns(['SETTING', 'VALUES, THE DEFAULT FIRST', 'WHAT IT DOES'], rows));
}

function renderDrivers(reports: readonly ProbeReport[]): string {
  const rows = reports.map((report) => [
    report.driver,
    report.usable ? paint('green', 'yes') : paint('red', 'no'),
    report.filesystem,
    report.capabilities?.copyOnWrite ?? '-',
    report.capabilities === null ? '-' : String(report.capabilities.maxDepth ?? 'any'),
    report.priorState ? 'yes' : 'no',
  ]);
  const table = columns(['DRIVER', 'WORKS', 'FILE SYSTEM', 'FIRST WRITE COPIES', 'DEPTH', 'HAS LAYERS'], rows);
  const remarks = reports.flatMap(remark);
  return remarks.length === 0 ? table : `${table}\n\n${columns([], remarks)}`;
}

/** Why a driver does not work: the first failed required check with its remedy. */
function remark({ driver, checks }: ProbeReport): readonly (readonly string[])[] {
  const failed = checks.find((check) => check.required && !check.passed);
  if (failed === undefined) return [];
  return [[`${driver}:`, failed.remedy === undefined ? failed.why : `${failed.why} ${failed.remedy}`]];
}
