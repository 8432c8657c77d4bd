import type { BenchResult, ResultOptions, ResultTable } from '@graphdriver/bench';
import { type Command, Option } from 'commander';
import type { GlobalOptions } from '../composition.ts';
import { print, printJson } from '../terminal.ts';
import { writeCharts } from './bench-charts.ts';

const EXAMPLES = `
Examples:
  $ graphdriver bench show result.json
  $ graphdriver bench show result.json --table copy-up --format markdown > copy-up.md
  $ graphdriver bench show result.json --format csv | grep ',cold,'`;

/** Names as commander wants them before the library is loaded; the compiler sees to it that they are the library's. */
export const TABLES: readonly ResultTable[] = [
  'copy-up',
  'touch',
  'lifecycle',
  'archive',
  'where',
  'space',
  'inside',
  'many',
];

interface ShowOptions extends GlobalOptions {
  readonly format: NonNullable<ResultOptions['format']>;
  readonly table?: ResultTable;
  readonly charts?: string;
}

/** `graphdriver bench show`: the tables of a result file, also of one that a Ctrl-C cut short. */
export function addBenchShowCommand(bench: Command): void {
  bench
    .command('show')
    .description('print the tables of a result file: medians with 95 % bootstrap intervals')
    .argument('<file>', 'what `bench run --out` wrote')
    .addOption(new Option('--format <name>', 'how to print').choices(['text', 'markdown', 'csv']).default('text'))
    .addOption(new Option('--table <name>', 'only this one; all of them unless given').choices(TABLES))
    .option('--charts <dir>', 'also draw the charts, as SVG files in this directory')
    .addHelpText('after', EXAMPLES)
    .action(async (file: string, _options: object, command: Command) => {
      const options = command.optsWithGlobals<ShowOptions>();
      const { readResult } = await import('@graphdriver/bench');
      const result = await readResult(file);
      if (options.charts !== undefined) await writeCharts(result, options.charts);
      await printResult(result, options);
    });
}

/** Prints a result as tables, or all of it with `json`. */
export async function printResult(
  result: BenchResult,
  options: Pick<GlobalOptions, 'json'> & Partial<Pick<ShowOptions, 'format' | 'table'>>,
): Promise<void> {
  if (options.json === true) return printJson(result);
  const { renderResult } = await import('@graphdriver/bench');
  const { format = 'text', table } = options;
  print(renderResult(result, { format, ...(table === undefined ? {} : { tables: [table] }) }));
}
