import type { CommitOptions } from '@graphdriver/store';
import type { Command } from 'commander';
import type { GlobalOptions } from '../../composition.ts';
import { withStore } from '../../store/with-store.ts';
import { print, printJson } from '../../terminal.ts';

const LETTERS = { add: 'A', modify: 'C', delete: 'D' } as const;

const DIFF_EXAMPLES = `
Examples:
  $ graphdriver diff web

A is added, C changed, D deleted.`;

/** `graphdriver diff`: what a container has changed in its image. */
export function addDiffContainerCommand(program: Command, signal: AbortSignal): void {
  program
    .command('diff')
    .description('show what a container has changed in its files')
    .argument('<container>', 'the container')
    .addHelpText('after', DIFF_EXAMPLES)
    .action(async (name: string, _options: object, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>();
      await withStore(options, async ({ runner }) => {
        const changes = await runner.changes(name, { signal });
        if (options.json === true) printJson({ id: runner.show(name).id, changes });
        else if (changes.length > 0) print(changes.map(({ kind, path }) => `${LETTERS[kind]} ${path}`).join('\n'));
      });
    });
}

interface CommitFlags extends GlobalOptions {
  readonly author?: string;
  readonly message?: string;
}

const COMMIT_EXAMPLES = `
Examples:
  $ graphdriver commit web acme/web:patched
  $ graphdriver commit --author 'Ada <ada@example.org>' --message 'Fixed the motd' web`;

/** `graphdriver commit`: makes an image of a container's current files. */
export function addCommitContainerCommand(program: Command, signal: AbortSignal): void {
  program
    .command('commit')
    .description("make an image of a container's current files")
    .argument('<container>', 'the container')
    .argument('[name]', 'a name for the image')
    .option('-a, --author <text>', 'who made it')
    .option('-m, --message <text>', 'the comment in its history')
    .addHelpText('after', COMMIT_EXAMPLES)
    .action(async (container: string, name: string | undefined, _options: object, command: Command) => {
      const options = command.optsWithGlobals<CommitFlags>();
      const { author, message } = options;
      const request: CommitOptions = {
        signal,
        ...(name === undefined ? {} : { reference: name }),
        ...(author === undefined ? {} : { author }),
        ...(message === undefined ? {} : { message }),
      };
      await withStore(options, async ({ runner, images }) => {
        const id = await runner.commit(container, request);
        if (options.json === true) printJson({ id, references: images.show(id).references });
        else print(id);
      });
    });
}

interface ForkFlags extends GlobalOptions {
  readonly name?: string;
}

const FORK_EXAMPLES = `
Examples:
  $ graphdriver fork web --name web-2
  $ graphdriver start web-2

Nothing is copied, except over vfs: by one snapshot over btrfs; elsewhere what both have so far becomes a layer that they share.
The container must not run.`;

/** `graphdriver fork`: a new container that starts from another's current files. */
export function addForkCommand(program: Command, signal: AbortSignal): void {
  program
    .command('fork')
    .description("make a container that starts from another's current files")
    .argument('<container>', 'the container')
    .option('--name <text>', 'a name for the new one')
    .addHelpText('after', FORK_EXAMPLES)
    .action(async (container: string, _options: object, command: Command) => {
      const options = command.optsWithGlobals<ForkFlags>();
      const { name } = options;
      await withStore(options, async ({ runner }) => {
        const { id } = await runner.fork(container, { signal, ...(name === undefined ? {} : { name }) });
        if (options.json === true) printJson({ id });
        else print(id);
      });
    });
}
