import type { ProbeReport } from '@graphdriver/core';
import type { Command } from 'commander';
import { type GlobalOptions, knownModules } from '../composition.ts';
import { columns, paint, print, printJson } from '../terminal.ts';

const EXAMPLES = `
Examples:
  $ graphdriver drivers
  $ graphdriver drivers --root /mnt/xfs --json | jq '.drivers[] | select(.usable) | .driver'`;

/** `graphdriver drivers`: every driver, whether it works on this host and root, and why not. */
export function addDriversCommand(program: Command): void {
  program
    .command('drivers')
    .description('list the drivers and whether they work here')
    .addHelpText('after', EXAMPLES)
    .action(async (_options: object, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>();
      const reports = await probeAll(options);
      if (options.json === true) printJson({ root: options.root, drivers: reports });
      else print(renderDrivers(reports));
    });
}

async function probeAll(options: GlobalOptions): Promise<ProbeReport[]> {
  const modules = await knownModules();
  const route = options.mountWith === undefined ? {} : { mountWith: options.mountWith };
  return await Promise.all(modules.map((module) => module.probe({ root: `${options.root}/${module.name}`, ...route })));
}

function renderDrivers(reports: readonly ProbeReport[]): string {
  const rows = reports.map((report) => [
    report.driver,
    report.usable ? paint('green', 'yes') : paint('red', 'no'),
    report.filesystem,
    report.capabilities?.copyOnWrite ?? '-',
    report.capabilities === null ? '-' : String(report.capabilities.maxDepth ?? 'any'),
    report.priorState ? 'yes' : 'no',
    remark(report),
  ]);
  return columns(['DRIVER', 'WORKS', 'FILE SYSTEM', 'COPIES AT FIRST WRITE', 'DEPTH', 'HAS LAYERS', 'REMARK'], rows);
}

/** The first failed required check with its remedy; else nothing. */
function remark(report: ProbeReport): string {
  const failed = report.checks.find((check) => check.required && !check.passed);
  if (failed === undefined) return '';
  return failed.remedy === undefined ? failed.why : `${failed.why} ${failed.remedy}`;
}
