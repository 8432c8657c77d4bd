import type { BenchResult, Operation, RowsResult } from '@graphdriver/bench';
import { z } from 'zod';
import { capabilities } from './capabilities-schema.ts';

const count = z.int().nonnegative();
const nanoseconds = count.describe('Nanoseconds.');

/** The operations that are timed. */
export const operation: z.ZodType<Operation> = z.enum([
  'plain',
  'first',
  'second',
  'create',
  'get',
  'put',
  'remove',
  'apply',
  'changes',
  'diff',
]);

const environment = z.object({
  kernel: z.string(),
  architecture: z.string(),
  overlayParameters: z.record(z.string(), z.string()),
  cpu: z.object({ model: z.string(), count, governor: z.string().nullable() }),
  memory: z.object({ total: count.describe('Bytes.'), free: count.describe('Bytes.') }),
  load: z.array(z.number()).describe('Means over 1, 5 and 15 minutes, when the run began.'),
  node: z.string(),
  packages: z.record(z.string(), z.string()),
  commit: z.string().nullable().describe('A + at its end says that the working copy had been changed.'),
});

const filesystem = z.object({
  name: z.string(),
  source: z.string().nullable(),
  mountOptions: z.array(z.string()),
  free: z.number().describe('Bytes.'),
});

const copyUpCase = z.object({
  workload: z.literal('copy_up'),
  size: count.describe('Bytes of the file.'),
  layers: count.describe('Committed layers; the file is in the bottom one.'),
  directories: count.describe('Directories above the file.'),
  placement: z.enum(['home', 'every']).describe('Which layers have the directories: the bottom one, or all.'),
  cache: z.enum(['warm', 'cold']),
});
const image = { files: count, fileSize: count.describe('Bytes of each file.') };
const lifecycleCase = z.object({ workload: z.literal('lifecycle'), ...image });
const applyCase = z.object({ workload: z.literal('apply'), ...image });
const differenceCase = z.object({ workload: z.literal('difference'), ...image, changed: count });
const whereCase = z.object({ workload: z.literal('where'), ...image });
const benchCase = z.discriminatedUnion('workload', [copyUpCase, lifecycleCase, applyCase, differenceCase, whereCase]);

/** The file that `bench run --out` writes. The compiler sees to it that it is the one that the library reads. */
const benchResult: z.ZodType<BenchResult> = z
  .object({
    format: z.literal('graphdriver-bench'),
    version: z.literal(2),
    startedAt: z.iso.datetime(),
    endedAt: z.iso.datetime(),
    complete: z.boolean().describe('False where the run was ended early.'),
    seed: count,
    rounds: count,
    environment,
    targets: z.array(
      z.object({
        label: z.string(),
        driver: z.string(),
        settings: z.record(z.string(), z.string()),
        volatile: z.boolean(),
        capabilities: capabilities.nullable().describe('null where the driver does not work there.'),
        filesystem,
      }),
    ),
    cases: z.record(z.string(), benchCase).describe('By id, which says what the case is.'),
    order: z.array(z.object({ round: count, target: z.string() })).describe('The processes in their order.'),
    samples: z.array(
      z.object({
        target: z.string(),
        case: z.string(),
        operation,
        round: count,
        index: count.describe('From 0 within round, case and operation.'),
        nanoseconds,
        bytes: count.exactOptional().describe('What the container then took on the disk.'),
        reported: count.exactOptional().describe('What a second clock says, in nanoseconds.'),
      }),
    ),
    skips: z.array(z.object({ target: z.string(), case: z.string(), reason: z.string() })),
  })
  .meta({
    title: 'Result of graphdriver bench run',
    description: 'All samples, and what they were taken on.',
  });

/** The file that `bench rows --out` writes. */
const rowsResult: z.ZodType<RowsResult> = z
  .object({
    format: z.literal('graphdriver-rows'),
    version: z.literal(1),
    startedAt: z.iso.datetime(),
    endedAt: z.iso.datetime(),
    complete: z.boolean(),
    seed: count,
    environment,
    filesystem,
    rows: z.array(
      z.object({
        id: z.string(),
        title: z.string(),
        unit: z.enum(['times', 'nanoseconds', 'bytes']),
        target: z.number().nullable().describe('What the value should be at most; null for information.'),
        ours: z.string(),
        theirs: z.string().nullable().describe('null where the row has no reference.'),
        why: z.string(),
        facts: z.array(z.string()),
      }),
    ),
    samples: z.array(z.object({ row: z.string(), side: z.enum(['ours', 'theirs']), pair: count, value: z.number() })),
    skips: z.array(z.object({ row: z.string(), reason: z.string() })),
  })
  .meta({ title: 'Result of graphdriver bench rows' });

const planned = { samples: count.describe('To be taken in each round.') };
const plannedCase = z.discriminatedUnion('workload', [
  copyUpCase.extend(planned),
  lifecycleCase.extend(planned),
  applyCase.extend(planned),
  differenceCase.extend(planned),
  whereCase.extend(planned),
]);

const plan = z.object({
  milliseconds: z.number(),
  targets: z.array(
    z.object({
      label: z.string(),
      milliseconds: z.number(),
      cases: z.array(plannedCase),
      skips: z.array(z.object({ case: z.string(), reason: z.string() })),
    }),
  ),
});

/** What the commands that measure print with `--json`, and write with `--out`. */
export const benchSchemas: Readonly<Record<string, z.ZodType>> = {
  'bench run': benchResult,
  'bench run --plan': plan,
  'bench show': benchResult,
  'bench rows': rowsResult,
};
