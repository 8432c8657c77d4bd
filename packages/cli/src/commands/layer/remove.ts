import type { Command } from 'commander';
import { withDriver } from '../../composition.ts';
import { print, printJson } from '../../terminal.ts';
import { type ChangingOptions, printPlan, refuseHeld, refuseParent, withDryRun } from './dry-run.ts';

const EXAMPLES = `
Examples:
  $ graphdriver layer remove web
  $ graphdriver layer remove web base          one after another: children before parents`;

/** `graphdriver layer remove`. Prints each id when its layer is gone. */
export function addRemoveCommand(layer: Command, signal: AbortSignal): void {
  withDryRun(layer.command('remove'))
    .alias('rm')
    .description('remove layers that are not held and have no children')
    .argument('<id...>', 'the layers')
    .addHelpText('after', EXAMPLES)
    .action(async (ids: string[], _options: object, command: Command) => {
      const options = command.optsWithGlobals<ChangingOptions>();
      await withDriver(options, async (driver) => {
        for (const id of ids) {
          if (options.dryRun === true) {
            await refuseHeld(driver, id);
            const others = (await driver.list()).filter((other) => !ids.includes(other.id));
            refuseParent(id, others);
            printPlan(options, 'remove', id);
          } else {
            await driver.remove(id, { signal });
            if (options.json !== true) print(id);
          }
        }
        if (options.json === true && options.dryRun !== true) printJson({ removed: ids });
      });
    });
}
