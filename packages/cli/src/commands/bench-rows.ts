import { resolve } from 'node:path';
import type { RowsProgress, RowsResult } from '@graphdriver/bench';
import type { Command } from 'commander';
import type { GlobalOptions } from '../composition.ts';
import { EXIT } from '../exit-code.ts';
import { endProgress, note, print, printJson, progress } from '../terminal.ts';

const EXAMPLES = `
Examples:
  $ graphdriver bench rows                                 all rows, in about twenty minutes
  $ graphdriver bench rows --only overlay2/life --only cli some of them, by id or by its beginning
  $ graphdriver bench rows --out rows.json                 keep all samples
  $ graphdriver bench rows --from rows.json --markdown     print what was measured before

Ctrl-C ends a run early and keeps what was measured. A missed target is no failure of the command: see --strict.`;

interface RowsCommandOptions extends GlobalOptions {
  readonly only: readonly string[];
  readonly on?: string;
  readonly out?: string;
  readonly from?: string;
  readonly archive?: string;
  readonly debian: boolean;
  readonly markdown?: boolean;
  readonly strict?: boolean;
}

/** `graphdriver bench rows`: the project's promises of speed and size, each measured beside what it is compared with. */
export function addBenchRowsCommand(bench: Command, signal: AbortSignal): void {
  bench
    .command('rows')
    .description('measure what this project promises of speed and size, and compare with the targets')
    .option('--only <id>', 'only this row, or all rows whose ids begin so; may be repeated', collect, [])
    .option('--on <dir>', 'work in this directory, best on ext4; the temporary folder unless given')
    .option('--archive <file>', 'the tar archive of a root file system to unpack; a Debian root is made unless given')
    .option('--no-debian', 'make no Debian root, for which a mirror is needed: generate files')
    .option('--out <file>', 'keep all samples in this file')
    .option('--from <file>', 'measure nothing and print this file')
    .option('--markdown', 'print the tables as Markdown')
    .option('--strict', 'exit with 1 where a target is missed')
    .addHelpText('after', EXAMPLES)
    .action(async (_options: object, command: Command) => {
      const options = command.optsWithGlobals<RowsCommandOptions>();
      await printRows(options.from === undefined ? await measure(options, signal) : await read(options.from), options);
    });
}

async function read(path: string): Promise<RowsResult> {
  const { readRows } = await import('@graphdriver/bench');
  return readRows(path);
}

async function measure(options: RowsCommandOptions, signal: AbortSignal): Promise<RowsResult> {
  const { runRows, writeRows } = await import('@graphdriver/bench');
  const [, program] = process.argv;
  const result = await runRows({
    only: options.only,
    debian: options.debian,
    signal,
    onProgress: showProgress,
    ...(options.on === undefined ? {} : { directory: resolve(options.on) }),
    ...(options.archive === undefined ? {} : { archive: resolve(options.archive) }),
    ...(program === undefined ? {} : { program: [process.execPath, program] }),
  });
  endProgress();
  if (options.out !== undefined) {
    await writeRows(options.out, result);
    note(`All samples are in ${options.out}.`);
  }
  if (!result.complete) process.exitCode = EXIT.interrupted;
  return result;
}

async function printRows(result: RowsResult, options: RowsCommandOptions): Promise<void> {
  const { judgeRows, renderRowNotes, renderRows, renderVerdict } = await import('@graphdriver/bench');
  if (options.json === true) printJson(result);
  else {
    const format = options.markdown === true ? 'markdown' : 'text';
    print([renderRows(result, format), renderRowNotes(result, format), renderVerdict(result)].join('\n'));
  }
  if (options.strict === true && judgeRows(result).some(({ verdict }) => verdict === 'missed')) {
    process.exitCode ??= EXIT.failed;
  }
}

function showProgress({ row, done, total, fraction }: RowsProgress): void {
  const percent = Math.round(((done + fraction) / total) * 100);
  progress(`${percent} %, row ${done + 1} of ${total}: ${row.id}`);
}

function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}
