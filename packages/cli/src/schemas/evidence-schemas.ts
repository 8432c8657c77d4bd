import { z } from 'zod';
import { operation } from './bench-schemas.ts';

/** A number that is infinite where nothing is known, which JSON writes as null. */
const number = z.number().nullable();

const ratio = {
  target: z.string(),
  operation,
  control: z.boolean().describe('Work on a plain directory: where it differs, the machines did.'),
  ratio: z.number().describe('After over before: 1.1 is 10 % slower.'),
  low: number,
  high: number,
  confidence: z.number(),
  p: z.number(),
  adjustedP: z.number().describe('With regard to the number of tests.'),
  unit: z.enum(['round', 'sample']).describe('What was taken as independent.'),
  observations: z.int(),
  slowerShare: z.number().describe('Share of the pairs in which the later one took longer.'),
  effectSize: number.describe('The difference in units of the spread between pairs.'),
  detectable: number.describe('The least ratio that such a comparison finds four times out of five.'),
  verdict: z.enum(['slower', 'faster', 'same', 'unclear']),
};

const run = z.object({
  startedAt: z.iso.datetime(),
  commit: z.string().nullable(),
  complete: z.boolean(),
  rounds: z.int(),
});

const comparison = z.object({
  before: run,
  after: run,
  margin: z.number(),
  environment: z.array(z.object({ what: z.string(), before: z.string(), after: z.string() })),
  operations: z.array(z.object({ ...ratio, workload: z.string(), cases: z.int() })),
  cases: z.array(z.object({ ...ratio, case: z.string(), before: z.number(), after: z.number() })),
  unmatched: z.array(z.object({ only: z.enum(['before', 'after']), target: z.string(), case: z.string() })),
  verdict: z.enum(['slower', 'faster', 'mixed', 'same', 'unclear']),
  notes: z.array(z.string()),
});

const term = z.enum(['size', 'layers', 'directories', 'merged', 'files', 'changed']);
const shape = z.partialRecord(term, z.number());
const bounded = { value: z.number(), low: z.number(), high: z.number() };

const model = z.object({
  target: z.string(),
  driver: z.string(),
  filesystem: z.string(),
  operation,
  cache: z.enum(['warm', 'cold']),
  constant: z.object(bounded),
  coefficients: z
    .array(z.object({ term, ...bounded }))
    .describe('Nanoseconds for a byte, a layer, a directory, a file.'),
  unknown: z.array(term),
  ranges: z.partialRecord(term, z.tuple([z.number(), z.number()])),
  unit: z.enum(['round', 'sample']),
  rounds: z.int(),
  residuals: z.array(
    z.object({
      case: z.string(),
      shape,
      measured: z.number(),
      fitted: z.number(),
      error: z.number(),
      unseenError: z.number().nullable(),
    }),
  ),
  misfit: z.object({ median: z.number(), most: z.number() }),
  fitness: z.enum(['good', 'fair', 'poor', 'untested']),
});

const answer = z.object({
  target: z.string(),
  driver: z.string(),
  filesystem: z.string(),
  operation,
  cache: z.enum(['warm', 'cold']),
  shape,
  cost: z
    .object({ ...bounded, modelLow: z.number(), modelHigh: z.number(), beyond: z.array(term) })
    .describe('Nanoseconds.'),
  limit: z
    .object({ term, limit: z.number(), value: number, low: number, high: number, measured: z.number() })
    .nullable(),
  sentences: z.array(z.string()),
  reservations: z.array(z.string()),
  model,
});

const examination = z.object({
  file: z.string(),
  format: z.enum(['graphdriver-bench', 'graphdriver-rows', 'graphdriver-picks']).nullable(),
  valid: z.boolean(),
  machine: z.string(),
  faults: z.array(z.string()),
  remarks: z.array(z.string()),
});

/** What the commands that make something of results print with `--json`. */
export const evidenceSchemas: Readonly<Record<string, z.ZodType>> = {
  'bench compare': comparison,
  'bench report': z.object({ page: z.string(), charts: z.int(), tables: z.int(), png: z.boolean() }),
  'bench self': z.object({
    comparison,
    leftOut: z.int(),
    tests: z.int(),
    called: z.int(),
    detectable: number,
  }),
  'bench validate': z.object({ files: z.array(examination) }),
  cost: z.object({ answers: z.array(answer) }),
};
