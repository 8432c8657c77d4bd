import type { PicksResult } from '@graphdriver/bench';
import { z } from 'zod';
import { environment, filesystem } from './bench-schemas.ts';

const count = z.int().nonnegative();
const nanoseconds = z.number().describe('Nanoseconds.');
const writes = z.array(z.object({ count, size: count, directories: count }));
const named = { workload: z.string(), driver: z.string() };

/** The file that `bench picks --out` writes. The compiler sees to it that it is the one that the library reads. */
const picksResult: z.ZodType<PicksResult> = z
  .object({
    format: z.literal('graphdriver-picks'),
    version: z.literal(1),
    startedAt: z.iso.datetime(),
    endedAt: z.iso.datetime(),
    complete: z.boolean().describe('False where the run was ended early.'),
    seed: count,
    rounds: count,
    environment,
    filesystem,
    workloads: z
      .array(
        z.object({
          name: z.string(),
          summary: z.string(),
          image: z.object({ files: count, size: count, layers: count }),
          containers: count,
          firstWrites: writes,
          laterWrites: writes,
          needs: z.array(z.enum(['rename-lower-directories', 'hard-links', 'open-files', 'stable-inodes', 'quota'])),
        }),
      )
      .describe('As they were done.'),
    drivers: z.array(z.string()),
    predictions: z.array(
      z.object({
        by: z.enum(['published', 'measured']),
        ...named,
        target: z.string(),
        total: nanoseconds,
        low: nanoseconds,
        high: nanoseconds,
      }),
    ),
    runs: z.array(
      z.object({
        ...named,
        round: count,
        parts: z
          .object({ create: count, get: count, first: count, second: count, put: count, remove: count })
          .describe('Nanoseconds of all operations of a kind.'),
      }),
    ),
    skips: z.array(z.object({ ...named, reason: z.string() })),
  })
  .meta({ title: 'Result of graphdriver bench picks' });

/** What `bench picks` prints with `--json`, and writes with `--out`. */
export const picksSchemas: Readonly<Record<string, z.ZodType>> = { 'bench picks': picksResult };
