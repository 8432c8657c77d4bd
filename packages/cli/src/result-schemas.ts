import { z } from 'zod';
import { benchSchemas } from './schemas/bench-schemas.ts';
import { capabilities } from './schemas/capabilities-schema.ts';
import { evidenceSchemas } from './schemas/evidence-schemas.ts';
import { picksSchemas } from './schemas/picks-schemas.ts';
import { storeSchemas } from './schemas/store-schemas.ts';
import { pickedByWorkload, workload } from './schemas/workload-schemas.ts';

const report = z.object({
  driver: z.string(),
  usable: z.boolean(),
  checks: z.array(
    z.object({
      check: z.string(),
      passed: z.boolean(),
      required: z.boolean(),
      why: z.string(),
      remedy: z.string().optional(),
    }),
  ),
  filesystem: z.string(),
  priorState: z.boolean(),
  capabilities: capabilities.nullable(),
});

const picked = z.object({
  driver: z.string(),
  rule: z.enum(['requested', 'prior-state', 'first-usable', 'full-copy-allowed']),
  reason: z.string(),
  reports: z.array(report),
});

const layer = z.object({
  id: z.string(),
  parent: z.string().nullable(),
  kind: z.enum(['writable', 'committed']),
  createdAt: z.iso.datetime(),
  labels: z.record(z.string(), z.string()),
});

const mountPlan = z.object({
  sharing: z.enum(['portable', 'live']),
  mounts: z.array(z.object({ type: z.string(), source: z.string(), options: z.array(z.string()) })),
});

const doctor = z.object({
  root: z.string(),
  usable: z.array(z.string()).describe('The drivers that work here.'),
  counts: z.object({ fine: z.int(), advice: z.int(), problem: z.int() }),
  findings: z.array(
    z.object({
      group: z.enum(['kernel', 'filesystem', 'drivers', 'tools', 'leftovers']),
      check: z.string(),
      severity: z.enum(['fine', 'advice', 'problem']),
      sentence: z.string(),
      remedy: z.string().nullable(),
      drivers: z.array(z.string()).describe('The drivers that it concerns; empty where it concerns all, or none.'),
    }),
  ),
});

const conformance = z.object({
  driver: z.string(),
  filesystem: z.string(),
  mountWith: z.string(),
  settings: z.record(z.string(), z.string()).optional(),
  capabilities,
  startedAt: z.iso.datetime(),
  seed: z.number(),
  results: z.array(
    z.object({
      id: z.string(),
      title: z.string(),
      outcome: z.enum(['passed', 'failed', 'skipped', 'deviates']),
      duration: z.number(),
      reason: z.string().optional(),
    }),
  ),
});

const layerTrace = z.object({
  id: z.string(),
  target: z.string(),
  counters: z.object({
    lookupsByLayer: z.array(z.int()).describe('Names that were found, by layer: the first is the lowest.'),
    absent: z.int(),
    known: z.int(),
    directoriesRead: z.int(),
    branchesRead: z.int(),
    copyUps: z.int(),
    copiedBytes: z.number(),
    whiteouts: z.int(),
    nodes: z.int(),
  }),
  requests: z.record(
    z.string(),
    z.object({ count: z.int(), failures: z.int(), time: z.number(), longest: z.number() }).describe('Milliseconds.'),
  ),
  copyUps: z.array(
    z.object({
      at: z.number(),
      path: z.string(),
      size: z.number(),
      layer: z.int(),
      manner: z.enum(['cloned', 'copied', 'no-content']),
      search: z.number(),
      copy: z.number(),
      metadata: z.number(),
    }),
  ),
});

/** What each command prints with `--json`, by the words of the command. */
export const resultSchemas: Readonly<Record<string, z.ZodType>> = {
  drivers: z.object({ root: z.string(), drivers: z.array(report) }),
  'drivers --settings': z.object({
    settings: z.array(
      z.object({ driver: z.string(), key: z.string(), values: z.array(z.string()).nullable(), summary: z.string() }),
    ),
  }),
  pick: picked,
  'pick --workload': picked.extend({ evidence: pickedByWorkload }),
  'pick --measure': picked.extend({ workloads: z.array(pickedByWorkload) }),
  workload,
  doctor,
  conformance: z.object({ reports: z.array(conformance) }),
  'layer create': layer,
  'layer apply': z.object({ id: z.string(), size: z.number() }),
  'layer commit': layer,
  'layer mount': z.object({ id: z.string(), path: z.string(), readOnly: z.boolean(), holder: z.string().nullable() }),
  'layer unmount': z.object({ id: z.string(), holder: z.string() }),
  'layer changes': z.object({
    id: z.string(),
    changes: z.array(z.object({ kind: z.enum(['add', 'modify', 'delete']), path: z.string() })),
  }),
  'layer list': z.object({ driver: z.string(), root: z.string(), layers: z.array(layer) }),
  'layer show': layer.extend({
    driver: z.string(),
    usage: z.object({ allocated: z.number(), apparent: z.number(), inodes: z.number() }),
    reclaimable: z.number(),
    holders: z.array(z.object({ name: z.string().nullable(), pid: z.number().nullable(), live: z.boolean() })),
    metadata: z.record(z.string(), z.string()),
    mount: mountPlan.nullable(),
  }),
  'layer trace': layerTrace,
  'layer remove': z.object({ removed: z.array(z.string()) }),
  ...storeSchemas,
  ...benchSchemas,
  ...evidenceSchemas,
  ...picksSchemas,
  error: z.object({
    error: z.object({ code: z.string().optional(), message: z.string(), hint: z.string().optional() }),
  }),
};
