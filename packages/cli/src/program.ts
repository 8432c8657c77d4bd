import { readFileSync } from 'node:fs';
import { Command, CommanderError, Option } from 'commander';
import { addBenchCommand } from './commands/bench.ts';
import { addConformanceCommand } from './commands/conformance.ts';
import { addDriversCommand } from './commands/drivers.ts';
import { addLayerCommands } from './commands/layer/index.ts';
import { addPickCommand } from './commands/pick.ts';
import { addSchemaCommand } from './commands/schema.ts';
import { EXIT, exitCodeFor } from './exit-code.ts';
import { interruptionSignal } from './interruption.ts';
import { reportError } from './report-error.ts';

const EXAMPLES = `
Examples:
  $ graphdriver drivers                       what works on this host, and why not the rest
  $ graphdriver pick --explain                which driver to use here, with every reason
  $ graphdriver conformance vfs overlay2      prove two drivers right
  $ graphdriver layer create base             make a layer under /var/lib/graphdriver
  $ graphdriver layer apply base debian.tar   fill it from an archive

Exit codes: 0 done, 1 failed, 2 wrong usage, 3 prerequisite missing or unsupported, 4 not found, 130 interrupted.`;

/** Runs the command line; resolves to the exit code and never rejects. */
export async function run(argv: readonly string[]): Promise<number> {
  const program = createProgram();
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return typeof process.exitCode === 'number' ? process.exitCode : EXIT.done;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
    reportError(error, { json: program.opts()['json'] === true || argv.includes('--json') });
    return exitCodeFor(error);
  }
}

function createProgram(): Command {
  const program = new Command('graphdriver')
    .description('Pick, prove and measure container storage drivers, and use their layers.')
    .version(packageVersion(), '-V, --version', 'print the version')
    .addOption(
      new Option('--root <dir>', 'holds one directory per driver')
        .env('GRAPHDRIVER_ROOT')
        .default('/var/lib/graphdriver'),
    )
    .addOption(new Option('--driver <name>', 'use this driver and no other').env('GRAPHDRIVER_DRIVER'))
    .addOption(new Option('--mount-with <route>', 'how mounts are made').choices(['auto', 'syscall', 'command']))
    .option('--json', 'print the result as JSON; see `graphdriver schema`')
    .addHelpText('after', EXAMPLES)
    .showHelpAfterError('(graphdriver --help shows the commands)')
    .exitOverride();
  const signal = interruptionSignal();
  addDriversCommand(program);
  addPickCommand(program);
  addConformanceCommand(program, signal);
  addLayerCommands(program, signal);
  addBenchCommand(program, signal);
  addSchemaCommand(program);
  return program;
}

function packageVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  return String((manifest as { version: unknown }).version); // Our own manifest, one folder up from dist.
}
