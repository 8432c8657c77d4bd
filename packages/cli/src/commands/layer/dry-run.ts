import { type Driver, type LayerRecord, StorageError } from '@graphdriver/core';
import type { Command } from 'commander';
import type { GlobalOptions } from '../../composition.ts';
import { print, printJson } from '../../terminal.ts';

/** Options of commands that change state. */
export interface ChangingOptions extends GlobalOptions {
  readonly dryRun?: boolean;
}

/** Adds `--dry-run` to a command that changes state. */
export function withDryRun(command: Command): Command {
  return command.option('--dry-run', 'check and say what would be done, and do nothing');
}

/** Prints what a dry run found possible. */
export function printPlan(options: ChangingOptions, action: string, id: string): void {
  if (options.json === true) printJson({ dryRun: true, action, id });
  else print(`would ${action} ${id}`);
}

/** Refuses what `remove`, `commit` and `apply` would refuse too: a layer that is held. */
export async function refuseHeld(driver: Driver, id: string): Promise<void> {
  const live = (await driver.holders(id)).filter((holder) => holder.live);
  if (live.length === 0) return;
  const names = live.map((holder) => holder.name ?? `process ${holder.pid ?? 'unknown'}`).join(', ');
  throw new StorageError('LAYER_IN_USE', `Layer ${id} is held by ${names}.`, {
    hint: `Give it back first: graphdriver layer unmount ${id}`,
  });
}

/** Refuses what `remove` would refuse too: a layer that has children. */
export function refuseParent(id: string, layers: readonly LayerRecord[]): void {
  const children = layers.filter((layer) => layer.parent === id).map((layer) => layer.id);
  if (children.length === 0) return;
  throw new StorageError('LAYER_IN_USE', `Layer ${id} has children: ${children.join(', ')}.`, {
    hint: 'Remove the children first.',
  });
}
