import type { ContainerState, Store } from '@graphdriver/store';
import type { Command } from 'commander';
import { leaveSignals } from '../../interruption.ts';
import { withStore } from '../../store/with-store.ts';
import { print, printJson } from '../../terminal.ts';
import { type RunFlags, runOptions, withRunFlags } from './run-flags.ts';

const EXAMPLES = `
Examples:
  $ graphdriver run --rm debian:12 echo hello
  $ graphdriver run -it --name shell debian:12 sh
  $ graphdriver run -d --name web -v data:/srv -e PORT=80 acme/web:1.0
  $ graphdriver run --rm -v "$PWD":/src:ro -w /src debian:12 ls

Ends with the exit code of the program; 125 where the container could not be made, 126 and 127 where the program could not be started.
There is no network unless --network host is given.`;

interface RunCommandFlags extends RunFlags {
  readonly detach?: boolean;
}

/** `graphdriver run`: makes a container and runs its program, before the user or behind a monitor. */
export function addRunCommand(program: Command, signal: AbortSignal): void {
  withRunFlags(program.command('run'))
    .description('run a program in a new container')
    .argument('<image>', 'the image')
    .argument('[command...]', 'the program and its arguments; what the image says unless given')
    .option('-d, --detach', 'let it run in the background, and print its id')
    .addHelpText('after', EXAMPLES)
    .action(async (image: string, words: string[], _options: object, command: Command) => {
      const flags = command.optsWithGlobals<RunCommandFlags>();
      if (flags.tty === true && flags.interactive === true && flags.detach !== true && process.stdin.isTTY !== true)
        throw new TypeError('Standard input is no terminal: leave out -t, or -i.');
      const options = await runOptions(words, flags, signal);
      await withStore(flags, async (store) => {
        const { id, spec } = await store.runner.create(image, options);
        if (flags.detach !== true) {
          process.exitCode = (await inForeground(store, id, flags)).exitCode ?? 1;
          return;
        }
        try {
          await store.runner.start(id, { signal });
        } catch (error) {
          if (spec?.autoRemove === true) await store.runner.removeEnded(id).catch(() => undefined);
          throw error;
        }
        if (flags.json === true) printJson({ id });
        else print(id);
      });
    });
}

async function inForeground(store: Store, id: string, { interactive = false }: RunFlags): Promise<ContainerState> {
  leaveSignals();
  try {
    return await store.runner.attach(
      id,
      { ...(interactive ? { stdin: 'inherit' as const } : {}), stdout: 'inherit', stderr: 'inherit' },
      { passSignals: true },
    );
  } finally {
    await store.runner.removeEnded(id);
  }
}
