import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { STREAM_PIECE } from '@graphdriver/host';
import type { ContainerConfig, ImportOptions } from '@graphdriver/store';
import { type Command, InvalidArgumentError } from 'commander';
import type { GlobalOptions } from '../../composition.ts';
import { humanSize } from '../../store/docker-units.ts';
import { withStore } from '../../store/with-store.ts';
import { endProgress, print, printJson, progress } from '../../terminal.ts';

const EXAMPLES = `
Examples:
  $ graphdriver import debian.tar.gz debian:12
  $ graphdriver import ./rootfs acme/base:1.0 --command sh      a folder
  $ mmdebstrap --variant=minbase bookworm - | graphdriver import - debian:12`;

interface ImportCommandOptions extends GlobalOptions {
  readonly message?: string;
  readonly command?: readonly string[];
}

/** `graphdriver import`: an image of one layer from a root filesystem. */
export function addImportCommand(program: Command, signal: AbortSignal): void {
  program
    .command('import')
    .description('make an image of one layer from a root filesystem')
    .argument('<file>', 'an archive, compressed or not, a folder, or - for standard input')
    .argument('[name]', 'a name for the image')
    .option('-m, --message <text>', 'the comment in its history')
    .option('--command <words>', 'what its containers run unless told: words, or a JSON list of them', parseWords)
    .addHelpText('after', EXAMPLES)
    .action(async (file: string, name: string | undefined, _options: object, command: Command) => {
      const options = command.optsWithGlobals<ImportCommandOptions>();
      await withStore(options, async (store) => {
        const request = importOptions(name, options, signal);
        const isFolder = file !== '-' && (await stat(file)).isDirectory();
        const id = isFolder
          ? await store.images.importFolder(file, request)
          : await store.images.import(
              file === '-' ? process.stdin : createReadStream(file, { highWaterMark: STREAM_PIECE }),
              request,
            );
        endProgress();
        if (options.json === true) printJson({ id, references: store.images.show(id).references });
        else print(id);
      });
    });
}

function importOptions(name: string | undefined, options: ImportCommandOptions, signal: AbortSignal): ImportOptions {
  const { message, command } = options;
  const config: ContainerConfig = command === undefined ? {} : { Cmd: command };
  return {
    signal,
    config,
    onProgress: (bytes) => progress(`${humanSize(bytes)} read`),
    ...(name === undefined ? {} : { reference: name }),
    ...(message === undefined ? {} : { message }),
  };
}

function parseWords(text: string): readonly string[] {
  if (!text.startsWith('[')) return text.split(/\s+/).filter((word) => word !== '');
  const words: unknown = JSON.parse(text);
  if (Array.isArray(words) && words.every((word) => typeof word === 'string')) return words;
  throw new InvalidArgumentError('It is words, or a JSON list of them.');
}
