import type { Command } from 'commander';
import { driverNamed, type GlobalOptions, knownDrivers, selectRequest } from '../composition.ts';
import { EXIT } from '../exit-code.ts';
import { print, printJson } from '../terminal.ts';

const EXAMPLES = `
Examples:
  $ graphdriver doctor                            kernel, file system, drivers, tools, and what crashes have left
  $ graphdriver --root /mnt/disk doctor           of another root, which need not exist
  $ graphdriver doctor --json | jq -r '.findings[] | select(.severity == "problem") | .remedy'

Only looks: it opens no root, takes no lock and heals nothing. Drivers try out mounts in a folder that is removed again.
Ends with 3 where something required is missing for every driver, or for the one given by --driver; else with 0, whatever it finds.`;

/** `graphdriver doctor`: what is wrong with the host and the root, and what to do. */
export function addDoctorCommand(program: Command): void {
  program
    .command('doctor')
    .description('say what is wrong with this host and root, and what to do')
    .addHelpText('after', EXAMPLES)
    .action(async (_options: object, command: Command) => {
      await printFindings(command.optsWithGlobals<GlobalOptions>());
    });
}

async function printFindings(options: GlobalOptions): Promise<void> {
  const [{ look }, { diagnose }, { countFindings, renderFindings }, drivers] = await Promise.all([
    import('../doctor/look.ts'),
    import('../doctor/diagnose.ts'),
    import('../doctor/render-findings.ts'),
    knownDrivers(),
  ]);
  // A name that nobody knows is a mistake, and no finding.
  if (options.driver !== undefined) await driverNamed(options.driver);
  const modules = drivers.map(({ module }) => module);
  const facts = await look(drivers, selectRequest(modules, options));
  const findings = diagnose(facts);
  const usable = facts.reports.filter((report) => report.usable).map(({ driver }) => driver);
  if (options.json === true) printJson({ root: options.root, usable, counts: countFindings(findings), findings });
  else print(renderFindings(findings));
  const enough = options.driver === undefined ? usable.length > 0 : usable.includes(options.driver);
  if (!enough) process.exitCode = EXIT.prerequisite;
}
