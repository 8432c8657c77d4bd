import { basename } from 'node:path';
import type { Comparison } from '@graphdriver/bench';
import { type Command, Option } from 'commander';
import type { GlobalOptions } from '../composition.ts';
import { EXIT } from '../exit-code.ts';
import { note, print, printJson } from '../terminal.ts';
import { parsePercentage } from './amounts.ts';

const EXAMPLES = `
Examples:
  $ graphdriver bench compare old.json new.json
  $ graphdriver bench compare old.json new.json --fail-on-regression 5%      for CI: ends with 1 where something is slower
  $ graphdriver bench compare all.json all.json --before 'overlay2 on ext4' --after 'overlay2 volatile on ext4'
  $ graphdriver bench compare old.json new.json --all --markdown > comparison.md
  $ graphdriver bench compare old.json new.json --html comparison.html       a page that needs no network

Rounds are the observations: results of one round are told apart as two processes, and no more. Ten rounds find a lot, three
only what is glaring. A difference is called where chance is an unlikely reason, the number of comparisons considered.
--fail-on-regression needs three rounds on both sides, and ends with 3 where there are fewer.`;

interface CompareOptions extends GlobalOptions {
  readonly before?: string;
  readonly after?: string;
  readonly margin: number;
  readonly failOnRegression?: number;
  readonly all?: boolean;
  readonly markdown?: boolean;
  readonly html?: string;
}

/** `graphdriver bench compare`: what has become slower or faster between two results. */
export function addBenchCompareCommand(bench: Command): void {
  bench
    .command('compare')
    .description('compare two results, or two targets of one: ratios with intervals, and a verdict')
    .argument('<before>', 'what `bench run --out` wrote earlier')
    .argument('<after>', 'what it wrote later, or the same file for --before and --after')
    .option('--before <target>', 'compare only this target of the first file')
    .option('--after <target>', 'with this one of the second')
    .addOption(
      new Option('--margin <percentage>', 'what is surely within this is the same')
        .default(0.05, '5%')
        .argParser(parsePercentage),
    )
    .option(
      '--fail-on-regression <percentage>',
      'end with 1 where something is slower by more than this',
      parsePercentage,
    )
    .option('--all', 'print all cases, and not only those that differ most')
    .option('--markdown', 'print the tables as Markdown')
    .option('--html <file>', 'also write all of it as a page')
    .addHelpText('after', EXAMPLES)
    .action(async (before: string, after: string, _options: object, command: Command) => {
      await compare(before, after, command.optsWithGlobals<CompareOptions>());
    });
}

async function compare(before: string, after: string, options: CompareOptions): Promise<void> {
  const { compareResults, readResult, renderComparison } = await import('@graphdriver/bench');
  const [one, other] = [await readResult(before), await readResult(after)];
  const comparison = compareResults(one, other, {
    margin: options.margin,
    ...(options.before === undefined ? {} : { before: options.before }),
    ...(options.after === undefined ? {} : { after: options.after }),
  });
  if (options.html !== undefined) await writePage(options.html, comparison, { before, after, options });
  if (options.json === true) printJson(comparison);
  else {
    const format = options.markdown === true ? 'markdown' : 'text';
    print(renderComparison(comparison, { format, all: options.all === true }));
  }
  if (options.failOnRegression !== undefined) await failOnRegression(comparison, options.failOnRegression);
}

interface Compared {
  readonly before: string;
  readonly after: string;
  readonly options: CompareOptions;
}

async function writePage(file: string, comparison: Comparison, { before, after, options }: Compared): Promise<void> {
  const { comparisonPage } = await import('@graphdriver/bench');
  const { toStorageError, writeFileAtomic } = await import('@graphdriver/host');
  const names = [
    [before, options.before],
    [after, options.after],
  ].map(([path = '', target]) => [target, basename(path, '.json')].filter((part) => part !== undefined).join(' of '));
  try {
    await writeFileAtomic(file, comparisonPage(comparison, names[0] ?? before, names[1] ?? after), { durable: false });
  } catch (error) {
    throw toStorageError(error, `The page could not be written to ${file}`);
  }
  note(`The comparison is in ${file}.`);
}

async function failOnRegression(comparison: Comparison, limit: number): Promise<void> {
  const { findRegressions } = await import('@graphdriver/bench');
  const found = findRegressions(comparison, limit);
  for (const { target, operation, ratio, ...row } of found) {
    const what = 'case' in row ? row.case : `${row.workload}, ${row.cases} cases`;
    note(`Slower by ${((ratio - 1) * 100).toFixed(1)} %: ${operation} of ${what} on ${target}.`);
  }
  if (found.length > 0) process.exitCode = EXIT.failed;
}
