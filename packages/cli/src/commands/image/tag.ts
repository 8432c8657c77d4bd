import type { Command } from 'commander';
import type { GlobalOptions } from '../../composition.ts';
import { withStore } from '../../store/with-store.ts';
import { printJson } from '../../terminal.ts';

const EXAMPLES = `
Examples:
  $ graphdriver tag 2d3f9a7c1b5e acme/base:1.0
  $ graphdriver tag acme/base:1.0 acme/base:latest`;

/** `graphdriver tag`: gives an image one more name. */
export function addTagCommand(program: Command): void {
  program
    .command('tag')
    .description('give an image one more name')
    .argument('<image>', 'the image')
    .argument('<name>', 'the name, which is taken from whatever image has it')
    .addHelpText('after', EXAMPLES)
    .action(async (image: string, name: string, _options: object, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>();
      await withStore(options, async (store) => {
        await store.images.tag(image, name);
        if (options.json !== true) return;
        const { id, references } = store.images.show(name);
        printJson({ id, references });
      });
    });
}
