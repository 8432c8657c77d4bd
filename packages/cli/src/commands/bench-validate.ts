import type { FileExamination } from '@graphdriver/bench';
import type { Command } from 'commander';
import type { GlobalOptions } from '../composition.ts';
import { EXIT } from '../exit-code.ts';
import { paint, print, printJson } from '../terminal.ts';

const EXAMPLES = `
Examples:
  $ graphdriver bench validate my-host.json
  $ graphdriver bench validate docs/benchmarks/results/*.json

It ends with 1 where a file has a fault. Remarks say what makes a result worth less, and are no faults.`;

/** `graphdriver bench validate`: whether result files are what they should be. */
export function addBenchValidateCommand(bench: Command): void {
  bench
    .command('validate')
    .description('look whether result files are whole and free of contradictions')
    .argument('<file...>', 'what `bench run`, `bench rows` or `bench picks` wrote with --out')
    .addHelpText('after', EXAMPLES)
    .action(async (files: readonly string[], _options: object, command: Command) => {
      const { validateFile } = await import('@graphdriver/bench');
      const found: FileExamination[] = [];
      for (const file of files) found.push(await validateFile(file));
      if (command.optsWithGlobals<GlobalOptions>().json === true) printJson({ files: found });
      else print(found.map(paragraph).join('\n'));
      if (found.some(({ valid }) => !valid)) process.exitCode = EXIT.failed;
    });
}

function paragraph({ file, valid, machine, faults, remarks }: FileExamination): string {
  const lines = [
    `${paint('bold', file)}: ${valid ? paint('green', 'valid') : paint('red', 'not valid')}`,
    ...(machine === '' ? [] : [`  Measured on ${machine}.`]),
    ...faults.map((fault) => `  ${paint('red', 'Fault:')} ${fault}`),
    ...remarks.map((remark) => `  ${paint('yellow', 'Remark:')} ${remark}`),
  ];
  return lines.join('\n');
}
