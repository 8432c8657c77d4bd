import { type ProbeReport, type Selection, selectDriver } from '@graphdriver/core';
import type { Command } from 'commander';
import { type GlobalOptions, knownModules, selectRequest } from '../composition.ts';
import { columns, paint, print, printJson } from '../terminal.ts';

const EXAMPLES = `
Examples:
  $ graphdriver pick                            just the name, for scripts
  $ graphdriver pick --explain                  every check of every driver, and the rule that decided
  $ graphdriver --root /mnt/disk pick --json

A driver that copies every layer in full (vfs) is never picked silently: allow it with --allow-full-copy, or ask for it with --driver vfs.`;

interface PickOptions extends GlobalOptions {
  readonly explain?: boolean;
  readonly allowFullCopy?: boolean;
}

/** `graphdriver pick`: the driver to use on this host and root. */
export function addPickCommand(program: Command): void {
  program
    .command('pick')
    .description('choose the driver for this host and root')
    .option('--explain', 'show every check and the rule that decided')
    .option('--allow-full-copy', 'let a driver win that copies every layer in full')
    .addHelpText('after', EXAMPLES)
    .action(async (_options: object, command: Command) => {
      const options = command.optsWithGlobals<PickOptions>();
      const modules = await knownModules();
      const selection = await selectDriver(modules, {
        ...selectRequest(modules, options),
        allowFullCopy: options.allowFullCopy === true,
      });
      if (options.json === true) printJson(pickJson(selection));
      else if (options.explain === true) print(explain(selection));
      else print(selection.driver.name);
    });
}

function pickJson(selection: Selection): object {
  return { driver: selection.driver.name, rule: selection.rule, reason: selection.reason, reports: selection.reports };
}

function explain(selection: Selection): string {
  const chosen = `${paint('bold', selection.driver.name)}: ${selection.reason}\n${selection.driver.summary}`;
  const tables = selection.reports.map(
    (report) => `${paint('bold', report.driver)} on ${report.filesystem}\n${checkTable(report)}`,
  );
  return [chosen, ...tables].join('\n\n');
}

/** One line per check of a driver; a failed one is followed by its remedy. */
function checkTable(report: ProbeReport): string {
  const rows = report.checks.map((check) => [
    `  ${check.check}`,
    check.passed ? paint('green', 'yes') : paint(check.required ? 'red' : 'yellow', 'no'),
    check.required ? 'required' : 'optional',
    check.passed || check.remedy === undefined ? check.why : `${check.why} ${check.remedy}`,
  ]);
  return columns(['  CHECK', 'PASSED', 'NEED', 'WHY'], rows);
}
