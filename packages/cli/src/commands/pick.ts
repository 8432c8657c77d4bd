import { type ProbeReport, type Selection, selectDriver } from '@graphdriver/core';
import type { Command } from 'commander';
import { knownModules, selectRequest } from '../composition.ts';
import { settingsByDriver } from '../driver-settings.ts';
import type { WorkloadOptions } from '../pick/pick-by-workload.ts';
import type { Weighing } from '../pick/weigh-evidence.ts';
import { columns, note, paint, print, printJson } from '../terminal.ts';

const EXAMPLES = `
Examples:
  $ graphdriver pick                            just the name, for scripts
  $ graphdriver pick --explain                  every check of every driver, and the rule that decided
  $ graphdriver --root /mnt/disk pick --json
  $ graphdriver pick --workload build --explain what such work would cost on each driver, with the sums
  $ graphdriver pick --measure --explain        the same of all five workloads, by what is measured here, in a minute at most
  $ graphdriver pick --measure --workload build --out costs.json
                                                and keeps it, for \`pick --workload build --from costs.json\`
  $ graphdriver pick --workload work.json --from grid.json --explain
                                                your own work, by what \`bench run --out\` measured on your disk

With --workload the cheapest driver that works here is chosen, by costs that were measured: on another machine, unless --measure or
--from is given, which without --workload answer for all. --measure writes to a folder in the root, or beside where it will be, and
removes it. A driver that was asked for, or has layers under the root, stays the one. \`graphdriver schema workload\` says what a file holds.
A driver that copies every layer in full (vfs) is never picked silently: allow it with --allow-full-copy, or ask for it with --driver vfs.`;

interface PickOptions extends WorkloadOptions {
  readonly explain?: boolean;
}

/** `graphdriver pick`: the driver to use on this host and root. */
export function addPickCommand(program: Command, signal: AbortSignal): void {
  program
    .command('pick')
    .description('choose the driver for this host and root')
    .option('--explain', 'show every check and the rule that decided')
    .option('--allow-full-copy', 'let a driver win that copies every layer in full')
    .option('--workload <workload>', 'go by what this work costs: its name, or a JSON file that describes it')
    .option('--measure', 'measure the costs on the disk of the root, in a minute at most')
    .option('--out <file>', 'keep what --measure found in this file')
    .option('--from <file>', 'costs by what `pick --measure` or `bench run` wrote with --out')
    .addHelpText('after', EXAMPLES)
    .action(async (_options: object, command: Command) => {
      const options = command.optsWithGlobals<PickOptions>();
      refuseMixture(options);
      const modules = await knownModules();
      const selection = await selectDriver(modules, {
        ...selectRequest(modules, options),
        allowFullCopy: options.allowFullCopy === true,
      });
      if (options.workload === undefined && options.measure !== true && options.from === undefined) {
        return printSelection(selection, options);
      }
      const { pickByWorkload } = await import('../pick/pick-by-workload.ts');
      const settings = settingsByDriver(modules, options.driverOpt);
      const weighings = await pickByWorkload(selection, options, settings, signal);
      const [only] = weighings;
      if (options.workload === undefined || only === undefined) await printAll(selection, weighings, options);
      else await printOne(selection, only, options);
    });
}

function refuseMixture({ measure, from, out }: PickOptions): void {
  if (measure === true && from !== undefined) throw new TypeError('--measure and --from are two sources: give one.');
  if (measure !== true && out !== undefined)
    throw new TypeError('--out keeps what --measure finds, and is of use only with it.');
}

function printSelection(selection: Selection, options: PickOptions): void {
  if (options.json === true) printJson(pickJson(selection));
  else print(options.explain === true ? explain(selection) : selection.driver.name);
}

/** The choice for one workload: in place of the rules'. */
async function printOne(selection: Selection, weighing: Weighing, options: PickOptions): Promise<void> {
  if (options.json === true) return printJson({ ...pickJson(selection), driver: weighing.driver, evidence: weighing });
  if (options.explain === true) {
    const { renderWeighing } = await import('../pick/render-weighing.ts');
    return print(`${renderWeighing(selection, weighing)}\n\n${explain(selection)}`);
  }
  print(weighing.driver);
  if (weighing.agrees === false) note(weighing.verdict);
}

/** The choices for all workloads, beside the rules', which know of no workload. */
async function printAll(selection: Selection, weighings: readonly Weighing[], options: PickOptions): Promise<void> {
  if (options.json === true) return printJson({ ...pickJson(selection), workloads: weighings });
  const { renderChoices, renderWeighing } = await import('../pick/render-weighing.ts');
  const choices = renderChoices(weighings);
  if (options.explain !== true) return print(choices);
  const each = weighings.map((weighing) => renderWeighing(selection, weighing));
  print([choices, ...each, explain(selection)].join('\n\n'));
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
