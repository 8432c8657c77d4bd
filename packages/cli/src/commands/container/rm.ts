import type { Command } from 'commander';
import type { GlobalOptions } from '../../composition.ts';
import { eachOf } from '../../store/each-of.ts';
import { withStore } from '../../store/with-store.ts';
import { printJson } from '../../terminal.ts';

const EXAMPLES = `
Examples:
  $ graphdriver rm web
  $ graphdriver rm --force --volumes web        also while it runs, with its anonymous volumes
  $ graphdriver rm $(graphdriver ps -aq)`;

interface RmFlags extends GlobalOptions {
  readonly force?: boolean;
  readonly volumes?: boolean;
}

/** `graphdriver rm`: removes containers with their writable layers. */
export function addRmCommand(program: Command, signal: AbortSignal): void {
  program
    .command('rm')
    .description('remove containers')
    .argument('<container...>', 'the containers')
    .option('-f, --force', 'kill those that run')
    .option('-v, --volumes', 'remove their anonymous volumes too')
    .addHelpText('after', EXAMPLES)
    .action(async (names: string[], _options: object, command: Command) => {
      const options = command.optsWithGlobals<RmFlags>();
      const request = { force: options.force === true, volumes: options.volumes === true, signal };
      await withStore(options, async ({ runner }) => {
        const removed = await eachOf(names, options, async (name) => {
          const { id } = runner.show(name);
          await runner.remove(id, request);
          return id;
        });
        if (options.json === true) printJson({ removed });
      });
    });
}
