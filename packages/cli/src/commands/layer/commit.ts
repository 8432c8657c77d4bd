import type { Command } from 'commander';
import { withDriver } from '../../composition.ts';
import { print, printJson } from '../../terminal.ts';
import { type ChangingOptions, printPlan, refuseHeld, withDryRun } from './dry-run.ts';

const EXAMPLES = `
Example:
  $ graphdriver layer commit base`;

/** `graphdriver layer commit`: makes a layer unchangeable and durable. Prints the id. */
export function addCommitCommand(layer: Command, signal: AbortSignal): void {
  withDryRun(layer.command('commit'))
    .description('make a layer unchangeable, durable, and fit to be a parent')
    .argument('<id>', 'the layer')
    .addHelpText('after', EXAMPLES)
    .action(async (id: string, _options: object, command: Command) => {
      const options = command.optsWithGlobals<ChangingOptions>();
      await withDriver(options, async (driver) => {
        if (options.dryRun === true) {
          await refuseHeld(driver, id);
          return printPlan(options, 'commit', id);
        }
        const record = await driver.commit(id, { signal });
        if (options.json === true) printJson(record);
        else print(record.id);
      });
    });
}
