import type { Store } from '@graphdriver/store';
import type { Command } from 'commander';
import type { GlobalOptions } from '../composition.ts';
import { humanSize } from '../store/docker-units.ts';
import { withStore } from '../store/with-store.ts';
import { print, printJson } from '../terminal.ts';
import { removalLines } from './image/rmi.ts';
import { askFirst } from './volume/index.ts';

const EXAMPLES = `
Examples:
  $ graphdriver prune                          containers that do not run, images without a name, the build cache
  $ graphdriver prune --all --volumes --force  also all other images and volumes that no container has`;

interface PruneFlags extends GlobalOptions {
  readonly all?: boolean;
  readonly volumes?: boolean;
  readonly force?: boolean;
}

/** `graphdriver prune`: removes what is not needed. */
export function addPruneCommand(program: Command, signal: AbortSignal): void {
  program
    .command('prune')
    .description('remove containers, images and cached steps that nothing needs')
    .option('-a, --all', 'all images that no container has, not only those without a name')
    .option('--volumes', 'volumes that no container has, too')
    .option('-f, --force', 'do not ask')
    .addHelpText('after', EXAMPLES)
    .action(async (_options: object, command: Command) => {
      const options = command.optsWithGlobals<PruneFlags>();
      if (options.force !== true) await askFirst('This removes all containers that do not run, and more.');
      await withStore(options, async (store) => {
        const before = await diskTotal(store);
        const containers = await store.runner.prune({ signal });
        const volumes = options.volumes === true ? (await store.volumes.prune({ all: true })).removed : [];
        const { images, buildSteps } = await store.prune({ all: options.all === true, signal });
        const reclaimed = Math.max(0, before - (await diskTotal(store)));
        if (options.json === true) return printJson({ containers, images, volumes, buildSteps, reclaimed });
        section('Deleted Containers:', containers);
        section('Deleted Volumes:', volumes);
        section(
          'Deleted Images:',
          images.flatMap((image) => removalLines(image, (reference) => reference)),
        );
        print(`Total reclaimed space: ${humanSize(reclaimed)}`);
      });
    });
}

async function diskTotal(store: Store): Promise<number> {
  const { images, containers, volumes, buildCache, containerFolders } = await store.df();
  return images.total + containers.total + volumes.total + buildCache.total + containerFolders;
}

function section(title: string, lines: readonly string[]): void {
  if (lines.length > 0) print(`${title}\n${lines.join('\n')}\n`);
}
