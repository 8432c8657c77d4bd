import { join } from 'node:path';
import type { PngRenderer } from '@graphdriver/bench';
import type { Command } from 'commander';
import type { GlobalOptions } from '../composition.ts';
import { endProgress, note, print, printJson, progress } from '../terminal.ts';

const EXAMPLES = `
Examples:
  $ graphdriver bench report full.json --out report                  report/index.html, its charts and its tables
  $ graphdriver bench report full.json rows.json --out report        with the rows
  $ graphdriver bench report old.json new.json --out report          both runs, and what has changed between them
  $ graphdriver bench report full.json --out report --no-png         SVG alone: faster, and needs no fonts

The page needs no network and no server: send it, or open it as a file. Grids of one machine become one run where a later
file has other targets or finishes what an earlier one has not; else they are runs to be compared.
An earlier report in the directory is replaced as a whole; a directory with anything else in it is left alone.`;

interface ReportOptions extends GlobalOptions {
  readonly out: string;
  readonly png: boolean;
}

/** `graphdriver bench report`: a page of results with charts and tables, and these as files. */
export function addBenchReportCommand(bench: Command, signal: AbortSignal): void {
  bench
    .command('report')
    .description('make a page of results, with its charts as SVG and PNG and its tables as Markdown and CSV')
    .argument('<file...>', 'what `bench run --out`, `bench self --out` or `bench rows --out` wrote')
    .requiredOption('--out <dir>', 'where: a directory that does not exist, is empty, or has an earlier report')
    .option('--no-png', 'leave the PNG files out')
    .addHelpText('after', EXAMPLES)
    .action(async (files: readonly string[], _options: object, command: Command) => {
      await report(files, command.optsWithGlobals<ReportOptions>(), signal);
    });
}

async function report(files: readonly string[], options: ReportOptions, signal: AbortSignal): Promise<void> {
  const { makeReport, readReportSources, writeReport } = await import('@graphdriver/bench');
  const sources = await readReportSources(files);
  const png = options.png ? await rendererOrNote() : undefined;
  progress('Fitting and resampling.');
  const made = makeReport(sources);
  const onProgress = (done: number, all: number): void => progress(`chart ${done} of ${all}`);
  try {
    await writeReport(options.out, made, { signal, onProgress, ...(png === undefined ? {} : { png }) });
  } finally {
    endProgress();
  }
  const page = join(options.out, 'index.html');
  const counts = { charts: made.charts.length, tables: Object.keys(made.tables).length / 2 };
  if (options.json === true) printJson({ page, ...counts, png: png !== undefined });
  else print(`${page}, with ${counts.charts} charts and ${counts.tables} tables beside it.`);
}

/** PNG files are worth a note and not a failure: all that they show is in the SVG files. */
async function rendererOrNote(): Promise<PngRenderer | undefined> {
  const { pngRenderer } = await import('@graphdriver/bench');
  const { isStorageError } = await import('@graphdriver/core');
  try {
    return await pngRenderer();
  } catch (error) {
    if (!isStorageError(error, 'PREREQUISITE_MISSING')) throw error;
    note(`No PNG files: ${error.message} ${error.hint ?? ''}`.trim());
    return undefined;
  }
}
