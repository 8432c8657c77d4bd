import type { GetOptions } from '@graphdriver/core';
import type { Command } from 'commander';
import { withDriver } from '../../composition.ts';
import { print, printJson } from '../../terminal.ts';
import { type ChangingOptions, printPlan, withDryRun } from './dry-run.ts';

/** The lease that the command line takes unless told otherwise. */
export const DEFAULT_HOLDER = 'cli';

const EXAMPLES = `
The layer stays mounted, held also across a reboot, until \`graphdriver layer unmount\` gives it back as often as it was taken.

Examples:
  $ graphdriver layer mount web                       prints the path
  $ graphdriver layer mount base --read-only --holder backup`;

interface MountCommandOptions extends ChangingOptions {
  readonly holder: string;
  readonly readOnly?: boolean;
  readonly nosuid?: boolean;
  readonly nodev?: boolean;
  readonly noexec?: boolean;
  readonly volatile?: boolean;
}

/** `graphdriver layer mount`: holds a layer by a lease and prints where it is mounted. */
export function addMountCommand(layer: Command, signal: AbortSignal): void {
  withDryRun(layer.command('mount'))
    .description('hold a layer and print the path of its view')
    .argument('<id>', 'the layer')
    .option('--holder <name>', 'name of the lease', DEFAULT_HOLDER)
    .option('--read-only', 'refuse every write')
    .option('--nosuid', 'ignore set-id bits')
    .option('--nodev', 'refuse device files')
    .option('--noexec', 'execute nothing')
    .option('--volatile', 'faster, and nothing promised after a crash of the host')
    .addHelpText('after', EXAMPLES)
    .action(async (id: string, _options: object, command: Command) => {
      const options = command.optsWithGlobals<MountCommandOptions>();
      await withDriver(options, async (driver) => {
        if (options.dryRun === true) {
          await driver.stat(id);
          return printPlan(options, 'mount', id);
        }
        const mount = await driver.get(id, getOptions(options, signal));
        if (options.json === true) printJson({ id, path: mount.path, readOnly: mount.readOnly, holder: mount.holder });
        else print(mount.path);
      });
    });
}

function getOptions(options: MountCommandOptions, signal: AbortSignal): GetOptions {
  return {
    holder: options.holder,
    signal,
    readOnly: options.readOnly === true,
    nosuid: options.nosuid === true,
    nodev: options.nodev === true,
    noexec: options.noexec === true,
    volatile: options.volatile === true,
  };
}
