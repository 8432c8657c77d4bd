import type { Command } from 'commander';
import { addMoveRootCommand } from './move.ts';

const EXAMPLES = `
Examples:
  $ graphdriver root move /mnt/big/graphdriver --dry-run
  $ graphdriver root move /mnt/big/graphdriver
  $ graphdriver root move /mnt/big/graphdriver --remove-old`;

/** `graphdriver root …`: the folder that holds everything. */
export function addRootCommands(program: Command, signal: AbortSignal): void {
  const root = program.command('root').description('move the root to another disk').addHelpText('after', EXAMPLES);
  addMoveRootCommand(root, signal);
}
