import type { MeasuredCapabilities } from '@graphdriver/bench';
import type { Capabilities } from '@graphdriver/core';
import { z } from 'zod';

const shape = z.object({
  copyOnWrite: z.enum(['file', 'block', 'none']),
  maxDepth: z.number().nullable(),
  nativeDiff: z.boolean(),
  quota: z.enum(['difference', 'view']).nullable(),
  idMap: z.enum(['mount', 'chown', 'none']),
  forks: z.boolean(),
  mountLabel: z.boolean(),
  timestampGranularity: z.number(),
  renameLowerDirectory: z.boolean(),
  stableInodes: z.boolean(),
  keepsHardLinks: z.boolean(),
  sharesOpenFiles: z.boolean(),
  readOnlyViews: z.boolean(),
  volatile: z.boolean(),
  portableMounts: z.boolean(),
  sharedRoot: z.boolean(),
  persistent: z.boolean(),
});

/** What a driver says that it can do. */
export const capabilities: z.ZodType<Capabilities> = shape;

/** The same in a result, which may be from before there were forks. */
export const measuredCapabilities: z.ZodType<MeasuredCapabilities> = shape.extend({
  forks: z.boolean().exactOptional(),
});
