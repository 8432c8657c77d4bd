import type { Command } from 'commander';
import { printJson } from '../terminal.ts';

const EXAMPLES = `
Examples:
  $ graphdriver bench schema > result.schema.json
  $ npx ajv-cli validate --spec=draft2020 --strict=false -s result.schema.json -d my-host.json

It is made of the rules by which \`graphdriver bench\` reads files; \`bench validate\` also finds contradictions between their parts.`;

/** `graphdriver bench schema`: the JSON Schema of result files. */
export function addBenchSchemaCommand(bench: Command): void {
  bench
    .command('schema')
    .description('print the JSON Schema of result files')
    .addHelpText('after', EXAMPLES)
    .action(async () => {
      const { resultSchema } = await import('@graphdriver/bench');
      printJson(resultSchema());
    });
}
