import type { LayerProgress } from '@graphdriver/store';
import type { Command } from 'commander';
import type { GlobalOptions } from '../../composition.ts';
import { humanSize, shortId } from '../../store/docker-units.ts';
import { withStore } from '../../store/with-store.ts';
import { endProgress, print, printJson, progress } from '../../terminal.ts';

const EXAMPLES = `
Examples:
  $ graphdriver load --input debian.tar
  $ graphdriver load --input ./oci-layout          a folder
  $ skopeo copy docker://debian oci-archive:/dev/stdout | graphdriver load`;

interface LoadCommandOptions extends GlobalOptions {
  readonly input?: string;
}

/** `graphdriver load`: images from an OCI layout or an archive of `docker save`. */
export function addLoadCommand(program: Command, signal: AbortSignal): void {
  program
    .command('load')
    .description('load images from an OCI layout or an archive of docker save')
    .option('-i, --input <file>', 'the archive, or the folder of a layout; without it standard input')
    .addHelpText('after', EXAMPLES)
    .action(async (_options: object, command: Command) => {
      const options = command.optsWithGlobals<LoadCommandOptions>();
      if (options.input === undefined && process.stdin.isTTY === true)
        throw new TypeError('An archive does not come from a terminal: redirect one, or give --input FILE.');
      await withStore(options, async (store) => {
        const loaded = await store.images.load(options.input ?? process.stdin, { signal, onProgress: showLayer });
        endProgress();
        if (options.json === true) return printJson({ images: loaded });
        const { familiarReference, parseReference } = await import('@graphdriver/store');
        for (const { id, references } of loaded) {
          if (references.length === 0) print(`Loaded image ID: ${id}`);
          for (const reference of references) print(`Loaded image: ${familiarReference(parseReference(reference))}`);
        }
      });
    });
}

function showLayer({ diffId, state, bytes, storedSize }: LayerProgress): void {
  const share = storedSize === 0 ? '' : ` of ${humanSize(storedSize)}`;
  progress(state === 'reading' ? `${shortId(diffId)}: ${humanSize(bytes)}${share}` : `${shortId(diffId)}: ${state}`);
}
