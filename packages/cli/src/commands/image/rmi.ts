import type { RemovedImage } from '@graphdriver/store';
import type { Command } from 'commander';
import type { GlobalOptions } from '../../composition.ts';
import { eachOf } from '../../store/each-of.ts';
import { withStore } from '../../store/with-store.ts';
import { printJson } from '../../terminal.ts';

const EXAMPLES = `
Examples:
  $ graphdriver rmi acme/base:1.0
  $ graphdriver rmi --force 2d3f9a7c1b5e      with all of its names

Layers that no other image and no container needs go with it.`;

interface RmiOptions extends GlobalOptions {
  readonly force?: boolean;
}

/** `graphdriver rmi`: takes names from images; with the last one the image goes. */
export function addRmiCommand(program: Command): void {
  program
    .command('rmi')
    .description('remove images')
    .argument('<image...>', 'the images')
    .option('-f, --force', 'by an id: also an image that has several names')
    .addHelpText('after', EXAMPLES)
    .action(async (images: string[], _options: object, command: Command) => {
      const options = command.optsWithGlobals<RmiOptions>();
      await withStore(options, async (store) => {
        const { familiarReference, parseReference } = await import('@graphdriver/store');
        const familiar = (reference: string): string => familiarReference(parseReference(reference));
        const force = options.force === true;
        const removed = await eachOf(
          images,
          options,
          (image) => store.images.remove(image, { force }),
          (done) => removalLines(done, familiar).join('\n'),
        );
        if (options.json === true) printJson({ removed });
      });
    });
}

/** What Docker says of a removal. */
export function removalLines(
  { untagged, deleted }: RemovedImage,
  familiar: (reference: string) => string,
): readonly string[] {
  return [
    ...untagged.map((reference) => `Untagged: ${familiar(reference)}`),
    ...(deleted === null ? [] : [`Deleted: ${deleted}`]),
  ];
}
