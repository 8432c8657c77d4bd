import type { Command } from 'commander';
import type { GlobalOptions } from '../../composition.ts';
import { leaveSignals } from '../../interruption.ts';
import { withStore } from '../../store/with-store.ts';
import { addEnv } from './run-flags.ts';

const EXAMPLES = `
Examples:
  $ graphdriver exec web cat /etc/os-release
  $ graphdriver exec -it web sh
  $ graphdriver exec -e LEVEL=debug -w /srv -u www-data web ./check

Ends with the exit code of the program.`;

interface ExecFlags extends GlobalOptions {
  readonly interactive?: boolean;
  readonly tty?: boolean;
  readonly env: readonly string[];
  readonly workdir?: string;
  readonly user?: string;
}

/** `graphdriver exec`: one more program in a running container. */
export function addExecCommand(program: Command): void {
  program
    .command('exec')
    .description('run one more program in a running container')
    .argument('<container>', 'the container')
    .argument('<command...>', 'the program and its arguments')
    .option('-i, --interactive', 'let it read standard input')
    .option('-t, --tty', 'give it a terminal')
    .option('-e, --env <name=value>', 'a variable; a name alone takes its value from here; may be repeated', addEnv, [])
    .option('-w, --workdir <path>', 'the working directory in the container')
    .option('-u, --user <user:group>', 'who it runs as')
    .addHelpText('after', EXAMPLES)
    .action(async (container: string, words: string[], _options: object, command: Command) => {
      const { env, workdir, user, tty = false, ...flags } = command.optsWithGlobals<ExecFlags>();
      const request = {
        command: words,
        env,
        tty,
        ...(workdir === undefined ? {} : { cwd: workdir }),
        ...(user === undefined ? {} : { user }),
      };
      const input = flags.interactive === true ? { stdin: 'inherit' as const } : {};
      await withStore(flags, async (store) => {
        leaveSignals();
        const streams = { ...input, stdout: 'inherit' as const, stderr: 'inherit' as const };
        const { exitCode } = await store.runner.exec(container, request, { ...streams, passSignals: true });
        process.exitCode = exitCode;
      });
    });
}
