import { Argument, type Command } from 'commander';
import { SHELL_SCRIPTS, SHELLS, type Shell } from '../completion/shell-scripts.ts';
import { print } from '../terminal.ts';

const EXAMPLES = `
Examples:
  $ source <(graphdriver completion bash)            in this shell; put the line into ~/.bashrc for all
  $ source <(graphdriver completion zsh)             after compinit in ~/.zshrc
  $ graphdriver completion fish > ~/.config/fish/completions/graphdriver.fish`;

/** `graphdriver completion`: the script that lets Tab complete commands, options, drivers and layer ids. */
export function addCompletionCommand(program: Command): void {
  program
    .command('completion')
    .description('print what teaches a shell to complete with Tab')
    .addArgument(new Argument('<shell>', 'the shell').choices(SHELLS))
    .addHelpText('after', EXAMPLES)
    .action((shell: Shell) => print(SHELL_SCRIPTS[shell]));
}
