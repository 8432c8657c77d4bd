import { z } from 'zod';

const time = z.iso.datetime({ offset: true });

const image = z.object({
  id: z.string(),
  references: z.array(z.string()),
  created: z.string().nullable(),
  size: z.number().describe('Content bytes of the files in all its layers.'),
  layers: z.int(),
});

const namedImage = z.object({ id: z.string(), references: z.array(z.string()) });

const mount = z.object({
  source: z.string(),
  target: z.string(),
  readOnly: z.boolean(),
  volume: z.string().nullable(),
  anonymous: z.boolean(),
});

const spec = z.object({
  entrypoint: z.array(z.string()),
  command: z.array(z.string()),
  env: z.array(z.string()),
  cwd: z.string(),
  user: z.string(),
  hostname: z.string().nullable(),
  mounts: z.array(mount),
  network: z.enum(['none', 'host']),
  tty: z.boolean(),
  openStdin: z.boolean(),
  readOnly: z.boolean(),
  autoRemove: z.boolean(),
  stopSignal: z.string(),
  log: z.object({ maxSize: z.number().optional(), maxFiles: z.number().optional() }),
  runtime: z.enum(['crun', 'runc', 'chroot']).nullable(),
});

const state = z.object({
  status: z.enum(['created', 'running', 'exited']),
  pid: z.int().nullable(),
  pidStart: z.string().nullable(),
  boot: z.string().nullable(),
  exitCode: z.int().nullable().describe('Null until it has ended, and where nobody saw how.'),
  startedAt: time.nullable(),
  finishedAt: time.nullable(),
  error: z.string().nullable(),
});

const container = z.object({
  id: z.string(),
  name: z.string(),
  image: z.string().nullable(),
  imageName: z.string().nullable(),
  created: time,
  labels: z.record(z.string(), z.string()),
  volumes: z.array(z.string()),
  folder: z.string(),
  spec: spec.nullable(),
  state,
});

const total = z.object({ count: z.int(), active: z.int(), total: z.number(), reclaimable: z.number() });

const diskUsage = z.object({
  images: total,
  containers: total,
  volumes: total,
  buildCache: total,
  containerFolders: z.number(),
  metadata: z.number(),
  byImage: z.array(
    namedImage.extend({ total: z.number(), shared: z.number(), unique: z.number(), containers: z.int() }),
  ),
  byContainer: z.array(
    z.object({ id: z.string(), name: z.string(), writable: z.number(), shared: z.number(), folder: z.number() }),
  ),
  byVolume: z.array(z.object({ name: z.string(), total: z.number() })),
});

const volume = z.object({ name: z.string(), path: z.string(), anonymous: z.boolean(), createdAt: time });
const removedImage = z.object({ untagged: z.array(z.string()), deleted: z.string().nullable() });
const ended = z.array(z.object({ id: z.string(), exitCode: z.int().nullable() }));
const movedRoot = { root: z.string(), oldRoot: z.string(), driver: z.string() };
const endedMove = z.object({
  removed: z.string(),
  left: z.string().nullable().describe('What could not be removed, and why.'),
});
const ids = z.array(z.string());
const id = z.object({ id: z.string() });
const objects = z.object({ objects: z.array(z.looseObject({ kind: z.enum(['container', 'image']), id: z.string() })) });

/** What the commands for images, containers and volumes print with `--json`. */
export const storeSchemas: Readonly<Record<string, z.ZodType>> = {
  images: z.object({ images: z.array(image) }),
  history: z.object({
    image: z.string(),
    history: z.array(
      z.object({
        image: z.string().nullable().describe('Null for a step that was carried out elsewhere.'),
        created: z.string().nullable(),
        createdBy: z.string(),
        comment: z.string(),
        size: z.number(),
        layer: z.string().nullable().describe('The diff ID; null where the step changed no file.'),
      }),
    ),
  }),
  build: namedImage,
  import: namedImage,
  load: z.object({ images: z.array(namedImage) }),
  tag: namedImage,
  rmi: z.object({ removed: z.array(removedImage) }),
  'image inspect': objects,
  inspect: objects,
  'run --detach': id,
  create: id,
  start: z.object({ started: ids }),
  stop: z.object({ stopped: ended }),
  wait: z.object({ ended }),
  kill: z.object({ killed: ids }),
  ps: z.object({
    containers: z.array(container.extend({ size: z.number().optional(), virtualSize: z.number().optional() })),
  }),
  logs: z.object({
    entries: z.array(z.object({ log: z.string(), stream: z.enum(['stdout', 'stderr']), time })),
  }),
  rm: z.object({ removed: ids }),
  diff: z.object({
    id: z.string(),
    changes: z.array(z.object({ kind: z.enum(['add', 'modify', 'delete']), path: z.string() })),
  }),
  commit: namedImage,
  fork: id,
  'volume create': volume,
  'volume ls': z.object({ volumes: z.array(volume) }),
  'volume inspect': z.object({ volumes: z.array(volume.extend({ containers: ids })) }),
  'volume rm': z.object({ removed: ids }),
  'volume prune': z.object({ removed: ids }),
  df: diskUsage,
  'root move': z.object({ id: z.string(), ...movedRoot }),
  'root move --dry-run': z.object({
    dryRun: z.literal(true),
    ...movedRoot,
    isBegun: z.boolean(),
    layers: z.int(),
    images: z.int(),
    containers: z.int(),
    volumes: z.int(),
    bytes: z.number(),
    freeBytes: z.number(),
    fits: z.boolean(),
  }),
  'root move --remove-old': endedMove,
  'root move --abandon': endedMove,
  prune: z.object({
    containers: ids,
    images: z.array(removedImage),
    volumes: ids,
    buildSteps: z.int(),
    reclaimed: z.number(),
  }),
};
