import type { CreateOptions } from '@graphdriver/core';
import { StorageError } from '@graphdriver/core';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { withDriver } from '../../composition.ts';
import { print, printJson } from '../../terminal.ts';
import { type ChangingOptions, printPlan, withDryRun } from './dry-run.ts';

const EXAMPLES = `
Examples:
  $ graphdriver layer create base
  $ graphdriver layer create web --parent base --label purpose=test
  $ graphdriver layer create web-2 --fork-of web                  from its current files, where the driver forks layers
  $ graphdriver layer create small --parent base --quota 50M      where the driver has quota`;

interface CreateCommandOptions extends ChangingOptions {
  readonly parent?: string;
  readonly forkOf?: string;
  readonly label: Readonly<Record<string, string>>;
  readonly quota?: number;
}

/** `graphdriver layer create`. Prints the id. */
export function addCreateCommand(layer: Command, signal: AbortSignal): void {
  withDryRun(layer.command('create'))
    .description('make a writable layer: empty, on top of a committed one, or from the files of another writable one')
    .argument('<id>', 'its id: letters, digits, _ . -')
    .addOption(new Option('--parent <id>', 'the committed layer underneath').conflicts('forkOf'))
    .option('--fork-of <id>', 'the writable layer whose files it starts from, on the same parent')
    .option('--label <key=value>', 'a label; may be repeated', addLabel, {})
    .option('--quota <size>', 'the most it may take, as in 50M or 10G', parseSize)
    .addHelpText('after', EXAMPLES)
    .action(async (id: string, _options: object, command: Command) => {
      const options = command.optsWithGlobals<CreateCommandOptions>();
      await withDriver(options, async (driver) => {
        if (options.dryRun === true) {
          if (await driver.exists(id)) throw new StorageError('LAYER_EXISTS', `There is a layer ${id} already.`);
          for (const other of [options.parent, options.forkOf]) if (other !== undefined) await driver.stat(other);
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
    ...(options.forkOf === undefined ? {} : { forkOf: options.forkOf }),
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
