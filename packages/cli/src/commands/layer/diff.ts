import type { Command } from 'commander';
import { withDriver } from '../../composition.ts';
import { refuseTerminal, writeArchive } from '../../store/write-archive.ts';
import { type BaseOptions, diffOptions, withBase } from './changes.ts';

const EXAMPLES = `
Examples:
  $ graphdriver layer diff web > web.tar
  $ graphdriver layer diff web | gzip > web.tar.gz
  $ graphdriver layer diff web --all --output whole.tar`;

interface DiffCommandOptions extends BaseOptions {
  readonly output?: string;
}

/** `graphdriver layer diff`: a layer's change as an archive. */
export function addDiffCommand(layer: Command, signal: AbortSignal): void {
  withBase(layer.command('diff'))
    .description('write what a layer changes as a layer archive')
    .argument('<id>', 'the layer')
    .option('-o, --output <file>', 'write to this file; without it to standard output')
    .addHelpText('after', EXAMPLES)
    .action(async (id: string, _options: object, command: Command) => {
      const options = command.optsWithGlobals<DiffCommandOptions>();
      refuseTerminal(options.output);
      await withDriver(options, async (driver) => {
        await writeArchive(driver.diff(id, diffOptions(options, signal)), options.output);
      });
    });
}
