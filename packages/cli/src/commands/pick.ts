import { type ProbeReport, type Selection, selectDriver } from '@graphdriver/core';
import type { Command } from 'commander';
import { type GlobalOptions, knownModules, selectRequest } from '../composition.ts';
import { columns, note, paint, print, printJson } from '../terminal.ts';

const EXAMPLES = `
Examples:
  $ graphdriver pick                            just the name, for scripts
  $ graphdriver pick --explain                  every check of every driver, and the rule that decided
  $ graphdriver --root /mnt/disk pick --json
  $ graphdriver pick --workload build --explain what such work would cost on each driver, with the sums
  $ graphdriver pick --workload work.json --from grid.json --explain
                                                your own work, by what \`bench run --out\` measured on your disk

With --workload the cheapest driver that works here is chosen, by costs that were measured; without --from, on another machine.
A driver that was asked for, or has layers under the root, stays the one. \`graphdriver schema workload\` says what a file holds.
A driver that copies every layer in full (vfs) is never picked silently: allow it with --allow-full-copy, or ask for it with --driver vfs.`;

interface PickOptions extends GlobalOptions {
  readonly explain?: boolean;
  readonly allowFullCopy?: boolean;
  readonly workload?: string;
  readonly from?: string;
}

/** `graphdriver pick`: the driver to use on this host and root. */
export function addPickCommand(program: Command): void {
  program
    .command('pick')
    .description('choose the driver for this host and root')
    .option('--explain', 'show every check and the rule that decided')
    .option('--allow-full-copy', 'let a driver win that copies every layer in full')
    .option('--workload <workload>', 'go by what this work costs: its name, or a JSON file that describes it')
    .option('--from <file>', 'costs by what `bench run --out` wrote, in place of the published ones')
    .addHelpText('after', EXAMPLES)
    .action(async (_options: object, command: Command) => {
      const options = command.optsWithGlobals<PickOptions>();
      if (options.from !== undefined && options.workload === undefined)
        throw new TypeError('--from is of use only with --workload.');
      const modules = await knownModules();
      const selection = await selectDriver(modules, {
        ...selectRequest(modules, options),
        allowFullCopy: options.allowFullCopy === true,
      });
      if (options.workload !== undefined) return await pickByWorkload(selection, options.workload, options);
      if (options.json === true) printJson(pickJson(selection));
      else if (options.explain === true) print(explain(selection));
      else print(selection.driver.name);
    });
}

async function pickByWorkload(selection: Selection, workload: string, options: PickOptions): Promise<void> {
  const [{ readEvidence, readWorkload }, { weighEvidence }, { renderWeighing }] = await Promise.all([
    import('../pick/read-sources.ts'),
    import('../pick/weigh-evidence.ts'),
    import('../pick/render-weighing.ts'),
  ]);
  const profile = await readWorkload(workload);
  const evidence = await readEvidence(options.from);
  const weighing = weighEvidence(selection, { profile, evidence, allowFullCopy: options.allowFullCopy === true });
  if (options.json === true) printJson({ ...pickJson(selection), driver: weighing.driver, evidence: weighing });
  else if (options.explain === true) print(`${renderWeighing(selection, weighing)}\n\n${explain(selection)}`);
  else {
    print(weighing.driver);
    if (weighing.agrees === false) note(weighing.verdict);
  }
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
