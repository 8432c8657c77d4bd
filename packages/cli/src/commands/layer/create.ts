import type { CreateOptions } from '@graphdriver/core';
import { StorageError } from '@graphdriver/core';
import { type Command, InvalidArgumentError } from 'commander';
import { withDriver } from '../../composition.ts';
import { print, printJson } from '../../terminal.ts';
import { type ChangingOptions, printPlan, withDryRun } from './dry-run.ts';

const EXAMPLES = `
Examples:
  $ graphdriver layer create base
  $ graphdriver layer create web --parent base --label purpose=test
  $ graphdriver layer create small --parent base --quota 50M      where the driver has quota`;

interface CreateCommandOptions extends ChangingOptions {
  readonly parent?: string;
  readonly label: Readonly<Record<string, string>>;
  readonly quota?: number;
}

/** `graphdriver layer create`. Prints the id. */
export function addCreateCommand(layer: Command, signal: AbortSignal): void {
  withDryRun(layer.command('create'))
    .description('make a writable layer, empty or on top of a committed one')
    .argument('<id>', 'its id: letters, digits, _ . -')
    .option('--parent <id>', 'the committed layer underneath')
    .option('--label <key=value>', 'a label; may be repeated', addLabel, {})
    .option('--quota <size>', 'the most it may take, as in 50M or 10G', parseSize)
    .addHelpText('after', EXAMPLES)
    .action(async (id: string, _options: object, command: Command) => {
      const options = command.optsWithGlobals<CreateCommandOptions>();
      await withDriver(options, async (driver) => {
        if (options.dryRun === true) {
          if (await driver.exists(id)) throw new StorageError('LAYER_EXISTS', `There is a layer ${id} already.`);
          if (options.parent !== undefined) await driver.stat(options.parent);
          return printPlan(options, 'create', id);
        }
        const record = await driver.create(id, createOptions(options, signal));
        if (options.json === true) printJson(record);
        else print(record.id);
      });
    });
}

function createOptions(options: CreateCommandOptions, signal: AbortSignal): CreateOptions {
  return {
    labels: options.label,
    signal,
    ...(options.parent === undefined ? {} : { parent: options.parent }),
    ...(options.quota === undefined ? {} : { quota: { bytes: options.quota } }),
  };
}

function addLabel(text: string, labels: Readonly<Record<string, string>>): Record<string, string> {
  const equals = text.indexOf('=');
  if (equals < 1) throw new InvalidArgumentError('It is key=value.');
  return { ...labels, [text.slice(0, equals)]: text.slice(equals + 1) };
}

/** Reads a size in powers of 1024, as Docker does: 50M, 10G, 512k, 1024. */
export function parseSize(text: string): number {
  const match = /^(\d+)([kmgt]?)(?:i?b)?$/i.exec(text);
  if (match === null) throw new InvalidArgumentError('It is a number of bytes, or one with K, M, G or T behind it.');
  const power = ['', 'k', 'm', 'g', 't'].indexOf((match[2] ?? '').toLowerCase());
  return Number(match[1]) * 1024 ** power;
}
