import { z } from 'zod';

const count = z.int().min(0).max(1e12);
const positive = z.int().min(1).max(1e12);

const writes = z
  .array(
    z.strictObject({
      count: positive,
      size: count.describe('Bytes of the file that is written to.'),
      directories: count.describe('Above the file.'),
    }),
  )
  .max(1000);

const line = z.string().max(1000);

/** A file for `pick --workload`. */
export const workload: z.ZodObject = z.strictObject({
  name: line,
  summary: line,
  image: z.strictObject({
    files: positive,
    size: count.describe('Bytes of all files together.'),
    layers: positive,
  }),
  containers: positive.describe('Each of them is created, mounted, unmounted and removed.'),
  firstWrites: writes.describe('By each container, to files of the image, to each of them once.'),
  laterWrites: writes.describe('By each container, to files that it has written to before.'),
  needs: z.array(z.enum(['rename-lower-directories', 'hard-links', 'open-files', 'stable-inodes', 'quota'])).max(5),
});

const term = z.enum(['size', 'layers', 'directories', 'merged', 'files', 'changed']);
const nanoseconds = z.number().describe('Nanoseconds.');

const part = z.object({
  operation: z.enum(['create', 'get', 'first', 'second', 'put', 'remove']),
  count: z.int(),
  shape: z.partialRecord(term, z.number()),
  each: nanoseconds,
  total: nanoseconds,
  fitness: z.enum(['good', 'fair', 'poor', 'untested']),
  beyond: z.array(term).describe('Terms in which the shape is outside of what was measured.'),
});

/** What `pick --workload --json` prints of the evidence. */
export const pickedByWorkload: z.ZodObject = z.object({
  workload,
  source: z.object({
    origin: z.enum(['published', 'file', 'measured']),
    measuredAt: z.iso.datetime(),
    machine: z.string(),
    commit: z.string().nullable(),
  }),
  driver: z.string(),
  cheapest: z.string().nullable(),
  agrees: z.boolean().nullable().describe('With the rules.'),
  verdict: z.string(),
  costs: z.array(
    z.object({
      target: z.string(),
      driver: z.string(),
      filesystem: z.string(),
      parts: z.array(part),
      total: nanoseconds,
      low: nanoseconds,
      high: nanoseconds,
      here: z.boolean().describe('Measured on the file system that the root is on.'),
      unmet: z.array(z.object({ need: z.string(), sentence: z.string() })),
    }),
  ),
  unmeasured: z.array(z.string()),
  changes: z.array(z.string()),
});
