import { StoreError } from '../store-error.ts';
import { invalidAt, unsupportedAt } from './build-error.ts';
import type { CopyInstruction } from './dockerfile/instruction.ts';
import type { Dockerfile, Stage } from './dockerfile/parse-dockerfile.ts';
import { type Args, declareArgs, expandAt, lookupIn, platformArgs } from './steps/variables.ts';

/** What a stage starts from, or a COPY takes files from. */
export type Origin =
  | { readonly kind: 'stage'; readonly index: number }
  | { readonly kind: 'image'; readonly reference: string }
  | { readonly kind: 'scratch' };

/** A stage that is needed. */
export interface PlannedStage {
  readonly index: number;
  readonly stage: Stage;
  readonly base: Origin;
}

/** Which stages are built, in what order, and what they start from. */
export interface BuildPlan {
  readonly globalArgs: Args;
  /** The last one is the target. */
  readonly stages: readonly PlannedStage[];
  /** FROMs and what follows them in these stages. */
  readonly steps: number;
}

/** What was asked for. */
export interface PlanRequest {
  readonly given: Readonly<Record<string, string>>;
  /** A stage by name or number; the last one unless given. */
  readonly target?: string | undefined;
}

/**
 * Works out which stages the target needs: those that it starts from or copies from, and theirs. The others are not built.
 *
 * @throws {StoreError} `INVALID_DOCKERFILE` for a target or stage that there is not
 */
export function planBuild(dockerfile: Dockerfile, { given, target }: PlanRequest): BuildPlan {
  const globalArgs = readGlobalArgs(dockerfile, given);
  const lookup = lookupIn(platformArgs(), globalArgs);
  const all = dockerfile.stages.map((stage, index): PlannedStage => {
    const image = expandAt(stage.from, stage.from.image, lookup, dockerfile.escapeChar);
    if (image === '')
      throw invalidAt(stage.from, 'FROM names no image.', 'An ARG before the first FROM may lack a value.');
    return { index, stage, base: baseOf(dockerfile.stages, index, image) };
  });
  const needed = neededBy(all, targetIndex(dockerfile.stages, target));
  const stages = all.filter(({ index }) => needed.has(index));
  return { globalArgs, stages, steps: stages.reduce((sum, { stage }) => sum + 1 + stage.instructions.length, 0) };
}

/** Where a COPY in the stage of this number takes its files from; `null` for the build context. @throws {StoreError} `INVALID_DOCKERFILE` */
export function originOfCopy(stages: readonly Stage[], index: number, copy: CopyInstruction): Origin | null {
  const { from } = copy;
  if (from === null) return null;
  if (from.includes('$'))
    throw unsupportedAt(copy, '--from takes no variables.', 'Give the image a name by FROM … AS first.');
  const named = stageNamed(stages, from);
  if (named !== undefined && named < index) return { kind: 'stage', index: named };
  if (/^\d+$/.test(from) || named !== undefined)
    throw invalidAt(copy, `there is no earlier stage ${from}.`, 'A stage copies from those that stand before it.');
  return { kind: 'image', reference: from };
}

function readGlobalArgs({ globalArgs, escapeChar }: Dockerfile, given: Readonly<Record<string, string>>): Args {
  return globalArgs.reduce<Args>((args, instruction) => {
    const expand = (word: string, soFar: Args): string =>
      expandAt(instruction, word, lookupIn(platformArgs(), soFar), escapeChar);
    return declareArgs(args, instruction, given, () => undefined, expand);
  }, new Map());
}

function baseOf(stages: readonly Stage[], index: number, image: string): Origin {
  const named = stages.slice(0, index).findIndex(({ from }) => from.name === image.toLowerCase());
  if (named !== -1) return { kind: 'stage', index: named };
  return image === 'scratch' ? { kind: 'scratch' } : { kind: 'image', reference: image };
}

function stageNamed(stages: readonly Stage[], name: string): number | undefined {
  const index = stages.findIndex(({ from }) => from.name === name.toLowerCase());
  if (index !== -1) return index;
  return /^\d{1,9}$/.test(name) && Number(name) < stages.length ? Number(name) : undefined;
}

function targetIndex(stages: readonly Stage[], target: string | undefined): number {
  if (target === undefined) return stages.length - 1;
  const index = stageNamed(stages, target);
  if (index !== undefined) return index;
  const names = stages.flatMap(({ from }) => from.name ?? []);
  throw new StoreError('INVALID_DOCKERFILE', `The Dockerfile has no stage ${target}.`, {
    hint: names.length === 0 ? 'Its stages have no names.' : `Its stages are ${names.join(', ')}.`,
    details: { target },
  });
}

function neededBy(all: readonly PlannedStage[], target: number): ReadonlySet<number> {
  const stages = all.map(({ stage }) => stage);
  const needed = new Set<number>();
  const pending = [target];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const planned = all[next];
    if (planned === undefined || needed.has(next)) continue;
    needed.add(next);
    const origins = planned.stage.instructions.map((step) =>
      step.keyword === 'COPY' ? originOfCopy(stages, planned.index, step) : null,
    );
    for (const origin of [planned.base, ...origins]) if (origin?.kind === 'stage') pending.push(origin.index);
  }
  return needed;
}
