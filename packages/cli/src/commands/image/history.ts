import type { HistoryLine } from '@graphdriver/store';
import type { Command } from 'commander';
import type { GlobalOptions } from '../../composition.ts';
import { ago, ellipsis, humanSize, shortId } from '../../store/docker-units.ts';
import { withStore } from '../../store/with-store.ts';
import { columns, print, printJson } from '../../terminal.ts';

const EXAMPLES = `
Examples:
  $ graphdriver history acme/my-final-image:1.0
  $ graphdriver history --no-trunc acme/my-final-image:1.0

A step that changed no file has no layer, and 0B. <missing> is a step that was carried out elsewhere.`;

const LONGEST = 45;

interface HistoryOptions extends GlobalOptions {
  readonly quiet?: boolean;
  readonly trunc: boolean;
}

/** `graphdriver history`: the steps by which an image was made, the last one first. */
export function addHistoryCommand(program: Command): void {
  program
    .command('history')
    .description('show the steps by which an image was made')
    .argument('<image>', 'the image')
    .option('-q, --quiet', 'print ids alone')
    .option('--no-trunc', 'show whole ids and commands')
    .addHelpText('after', EXAMPLES)
    .action(async (image: string, _options: object, command: Command) => {
      const options = command.optsWithGlobals<HistoryOptions>();
      await withStore(options, async (store) => {
        const lines = store.images.history(image);
        if (options.json === true) printJson({ image: store.images.show(image).id, history: lines });
        else if (options.quiet === true) print(lines.map((line) => idOf(line, options)).join('\n'));
        else print(render(lines, options));
      });
    });
}

function render(lines: readonly HistoryLine[], options: HistoryOptions): string {
  const rows = lines.map((line) => [
    idOf(line, options),
    ago(line.created),
    options.trunc ? ellipsis(line.createdBy.replaceAll(/\s+/g, ' '), LONGEST) : line.createdBy,
    humanSize(line.size),
    line.comment,
  ]);
  return columns(['IMAGE', 'CREATED', 'CREATED BY', 'SIZE', 'COMMENT'], rows);
}

function idOf({ image }: HistoryLine, { trunc }: HistoryOptions): string {
  if (image === null) return '<missing>';
  return trunc ? shortId(image) : image;
}
