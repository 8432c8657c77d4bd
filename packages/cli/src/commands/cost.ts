import type { CostQuestion, CostShape, CostTerm } from '@graphdriver/bench';
import { type Command, Option } from 'commander';
import type { GlobalOptions } from '../composition.ts';
import { print, printJson } from '../terminal.ts';
import { parseCount, parsePositive, parseSize, parseTime } from './amounts.ts';

const EXAMPLES = `
Examples:
  $ graphdriver cost grid.json --size 100MiB --layer 40 --directories 8
  $ graphdriver cost grid.json --driver overlay2 --layer 40 --under 10ms       first writes stay under 10 ms up to …
  $ graphdriver cost grid.json --size 1MiB --under 5ms --by layers             up to how many layers
  $ graphdriver cost grid.json --operation create --driver vfs --size 1GiB --files 20000
  $ graphdriver cost grid.json --driver overlay2 --models                      the coefficients, and what they miss

A model is a constant and so much for each byte, layer and directory, fitted to what \`bench run --out\` measured.
The interval is of what a measurement here would give: it has the errors of the model in cells that it had not seen.`;

/** Names as commander wants them before the library is loaded. */
const OPERATIONS: readonly CostQuestion['operation'][] = [
  'first',
  'second',
  'plain',
  'create',
  'get',
  'put',
  'remove',
  'apply',
  'changes',
  'diff',
];
const TERMS: readonly CostTerm[] = ['size', 'layers', 'directories', 'files', 'changed'];

interface CostCommandOptions extends GlobalOptions {
  readonly target?: string;
  readonly operation: CostQuestion['operation'];
  readonly cache: CostQuestion['cache'];
  readonly size?: number;
  readonly layer?: number;
  readonly directories?: number;
  readonly placement: 'home' | 'every';
  readonly files?: number;
  readonly changed?: number;
  /** Nanoseconds. */
  readonly under?: number;
  readonly by: CostTerm;
  readonly models?: boolean;
  readonly markdown?: boolean;
}

/** `graphdriver cost`: what an operation costs on a machine that was measured. */
export function addCostCommand(program: Command): void {
  program
    .command('cost')
    .description('what a first write, or another operation, costs on a machine that was measured')
    .argument('<file>', 'what `bench run --out` wrote')
    .option('--target <label>', 'only this target of the result; all unless given, or those of --driver')
    .addOption(new Option('--operation <name>', 'what is done').choices(OPERATIONS).default('first'))
    .option('--size <size>', 'of the file, or of all files together, as in 100MiB', parseSize)
    .option('--layer <number>', 'the layers that there are, the file being in the bottom one', parsePositive)
    .option('--directories <number>', 'directories above the file', parseCount)
    .addOption(
      new Option('--placement <name>', 'which layers have the directories').choices(['home', 'every']).default('home'),
    )
    .addOption(new Option('--cache <state>', 'what is in memory').choices(['warm', 'cold']).default('warm'))
    .option('--files <number>', 'in the image or the archive', parsePositive)
    .option('--changed <number>', 'files that the container has written to', parseCount)
    .option('--under <time>', 'also say up to where it costs less, as in 10ms', parseTime)
    .addOption(new Option('--by <term>', 'what grows until it does not').choices(TERMS).default('size'))
    .option('--models', 'also print the models, and every cell beside what they make of it')
    .option('--markdown', 'print the tables as Markdown')
    .addHelpText('after', EXAMPLES)
    .action(async (file: string, _options: object, command: Command) => {
      await printCost(file, command.optsWithGlobals<CostCommandOptions>());
    });
}

async function printCost(file: string, options: CostCommandOptions): Promise<void> {
  const { answerCost, readResult, renderCost } = await import('@graphdriver/bench');
  const answers = answerCost(await readResult(file), {
    operation: options.operation,
    cache: options.cache,
    shape: shapeOf(options),
    ...(options.under === undefined ? {} : { limit: { term: options.by, nanoseconds: options.under } }),
    ...(options.driver === undefined ? {} : { driver: options.driver }),
    ...(options.target === undefined ? {} : { target: options.target }),
  });
  if (options.json === true) return printJson({ answers });
  const format = options.markdown === true ? 'markdown' : 'text';
  print(renderCost(answers, { format, models: options.models === true }));
}

function shapeOf({ size, layer, directories, placement, files, changed }: CostCommandOptions): CostShape {
  // Two layers are the least that can both have the directories.
  const every = placement === 'every' ? { layers: layer ?? 2, directories: directories ?? 1 } : undefined;
  const given = { size, layers: layer, directories, files, changed, ...every };
  const shape = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  return every === undefined ? shape : { ...shape, merged: every.directories * (every.layers - 1) };
}
