import { StorageError } from '@graphdriver/core';
import type { Command } from 'commander';
import { withDriver } from '../../composition.ts';
import { print, printJson } from '../../terminal.ts';
import { type ChangingOptions, printPlan, withDryRun } from './dry-run.ts';
import { DEFAULT_HOLDER } from './mount.ts';

const EXAMPLES = `
Examples:
  $ graphdriver layer unmount web
  $ graphdriver layer unmount web --detach         even while files in it are open`;

interface UnmountCommandOptions extends ChangingOptions {
  readonly holder: string;
  readonly detach?: boolean;
}

/** `graphdriver layer unmount`: gives back one hold of a lease. */
export function addUnmountCommand(layer: Command): void {
  withDryRun(layer.command('unmount'))
    .description('give back a layer that `layer mount` holds')
    .argument('<id>', 'the layer')
    .option('--holder <name>', 'name of the lease', DEFAULT_HOLDER)
    .option('--detach', 'take the mount away even while files in it are open')
    .addHelpText('after', EXAMPLES)
    .action(async (id: string, _options: object, command: Command) => {
      const options = command.optsWithGlobals<UnmountCommandOptions>();
      await withDriver(options, async (driver) => {
        if (options.dryRun === true) {
          const held = (await driver.holders(id)).some((holder) => holder.name === options.holder);
          if (!held) throw new StorageError('HOLDER_NOT_FOUND', `${options.holder} does not hold layer ${id}.`);
          return printPlan(options, 'unmount', id);
        }
        await driver.put(id, { holder: options.holder, detach: options.detach === true });
        if (options.json === true) printJson({ id, holder: options.holder });
        else print(id);
      });
    });
}
