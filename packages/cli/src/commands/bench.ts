import type { Command } from 'commander';
import { addBenchCompareCommand } from './bench-compare.ts';
import { addBenchPicksCommand } from './bench-picks.ts';
import { addBenchReportCommand } from './bench-report.ts';
import { addBenchRowsCommand } from './bench-rows.ts';
import { addBenchRunCommand } from './bench-run.ts';
import { addBenchSchemaCommand } from './bench-schema.ts';
import { addBenchSelfCommand } from './bench-self.ts';
import { addBenchShowCommand } from './bench-show.ts';
import { addBenchValidateCommand } from './bench-validate.ts';

const EXAMPLES = `
Examples:
  $ graphdriver bench run                          every driver on every file system that can be made here, in three minutes
  $ graphdriver bench run --full --out full.json   the whole grid, in half an hour
  $ graphdriver bench show full.json               the tables of what was measured before
  $ graphdriver bench report full.json --out dir   a page with charts of it
  $ graphdriver bench compare old.json new.json    what has become slower or faster, and how surely
  $ graphdriver bench rows                         what is promised of speed and size
  $ graphdriver bench picks                        whether \`pick --workload\` picks right

Numbers mean little on a machine that does something else meanwhile.`;

/** `graphdriver bench`: what a first write costs, what the drivers' calls cost, and what is made of results. */
export function addBenchCommand(program: Command, signal: AbortSignal): void {
  const bench = program.command('bench').description('measure drivers').addHelpText('after', EXAMPLES);
  addBenchRunCommand(bench, signal);
  addBenchShowCommand(bench);
  addBenchReportCommand(bench, signal);
  addBenchCompareCommand(bench);
  addBenchSelfCommand(bench, signal);
  addBenchRowsCommand(bench, signal);
  addBenchPicksCommand(bench, signal);
  addBenchValidateCommand(bench);
  addBenchSchemaCommand(bench);
}
