import { placed, unsupportedAt } from './build-error.ts';
import type { BuildHost } from './build-host.ts';
import type { BuildProgress } from './build-progress.ts';
import type { CopyInstruction, FromInstruction, StageInstruction } from './dockerfile/instruction.ts';
import type { Stage } from './dockerfile/parse-dockerfile.ts';
import { SourceTree } from './files/source-tree.ts';
import { draftFrom, draftOnStage, emptyImage, type ImageDraft, withEmptyStep } from './image-draft.ts';
import { type Origin, originOfCopy, type PlannedStage } from './plan-stages.ts';
import { cachedStep } from './steps/cached-step.ts';
import { applyCommand, applyExpose, applyPairs, applyShell, applyValue, applyVolume } from './steps/config-steps.ts';
import { copyStep } from './steps/copy-step.ts';
import { runStep } from './steps/run-step.ts';
import { type StepContext, signalOf } from './steps/step-context.ts';
import { type Args, declareArgs, environmentOf, expandAt, lookupIn, platformArgs } from './steps/variables.ts';
import { workdirStep } from './steps/workdir-step.ts';

/** What all stages of a build share. */
export interface StageBuild {
  readonly host: BuildHost;
  readonly escapeChar: string;
  /** Every stage of the file, for COPY --from to name. */
  readonly stages: readonly Stage[];
  readonly context: SourceTree;
  readonly globalArgs: Args;
  readonly given: Readonly<Record<string, string>>;
  readonly network: 'none' | 'host';
  readonly noCache: boolean;
  readonly now: () => string;
  readonly signal: AbortSignal | undefined;
  /** Stages that are done, by number. */
  readonly done: Map<number, ImageDraft>;
  /** Says that the next step begins, and gives its number. */
  readonly begin: (step: FromInstruction | StageInstruction) => number;
  readonly tell: (event: BuildProgress) => void;
}

/** Carries out a stage, step by step. @throws {StoreError} with `details.line` */
export async function buildStage(build: StageBuild, { index, stage, base }: PlannedStage): Promise<ImageDraft> {
  build.begin(stage.from);
  let draft = await atPlace(stage.from, () => startOf(build, stage.from, base));
  let args: Args = new Map();
  for (const step of stage.instructions) {
    const number = build.begin(step);
    const before = draft.top;
    const made = await atPlace(step, () => carryOut(build, { index, step, number, draft, args }));
    ({ draft, args } = made);
    build.tell({ kind: 'done', step: number, layer: draft.top === before ? null : draft.top });
  }
  return draft;
}

interface Step {
  /** The stage's. */
  readonly index: number;
  readonly step: StageInstruction;
  readonly number: number;
  readonly draft: ImageDraft;
  readonly args: Args;
}

interface Made {
  readonly draft: ImageDraft;
  readonly args: Args;
}

async function startOf(build: StageBuild, from: FromInstruction, base: Origin): Promise<ImageDraft> {
  if (base.kind === 'scratch') return draftFrom(emptyImage());
  if (base.kind === 'stage') {
    const draft = build.done.get(base.index);
    if (draft === undefined) throw new Error(`stage ${base.index} was not built before it is needed`);
    return draftOnStage(draft);
  }
  const image = await build.host.resolveBase(base.reference, signalOf(build.signal));
  const triggers = image.config.config?.['OnBuild'];
  if (Array.isArray(triggers) && triggers.length > 0)
    throw unsupportedAt(from, `${base.reference} has ONBUILD instructions, which are not carried out here.`);
  return draftFrom(image);
}

async function carryOut(build: StageBuild, at: Step): Promise<Made> {
  const { step, draft, args } = at;
  const context = contextOf(build, at);
  const { words } = context;
  const made = (next: ImageDraft): Made => ({ draft: next, args });
  switch (step.keyword) {
    case 'ARG': {
      const inherited = (name: string): string | undefined => build.globalArgs.get(name) ?? platformArgs().get(name);
      const env = environmentOf(draft.config);
      const expand = (word: string, soFar: Args): string =>
        expandAt(step, word, lookupIn(env, soFar), words.escapeChar);
      const declared = declareArgs(args, step, build.given, inherited, expand);
      const told = step.args.map(({ name }) => argText(name, declared.get(name))).join(' ');
      return { draft: withEmptyStep(draft, `ARG ${told}`), args: declared };
    }
    case 'ENV':
    case 'LABEL':
      return made(applyPairs(draft, step, words));
    case 'CMD':
    case 'ENTRYPOINT':
      return made(applyCommand(draft, step));
    case 'SHELL':
      return made(applyShell(draft, step.args));
    case 'EXPOSE':
      return made(applyExpose(draft, step, words));
    case 'VOLUME':
      return made(applyVolume(draft, step, words));
    case 'USER':
    case 'STOPSIGNAL':
    case 'MAINTAINER':
      return made(applyValue(draft, step, words));
    case 'WORKDIR':
      return made(await workdirStep({ ...step, keyword: 'WORKDIR' }, context));
    case 'RUN':
      return made(await runStep(step, context));
    case 'COPY':
    case 'ADD':
      return made(await copyFromOrigin(build, at.index, step, context));
  }
}

function contextOf(build: StageBuild, { number, draft, args }: Step): StepContext {
  const { host, signal, given, network, escapeChar, noCache, now, tell } = build;
  const lookup = lookupIn(environmentOf(draft.config), args);
  const onHit: Parameters<typeof cachedStep>[0]['onHit'] = (key) => tell({ kind: 'cached', step: number, key });
  return {
    host,
    draft,
    words: { lookup, escapeChar },
    args,
    given,
    network,
    signal,
    cached: cachedStep({ host, isOff: noCache, onHit, now, signal }),
    onLine: (stream, line) => tell({ kind: 'output', step: number, stream, line }),
  };
}

async function copyFromOrigin(
  build: StageBuild,
  index: number,
  step: CopyInstruction,
  context: StepContext,
): Promise<ImageDraft> {
  const origin = originOfCopy(build.stages, index, step);
  if (origin === null) return copyStep(step, { tree: build.context, keepsOwners: false }, context);
  const top = await topOf(build, origin);
  return build.host.readLayer(
    top,
    async (root) => {
      using tree = new SourceTree(root);
      return await copyStep(step, { tree, keepsOwners: true }, context);
    },
    signalOf(build.signal),
  );
}

async function topOf(build: StageBuild, origin: Origin): Promise<ImageDraft['top']> {
  if (origin.kind === 'scratch') return null;
  if (origin.kind === 'stage') return build.done.get(origin.index)?.top ?? null;
  return (await build.host.resolveBase(origin.reference, signalOf(build.signal))).topLayer;
}

function argText(name: string, value: string | null | undefined): string {
  return value === null || value === undefined ? name : `${name}=${value}`;
}

async function atPlace<T>(step: FromInstruction | StageInstruction, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    throw placed(error, step);
  }
}
