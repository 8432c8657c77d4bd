import { Command, CommanderError, Option } from 'commander';
import { addBenchCommand } from './commands/bench.ts';
import { addCompletionCommand } from './commands/completion.ts';
import { addConformanceCommand } from './commands/conformance.ts';
import { addCostCommand } from './commands/cost.ts';
import { addDoctorCommand } from './commands/doctor.ts';
import { addDriversCommand } from './commands/drivers.ts';
import { addLayerCommands } from './commands/layer/index.ts';
import { addPickCommand } from './commands/pick.ts';
import { addRootCommands } from './commands/root/index.ts';
import { addSchemaCommand } from './commands/schema.ts';
import { addStoreCommands } from './commands/store-commands.ts';
import { addSettings } from './driver-settings.ts';
import { EXIT, exitCodeFor } from './exit-code.ts';
import { separateForeignWords } from './foreign-words.ts';
import { interruptionSignal } from './interruption.ts';
import { packageVersion } from './package-version.ts';
import { reportError, reportWrongUsage } from './report-error.ts';
import { parseRoot } from './root-option.ts';
import { endWithReader, readerIsGone } from './terminal.ts';

const EXAMPLES = `
Examples:
  $ graphdriver drivers                       what works on this host, and why not the rest
  $ graphdriver pick --explain                which driver to use here, with every reason
  $ graphdriver doctor                        what is wrong with this host and root, and what to do
  $ graphdriver conformance vfs overlay2      prove two drivers right
  $ graphdriver load --input debian.tar       take an image, as docker save wrote it
  $ graphdriver run --rm debian:12 ls /       run a program in a container of it
  $ graphdriver layer create base             make a layer by hand, under /var/lib/graphdriver
  $ source <(graphdriver completion bash)     complete commands, options and names with Tab

Exit codes: 0 done, 1 failed, 2 wrong usage, 3 prerequisite missing or unsupported, 4 not found, 130 interrupted.
run and exec end with the code of the program that they run.`;

/** Runs the command line; resolves to the exit code and never rejects. */
export async function run(argv: readonly string[]): Promise<number> {
  endWithReader();
  const program = createProgram(interruptionSignal());
  const words = separateForeignWords(program, argv);
  const json = words.slice(0, words.includes('--') ? words.indexOf('--') : undefined).includes('--json');
  for (const command of withDescendants(program)) makeErrorsHelpful(command, json);
  try {
    await program.parseAsync([...words], { from: 'user' });
    return typeof process.exitCode === 'number' ? process.exitCode : EXIT.done;
  } catch (error) {
    // Commander has said already what was wrong, or shown the help.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
    if (readerIsGone()) return EXIT.done;
    reportError(error, { json, root: program.opts<{ readonly root: string }>().root });
    return exitCodeFor(error);
  }
}

/** The whole command line, not yet given anything to do. */
export function createProgram(signal: AbortSignal): Command {
  const program = new Command('graphdriver')
    .description('Pick, prove and measure container storage drivers, and keep images and containers on them.')
    .version(packageVersion, '-V, --version', 'print the version')
    .addOption(
      new Option('--root <dir>', 'holds images, containers, and one directory per driver')
        .env('GRAPHDRIVER_ROOT')
        .default('/var/lib/graphdriver')
        .argParser(parseRoot),
    )
    .addOption(new Option('--driver <name>', 'use this driver and no other').env('GRAPHDRIVER_DRIVER'))
    .addOption(new Option('--mount-with <route>', 'how mounts are made').choices(['auto', 'syscall', 'command']))
    .addOption(
      new Option('--driver-opt <driver.key=value>', 'set this for a driver; may be repeated, or have commas between')
        .env('GRAPHDRIVER_DRIVER_OPTS')
        .default([], 'nothing')
        .argParser(addSettings),
    )
    .option('--json', 'print the result as JSON; see `graphdriver schema`')
    .addHelpText('after', EXAMPLES)
    .exitOverride();
  addDriversCommand(program);
  addPickCommand(program, signal);
  addDoctorCommand(program);
  addConformanceCommand(program, signal);
  addStoreCommands(program, signal);
  addRootCommands(program, signal);
  addLayerCommands(program, signal);
  addBenchCommand(program, signal);
  addCostCommand(program);
  addSchemaCommand(program);
  addCompletionCommand(program);
  return program;
}

/** A wrong use is told like any other error, and ends with where to read on. */
function makeErrorsHelpful(command: Command, json: boolean): void {
  const words: string[] = [];
  for (let at: Command | null = command; at !== null; at = at.parent) words.unshift(at.name());
  command.configureOutput({
    outputError: (text) => reportWrongUsage(text, { json, command: words.join(' ') }),
  });
}

function withDescendants(command: Command): readonly Command[] {
  return [command, ...command.commands.flatMap(withDescendants)];
}
