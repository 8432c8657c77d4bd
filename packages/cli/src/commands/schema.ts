import type { Command } from 'commander';
import { print, printJson } from '../terminal.ts';

const EXAMPLES = `
Examples:
  $ graphdriver schema                list the results that have a schema
  $ graphdriver schema drivers        the JSON Schema of \`graphdriver drivers --json\``;

/** `graphdriver schema`: JSON Schemas of what `--json` prints. */
export function addSchemaCommand(program: Command): void {
  program
    .command('schema')
    .description('print the JSON Schema of a result')
    .argument('[result]', 'the command whose result it describes, as in "layer list"')
    .addHelpText('after', EXAMPLES)
    .action(async (result: string | undefined) => {
      const [{ resultSchemas }, { z }] = await Promise.all([import('../result-schemas.ts'), import('zod')]);
      if (result === undefined) return print(Object.keys(resultSchemas).join('\n'));
      const schema = Object.entries(resultSchemas).find(([name]) => name === result)?.[1];
      if (schema === undefined) throw new TypeError(`There is no result ${result}; graphdriver schema lists them.`);
      printJson(z.toJSONSchema(schema));
    });
}
