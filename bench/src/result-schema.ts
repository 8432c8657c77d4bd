import { picksRule } from './picks/picks-shape.ts';
import { resultRule } from './result-shape.ts';
import { rowsRule } from './rows/rows-shape.ts';
import { type JsonSchema, variants } from './shape-rules.ts';

/** Where the schema is published. Result files may name it as their `$schema`. */
const PUBLISHED_AT =
  'https://raw.githubusercontent.com/graphdriver/graphdriver/main/docs/benchmarks/result.schema.json';

/**
 * The JSON Schema (draft 2020-12) of what `bench run`, `bench self`, `bench rows` and `bench picks` write, told apart by `format`.
 *
 * It is made of the rules by which files are read, and so demands what the reader demands of each field. What it cannot say is what one
 * part of a file says of another: that samples belong to cases and targets that are there, and that cases are called what they are.
 * Of results it describes the present version; the reader brings older ones up to it.
 */
export function resultSchema(): JsonSchema {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: PUBLISHED_AT,
    title: 'Benchmark results of graphdriver',
    description: 'All samples, and what they were taken on. Times are in nanoseconds and sizes in bytes.',
    ...variants('format', {
      'graphdriver-bench': resultRule,
      'graphdriver-rows': rowsRule,
      'graphdriver-picks': picksRule,
    }).schema,
  };
}

/** The schema as the text of its file. */
export function formatSchema(): string {
  return `${JSON.stringify(resultSchema(), undefined, 2)}\n`;
}
