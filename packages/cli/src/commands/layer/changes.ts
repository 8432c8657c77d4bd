import type { Change, DiffOptions } from '@graphdriver/core';
import type { Command } from 'commander';
import { type GlobalOptions, withDriver } from '../../composition.ts';
import { print, printJson } from '../../terminal.ts';

const EXAMPLES = `
A: added, C: changed, D: deleted.

Examples:
  $ graphdriver layer changes web
  $ graphdriver layer changes web --base other
  $ graphdriver layer changes web --all          compared with nothing`;

/** Options of `changes` and `diff`. */
export interface BaseOptions extends GlobalOptions {
  readonly base?: string;
  readonly all?: boolean;
}

/** `graphdriver layer changes`: what differs, in Docker's letters. */
export function addChangesCommand(layer: Command, signal: AbortSignal): void {
  withBase(layer.command('changes'))
    .description('list what a layer adds, changes and deletes')
    .argument('<id>', 'the layer')
    .addHelpText('after', EXAMPLES)
    .action(async (id: string, _options: object, command: Command) => {
      const options = command.optsWithGlobals<BaseOptions>();
      await withDriver(options, async (driver) => {
        const changes = await driver.changes(id, diffOptions(options, signal));
        if (options.json === true) printJson({ id, changes: changes.map(({ kind, path }) => ({ kind, path })) });
        else if (changes.length > 0) print(changes.map(line).join('\n'));
      });
    });
}

/** Adds the options that say what a layer is compared with. */
export function withBase(command: Command): Command {
  return command
    .option('--base <id>', 'compare with this layer instead of the parent')
    .option('--all', 'compare with nothing: the whole view');
}

/** What the options of {@link withBase} mean to a driver. */
export function diffOptions(options: BaseOptions, signal: AbortSignal): DiffOptions {
  if (options.all === true) return { base: null, signal };
  return options.base === undefined ? { signal } : { base: options.base, signal };
}

function line(change: Change): string {
  return `${{ add: 'A', modify: 'C', delete: 'D' }[change.kind]} ${change.path}`;
}
