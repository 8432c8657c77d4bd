import type { BenchResult, Environment, FilesystemFacts, Operation, RowsResult } from '@graphdriver/bench';
import { z } from 'zod';
import { measuredCapabilities } from './capabilities-schema.ts';

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
  'idle',
  'truncate',
  'unlink',
  'start',
  'start_all',
  'put_all',
  'remove_all',
  'sync',
]);

/** The machine that something was measured on. */
export const environment: z.ZodType<Environment> = z.object({
  kernel: z.string(),
  architecture: z.string(),
  overlayParameters: z.record(z.string(), z.string()),
  cpu: z.object({
    model: z.string(),
    count,
    governor: z.string().nullable(),
    idle: z.string().nullable().exactOptional().describe('What an idle processor does, as in haltpoll, 200000 ns.'),
  }),
  memory: z.object({ total: count.describe('Bytes.'), free: count.describe('Bytes.') }),
  load: z.array(z.number()).describe('Means over 1, 5 and 15 minutes, when the run began.'),
  node: z.string(),
  packages: z.record(z.string(), z.string()),
  tools: z.record(z.string(), z.string()).exactOptional().describe('Versions of the programs that worked in mounts.'),
  commit: z.string().nullable().describe('A + at its end says that the working copy had been changed.'),
});

/** The file system that something was measured on. */
export const filesystem: z.ZodType<FilesystemFacts> = z.object({
  name: z.string(),
  source: z.string().nullable(),
  mountOptions: z.array(z.string()),
  free: z.number().describe('Bytes.'),
});

const place = {
  size: count.describe('Bytes of the file.'),
  layers: count.describe('Committed layers; the file is in the bottom one.'),
  directories: count.describe('Directories above the file.'),
};
const copyUpCase = z.object({
  workload: z.literal('copy_up'),
  ...place,
  placement: z.enum(['home', 'every']).describe('Which layers have the directories: the bottom one, or all.'),
  cache: z.enum(['warm', 'cold']),
});
const touchCase = z.object({
  workload: z.literal('touch'),
  touch: z
    .enum(['append', 'middle', 'truncate', 'empty', 'open', 'chmod', 'chown', 'rename', 'link', 'utimens', 'setxattr'])
    .describe('What is done to the file.'),
  ...place,
});
const sparseCase = z.object({ workload: z.literal('sparse'), ...place });
const concurrencyCase = z.object({
  workload: z.literal('concurrency'),
  writers: count.describe('Files that are appended to at once.'),
  ...place,
});
const image = { files: count, fileSize: count.describe('Bytes of each file.') };
const lifecycleCase = z.object({ workload: z.literal('lifecycle'), ...image });
const applyCase = z.object({ workload: z.literal('apply'), ...image });
const differenceCase = z.object({ workload: z.literal('difference'), ...image, changed: count });
const whereCase = z.object({ workload: z.literal('where'), ...image });
const spaceCase = z.object({ workload: z.literal('space'), ...image, append: count.describe('Bytes.') });
const insideCase = z.object({
  workload: z.literal('inside'),
  work: z.enum(['find', 'tar', 'cp', 'rm', 'chown', 'install', 'compile', 'checkout', 'sqlite']),
  amount: count.describe('Files of the tree, sources, or transactions.'),
});
const manyCase = z.object({
  workload: z.literal('many'),
  containers: count,
  atOnce: count.describe('How many were started, unmounted and removed at any moment.'),
});
const chainCase = z.object({
  workload: z.literal('chain'),
  layers: count,
  written: count.describe('Bytes that the container writes before it is unmounted.'),
});
const benchCase = z.discriminatedUnion('workload', [
  copyUpCase,
  touchCase,
  sparseCase,
  concurrencyCase,
  lifecycleCase,
  applyCase,
  differenceCase,
  whereCase,
  spaceCase,
  insideCase,
  manyCase,
  chainCase,
]);

/** The file that `bench run --out` writes. The compiler sees to it that it is the one that the library reads. */
const benchResult: z.ZodType<BenchResult> = z
  .object({
    $schema: z.string().exactOptional(),
    format: z.literal('graphdriver-bench'),
    version: z.literal(2),
    startedAt: z.iso.datetime(),
    endedAt: z.iso.datetime(),
    complete: z.boolean().describe('False where the run was ended early.'),
    seed: count,
    rounds: count,
    configuration: z.object({ budget: count, patience: count, mostSamples: count, timeout: count }).exactOptional(),
    environment,
    continued: z
      .array(
        z.object({
          startedAt: z.iso.datetime(),
          differences: z.array(z.object({ what: z.string(), before: z.string(), after: z.string() })),
        }),
      )
      .exactOptional(),
    targets: z.array(
      z.object({
        label: z.string(),
        driver: z.string(),
        settings: z.record(z.string(), z.string()),
        volatile: z.boolean(),
        capabilities: measuredCapabilities.nullable().describe('null where the driver does not work there.'),
        filesystem,
        reflinks: z.boolean().nullable().exactOptional().describe('Copies of files share their blocks there.'),
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
        allocated: z.int().exactOptional().describe('Bytes in use beyond those before the first step.'),
        deviceBytes: count.exactOptional().describe('Bytes written to the device by the step and the sync after it.'),
        reported: count.exactOptional().describe('What a second clock says, in nanoseconds.'),
      }),
    ),
    skips: z.array(
      z.object({ target: z.string(), case: z.string(), reason: z.string(), round: count.exactOptional() }),
    ),
  })
  .meta({
    title: 'Result of graphdriver bench run',
    description: 'All samples, and what they were taken on.',
  });

/** The file that `bench rows --out` writes. */
const rowsResult: z.ZodType<RowsResult> = z
  .object({
    $schema: z.string().exactOptional(),
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
  touchCase.extend(planned),
  sparseCase.extend(planned),
  concurrencyCase.extend(planned),
  lifecycleCase.extend(planned),
  applyCase.extend(planned),
  differenceCase.extend(planned),
  whereCase.extend(planned),
  insideCase.extend(planned),
  manyCase.extend(planned),
  chainCase.extend(planned),
  spaceCase.extend(planned),
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
