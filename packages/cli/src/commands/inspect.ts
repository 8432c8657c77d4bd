import type { Store } from '@graphdriver/store';
import type { Command } from 'commander';
import { isCodedError } from '../coded-error.ts';
import type { GlobalOptions } from '../composition.ts';
import { withStore } from '../store/with-store.ts';
import { printJson } from '../terminal.ts';

const EXAMPLES = `
Examples:
  $ graphdriver inspect web
  $ graphdriver inspect acme/base:1.0 | jq '.[0].config.config.Cmd'`;

/** `graphdriver inspect`: all that is known of containers and images, as JSON. */
export function addInspectCommand(program: Command): void {
  program
    .command('inspect')
    .description('show all that is known of containers and images, as JSON')
    .argument('<name...>', 'containers, or images')
    .addHelpText('after', EXAMPLES)
    .action(async (names: string[], _options: object, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>();
      await withStore(options, async (store) => {
        const objects = names.map((name) => inspect(store, name));
        printJson(options.json === true ? { objects } : objects);
      });
    });
}

/** `graphdriver image inspect`: the same for images alone. */
export function addImageCommands(program: Command): void {
  program
    .command('image')
    .description('look into images')
    .addHelpText('after', '\nExamples:\n  $ graphdriver image inspect debian:12')
    .command('inspect')
    .description('show all that is known of images, as JSON')
    .argument('<image...>', 'the images')
    .addHelpText('after', '\nExamples:\n  $ graphdriver image inspect debian:12')
    .action(async (names: string[], _options: object, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>();
      await withStore(options, async ({ images }) => {
        const objects = names.map((name) => ({ kind: 'image', ...images.show(name) }));
        printJson(options.json === true ? { objects } : objects);
      });
    });
}

/** A container goes before an image of the same name. */
function inspect({ runner, images }: Store, name: string): object {
  try {
    return { kind: 'container', ...runner.show(name) };
  } catch (error) {
    if (!isCodedError(error) || error.code !== 'CONTAINER_NOT_FOUND') throw error;
  }
  return { kind: 'image', ...images.show(name) };
}
