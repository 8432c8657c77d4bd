import { refuseUnknownKeys } from '@graphdriver/core';
import { isErrno, toStorageError } from '@graphdriver/host';
import type { Digest } from '../identity/digest.ts';
import { familiarReference, parseReference } from '../reference.ts';
import { refuseAborted, StoreError } from '../store-error.ts';
import type { BuildHost } from './build-host.ts';
import type { BuildProgress } from './build-progress.ts';
import { buildStage, type StageBuild } from './build-stage.ts';
import { type Dockerfile, parseDockerfile } from './dockerfile/parse-dockerfile.ts';
import { openBuildContext } from './files/build-context.ts';
import { finishedConfig, type ImageDraft } from './image-draft.ts';
import { type BuildPlan, planBuild } from './plan-stages.ts';
import { isPredefined } from './steps/variables.ts';

/** What is to be built, and how. */
export interface BuildOptions {
  /** The folder whose files COPY and ADD may bring. Nothing outside of it is read. */
  readonly context: string;
  /** The Dockerfile's path in that folder: `Dockerfile` unless given. */
  readonly dockerfile?: string;
  /** The Dockerfile itself, where it comes from elsewhere. */
  readonly dockerfileText?: string;
  /** Names that the image gets. */
  readonly tags?: readonly string[];
  /** Values for ARGs. */
  readonly buildArgs?: Readonly<Record<string, string>>;
  /** The stage to build, by name or number: the last one unless given. */
  readonly target?: string;
  /** Does every step anew. */
  readonly noCache?: boolean;
  /** What RUN sees of the network: nothing unless asked. */
  readonly network?: 'none' | 'host';
  readonly onProgress?: (event: BuildProgress) => void;
  readonly signal?: AbortSignal;
}

/** What was built. */
export interface BuiltImage {
  readonly id: Digest;
}

const OPTIONS: readonly (keyof BuildOptions)[] = [
  'context',
  'dockerfile',
  'dockerfileText',
  'tags',
  'buildArgs',
  'target',
  'noCache',
  'network',
  'onProgress',
  'signal',
];

/**
 * Builds an image from a Dockerfile and a folder.
 *
 * The whole Dockerfile is read before anything is done. A step that changes files makes one layer, any other makes none. A step that was carried
 * out before, on the same layers and with the same words and files, is not carried out again: neither times nor the driver play a part in that.
 * The same build from the cache gives the same image id. Stages that the target does not need are left out.
 *
 * When it fails no image is made and no name moves; layers of the steps that were done stay in the cache.
 *
 * @throws {StoreError} `INVALID_DOCKERFILE`, `UNSUPPORTED_INSTRUCTION`, `BUILD_FAILED`, each with `details.line` where there is one;
 *   `IMAGE_NOT_FOUND`, `INVALID_REFERENCE`, `ABORTED`; {StorageError} what the driver refuses
 */
export async function buildImage(host: BuildHost, options: BuildOptions): Promise<BuiltImage> {
  refuseUnknownKeys(options, OPTIONS, 'buildImage');
  const given = checkedArgs(options.buildArgs ?? {});
  const tags = (options.tags ?? []).map(checkedTag);
  refuseAborted(options.signal, 'Building an image');
  const { context: path, dockerfile = 'Dockerfile', dockerfileText } = options;
  const request = { path, dockerfile, ...(dockerfileText === undefined ? {} : { dockerfileText }) };
  using context = await openBuildContext(request).catch((error: unknown) => {
    throw isErrno(error) ? toStorageError(error, `The build context ${path} cannot be read.`) : error;
  });
  const parsed = parseDockerfile(context.dockerfile);
  const plan = planBuild(parsed, { given, target: options.target });
  const now = clock(given);
  const build = stageBuild({ host, options, parsed, plan, given, now, tree: context.tree });
  warnOfUnused(parsed, given, build.tell);

  const draft = await buildStages(build, plan);
  refuseAborted(options.signal, 'Building an image');
  const { id } = await host.saveImage(finishedConfig(draft, now()), draft.top);
  for (const tag of tags) await host.tag(id, tag);
  build.tell({ kind: 'image', id, tags });
  return { id };
}

async function buildStages(build: StageBuild, plan: BuildPlan): Promise<ImageDraft> {
  let last: ImageDraft | undefined;
  for (const planned of plan.stages) {
    last = await buildStage(build, planned);
    build.done.set(planned.index, last);
  }
  if (last === undefined) throw new Error('a plan has at least its target');
  return last;
}

interface Parts {
  readonly host: BuildHost;
  readonly options: BuildOptions;
  readonly parsed: Dockerfile;
  readonly plan: BuildPlan;
  readonly given: Readonly<Record<string, string>>;
  readonly now: () => string;
  readonly tree: StageBuild['context'];
}

function stageBuild({ host, options, parsed, plan, given, now, tree }: Parts): StageBuild {
  const tell = options.onProgress ?? ((): void => undefined);
  let begun = 0;
  return {
    host,
    escapeChar: parsed.escapeChar,
    stages: parsed.stages,
    context: tree,
    globalArgs: plan.globalArgs,
    given,
    network: options.network ?? 'none',
    noCache: options.noCache ?? false,
    now,
    signal: options.signal,
    done: new Map(),
    begin({ line, text }) {
      refuseAborted(options.signal, 'Building an image');
      begun += 1;
      tell({ kind: 'step', step: begun, total: plan.steps, line, text });
      return begun;
    },
    tell,
  };
}

function checkedTag(text: string): string {
  const reference = parseReference(text);
  if (reference.digest === null) return familiarReference(reference);
  throw new StoreError('INVALID_REFERENCE', 'A name with a digest cannot be given: it says what the image is.', {
    details: { reference: text },
  });
}

function checkedArgs(given: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  for (const [name, value] of Object.entries(given)) {
    if (typeof value !== 'string' || value.includes('\0'))
      throw new TypeError(`The build argument ${name} is a text without zero bytes.`);
  }
  return given;
}

/** The present, or the moment that everything is to be of which SOURCE_DATE_EPOCH says how many seconds after 1970 it was. */
function clock(given: Readonly<Record<string, string>>): () => string {
  const epoch = Object.hasOwn(given, 'SOURCE_DATE_EPOCH') ? given['SOURCE_DATE_EPOCH'] : undefined;
  if (epoch === undefined) return () => new Date().toISOString();
  if (!/^\d{1,11}$/.test(epoch)) throw new TypeError('SOURCE_DATE_EPOCH is a number of seconds since 1970.');
  const fixed = new Date(Number(epoch) * 1000).toISOString();
  return () => fixed;
}

function warnOfUnused(
  { globalArgs, stages }: Dockerfile,
  given: Readonly<Record<string, string>>,
  tell: (event: BuildProgress) => void,
): void {
  const steps = [...globalArgs, ...stages.flatMap(({ instructions }) => instructions)];
  const declared = new Set(steps.flatMap((step) => (step.keyword === 'ARG' ? step.args.map(({ name }) => name) : [])));
  const unused = Object.keys(given).filter((name) => !declared.has(name) && !isPredefined(name));
  if (unused.length > 0) tell({ kind: 'warning', message: `No ARG takes the build arguments ${unused.join(', ')}.` });
}
