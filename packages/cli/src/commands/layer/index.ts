import type { Command } from 'commander';
import { addApplyCommand } from './apply.ts';
import { addChangesCommand } from './changes.ts';
import { addCommitCommand } from './commit.ts';
import { addCreateCommand } from './create.ts';
import { addDiffCommand } from './diff.ts';
import { addListCommand } from './list.ts';
import { addMountCommand } from './mount.ts';
import { addRemoveCommand } from './remove.ts';
import { addShowCommand } from './show.ts';
import { addTraceCommand } from './trace.ts';
import { addUnmountCommand } from './unmount.ts';

const EXAMPLES = `
A layer's life:
  $ graphdriver layer create base
  $ graphdriver layer apply base debian.tar.gz
  $ graphdriver layer commit base
  $ graphdriver layer create web --parent base
  $ path=$(graphdriver layer mount web) && echo hello > "$path/etc/motd"
  $ graphdriver layer unmount web
  $ graphdriver layer changes web
  $ graphdriver layer diff web > web.tar`;

/** `graphdriver layer …`: layers by hand. */
export function addLayerCommands(program: Command, signal: AbortSignal): void {
  const layer = program
    .command('layer')
    .description('make, mount, change, trace and remove layers')
    .addHelpText('after', EXAMPLES);
  addCreateCommand(layer, signal);
  addApplyCommand(layer, signal);
  addCommitCommand(layer, signal);
  addMountCommand(layer, signal);
  addUnmountCommand(layer);
  addChangesCommand(layer, signal);
  addDiffCommand(layer, signal);
  addListCommand(layer);
  addShowCommand(layer);
  addTraceCommand(layer, signal);
  addRemoveCommand(layer, signal);
}
