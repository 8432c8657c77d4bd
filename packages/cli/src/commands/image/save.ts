import { type Command, Option } from 'commander';
import type { GlobalOptions } from '../../composition.ts';
import { withStore } from '../../store/with-store.ts';
import { refuseTerminal, writeArchive } from '../../store/write-archive.ts';

const EXAMPLES = `
Examples:
  $ graphdriver save acme/base:1.0 | gzip > base.tar.gz
  $ graphdriver save --output both.tar acme/base:1.0 acme/final:1.0
  $ graphdriver save --format oci acme/base:1.0 | podman load`;

interface SaveCommandOptions extends GlobalOptions {
  readonly output?: string;
  readonly format: 'docker-archive' | 'oci';
}

/** `graphdriver save`: images as an archive that this and other programs load. */
export function addSaveCommand(program: Command, signal: AbortSignal): void {
  program
    .command('save')
    .description('write images as an archive')
    .argument('<image...>', 'the images')
    .option('-o, --output <file>', 'write to this file; without it to standard output')
    .addOption(
      new Option('--format <name>', 'also what docker load reads, or an OCI layout alone')
        .choices(['docker-archive', 'oci'])
        .default('docker-archive'),
    )
    .addHelpText('after', EXAMPLES)
    .action(async (images: string[], _options: object, command: Command) => {
      const options = command.optsWithGlobals<SaveCommandOptions>();
      refuseTerminal(options.output);
      const { format, output } = options;
      await withStore(options, async (store) => writeArchive(store.images.save(images, { signal, format }), output));
    });
}
