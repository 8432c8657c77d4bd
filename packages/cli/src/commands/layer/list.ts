import type { LayerRecord } from '@graphdriver/core';
import type { Command } from 'commander';
import { type GlobalOptions, withDriver } from '../../composition.ts';
import { columns, print, printJson } from '../../terminal.ts';

const EXAMPLES = `
Examples:
  $ graphdriver layer list
  $ graphdriver layer list --json | jq -r '.layers[] | select(.kind == "writable") | .id'`;

/** `graphdriver layer list`: all layers, parents first. */
export function addListCommand(layer: Command): void {
  layer
    .command('list')
    .alias('ls')
    .description('list the layers, parents first')
    .addHelpText('after', EXAMPLES)
    .action(async (_options: object, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>();
      await withDriver(options, async (driver) => {
        const layers = await driver.list();
        if (options.json === true) printJson({ driver: driver.name, root: driver.root, layers });
        else print(columns(['ID', 'PARENT', 'KIND', 'CREATED', 'LABELS'], layers.map(row)));
      });
    });
}

function row(layer: LayerRecord): string[] {
  const labels = Object.entries(layer.labels).map(([key, value]) => `${key}=${value}`);
  return [layer.id, layer.parent ?? '-', layer.kind, layer.createdAt, labels.join(' ')];
}
