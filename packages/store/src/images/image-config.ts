import { z } from 'zod';
import { type Digest, isDigest } from '../identity/digest.ts';
import { StoreError } from '../store-error.ts';

/** What a container of the image is started with. Fields that this store does not know are kept. */
export interface ContainerConfig {
  readonly User?: string | null | undefined;
  readonly ExposedPorts?: Readonly<Record<string, object>> | null | undefined;
  readonly Env?: readonly string[] | null | undefined;
  readonly Entrypoint?: readonly string[] | null | undefined;
  readonly Cmd?: readonly string[] | null | undefined;
  readonly Volumes?: Readonly<Record<string, object>> | null | undefined;
  readonly WorkingDir?: string | null | undefined;
  readonly Labels?: Readonly<Record<string, string>> | null | undefined;
  readonly StopSignal?: string | null | undefined;
  readonly Shell?: readonly string[] | null | undefined;
  readonly [unknown: string]: unknown;
}

/** A step by which the image was made. */
export interface HistoryEntry {
  readonly created?: string | null | undefined;
  readonly created_by?: string | undefined;
  readonly author?: string | undefined;
  readonly comment?: string | undefined;
  /** The step changed no file, so that no layer belongs to it. */
  readonly empty_layer?: boolean | undefined;
  readonly [unknown: string]: unknown;
}

/** The OCI image configuration. Its digest is the image's id, so that it is always kept as the bytes it came in. */
export interface ImageConfig {
  readonly created?: string | null | undefined;
  readonly author?: string | undefined;
  readonly architecture: string;
  readonly os: string;
  readonly variant?: string | undefined;
  readonly config?: ContainerConfig | null | undefined;
  readonly rootfs: { readonly type: 'layers'; readonly diff_ids: readonly Digest[] };
  readonly history?: readonly HistoryEntry[] | null | undefined;
  readonly [unknown: string]: unknown;
}

const strings = z.array(z.string()).nullish();
const set = byName(z.looseObject({})).nullish();

const containerConfig: z.ZodType<ContainerConfig> = z.looseObject({
  User: z.string().nullish(),
  ExposedPorts: set,
  Env: strings,
  Entrypoint: strings,
  Cmd: strings,
  Volumes: set,
  WorkingDir: z.string().nullish(),
  Labels: byName(z.string()).nullish(),
  StopSignal: z.string().nullish(),
  Shell: strings,
});

const historyEntry: z.ZodType<HistoryEntry> = z.looseObject({
  created: z.string().nullish(),
  created_by: z.string().optional(),
  author: z.string().optional(),
  comment: z.string().optional(),
  empty_layer: z.boolean().optional(),
});

const imageConfig: z.ZodType<ImageConfig> = z.looseObject({
  created: z.string().nullish(),
  author: z.string().optional(),
  architecture: z.string(),
  os: z.string(),
  variant: z.string().optional(),
  config: containerConfig.nullish(),
  rootfs: z.looseObject({ type: z.literal('layers'), diff_ids: z.array(z.custom<Digest>(isDigest)) }),
  history: z.array(historyEntry).nullish(),
});

/**
 * Reads an image configuration.
 *
 * @throws {StoreError} `INVALID_IMAGE` for what is not JSON or not a configuration, or has more history of layers than layers
 */
export function parseImageConfig(bytes: Uint8Array | string): ImageConfig {
  const config = parseJson(bytes, imageConfig, 'image configuration');
  const steps = config.history?.filter((step) => step.empty_layer !== true).length ?? 0;
  const layers = config.rootfs.diff_ids.length;
  if (steps > 0 && steps !== layers) {
    throw new StoreError('INVALID_IMAGE', `The image's history tells of ${steps} layers, and it has ${layers}.`);
  }
  return config;
}

/** The bytes of a configuration that was made here: the same configuration always gives the same. */
export function serializeImageConfig(config: ImageConfig): Buffer {
  return Buffer.from(JSON.stringify(config));
}

/** Reads JSON of a known shape. `what` names it. @throws {StoreError} `INVALID_IMAGE` */
export function parseJson<T>(bytes: Uint8Array | string, schema: z.ZodType<T>, what: string): T {
  let value: unknown;
  try {
    value = JSON.parse(typeof bytes === 'string' ? bytes : new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    throw new StoreError('INVALID_IMAGE', `The ${what} is not JSON.`, { cause: error });
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const where = issue === undefined || issue.path.length === 0 ? '' : ` at ${issue.path.map(String).join('.')}`;
  throw new StoreError('INVALID_IMAGE', `The ${what} is not one${where}: ${issue?.message ?? 'it is malformed'}.`, {
    cause: result.error,
  });
}

/** An object with names of any kind. What is called `__proto__` is lost by zod's own record. */
function byName<T>(entry: z.ZodType<T>): z.ZodType<Readonly<Record<string, T>>> {
  return z.custom<Readonly<Record<string, T>>>().superRefine((value: unknown, context) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      context.addIssue({ code: 'custom', message: 'it is no object' });
      return;
    }
    for (const [name, one] of Object.entries(value)) {
      const issues = entry.safeParse(one).error?.issues ?? [];
      for (const { path, message } of issues) context.addIssue({ code: 'custom', path: [name, ...path], message });
    }
  });
}
