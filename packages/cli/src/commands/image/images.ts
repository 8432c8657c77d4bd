import type { ImageSummary } from '@graphdriver/store';
import type { Command } from 'commander';
import type { GlobalOptions } from '../../composition.ts';
import { ago, humanSize, shortId } from '../../store/docker-units.ts';
import { withStore } from '../../store/with-store.ts';
import { columns, print, printJson } from '../../terminal.ts';

const EXAMPLES = `
Examples:
  $ graphdriver images
  $ graphdriver images acme/base          those of one repository
  $ graphdriver rmi $(graphdriver images -q acme/base)`;

interface ImagesOptions extends GlobalOptions {
  readonly quiet?: boolean;
  readonly digests?: boolean;
  readonly trunc: boolean;
}

/** How an image is called on one line of the list. */
interface Name {
  readonly repository: string;
  readonly tag: string;
  readonly digest: string;
}

/** `graphdriver images`: all images, a line for each of their names. */
export function addImagesCommand(program: Command): void {
  program
    .command('images')
    .description('list images')
    .argument('[repository]', 'only those of this repository')
    .option('-q, --quiet', 'print ids alone')
    .option('--digests', 'show digests that names have')
    .option('--no-trunc', 'show whole ids')
    .addHelpText('after', EXAMPLES)
    .action(async (repository: string | undefined, _options: object, command: Command) => {
      const options = command.optsWithGlobals<ImagesOptions>();
      await withStore(options, async (store) => {
        const named = await Promise.all(
          store.images.list().map(async (image) => ({ image, names: await namesOf(image) })),
        );
        const shown = named.filter(
          ({ names }) =>
            repository === undefined ||
            names.some((name) => name.repository === repository || `${name.repository}:${name.tag}` === repository),
        );
        if (options.json === true) printJson({ images: shown.map(({ image }) => image) });
        else if (options.quiet === true) print(shown.map(({ image }) => idOf(image, options)).join('\n'));
        else print(render(shown, options));
      });
    });
}

function render(
  shown: readonly { readonly image: ImageSummary; readonly names: readonly Name[] }[],
  options: ImagesOptions,
): string {
  const digests = options.digests === true;
  const rows = shown.flatMap(({ image, names }) =>
    names.map(({ repository, tag, digest }) => [
      repository,
      tag,
      ...(digests ? [digest] : []),
      idOf(image, options),
      ago(image.created),
      humanSize(image.size),
    ]),
  );
  return columns(['REPOSITORY', 'TAG', ...(digests ? ['DIGEST'] : []), 'IMAGE ID', 'CREATED', 'SIZE'], rows);
}

function idOf({ id }: ImageSummary, { trunc }: ImagesOptions): string {
  return trunc ? shortId(id) : id;
}

/** The names of an image as people write them; one of `<none>` for an image without. */
export async function namesOf({ references }: Pick<ImageSummary, 'references'>): Promise<readonly Name[]> {
  const { familiarName, parseReference } = await import('@graphdriver/store');
  const none = '<none>';
  if (references.length === 0) return [{ repository: none, tag: none, digest: none }];
  return references.map((reference) => {
    const { name, tag, digest } = parseReference(reference);
    return { repository: familiarName(name), tag: tag ?? none, digest: digest ?? none };
  });
}
