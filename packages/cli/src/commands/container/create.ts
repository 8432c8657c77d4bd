import type { Command } from 'commander';
import { withStore } from '../../store/with-store.ts';
import { print, printJson } from '../../terminal.ts';
import { type RunFlags, runOptions, withRunFlags } from './run-flags.ts';

const EXAMPLES = `
Examples:
  $ graphdriver create --name web -v data:/srv acme/web:1.0
  $ graphdriver start web`;

/** `graphdriver create`: makes a container, and runs nothing yet. */
export function addCreateContainerCommand(program: Command, signal: AbortSignal): void {
  withRunFlags(program.command('create'))
    .description('make a container without running it')
    .argument('<image>', 'the image')
    .argument('[command...]', 'the program and its arguments; what the image says unless given')
    .addHelpText('after', EXAMPLES)
    .action(async (image: string, words: string[], _options: object, command: Command) => {
      const flags = command.optsWithGlobals<RunFlags>();
      const options = await runOptions(words, flags, signal);
      await withStore(flags, async (store) => {
        const { id } = await store.runner.create(image, options);
        if (flags.json === true) printJson({ id });
        else print(id);
      });
    });
}
