import {
  type BenchCase,
  type CopyUpCase,
  caseId,
  type GroundCase,
  type InsideWork,
  isOnGround,
  type Placement,
} from './bench-case.ts';
import type { SkipRecord } from './bench-result.ts';
import {
  bytesOf,
  type CaseCost,
  type CopyTraits,
  caseCost,
  chainMilliseconds,
  copiesAllBytes,
  filledBytesOf,
} from './case-cost.ts';
import { type CopyUpFile, type CopyUpImageShape, copyUpPath } from './copy-up-image.ts';
import { formatBytes } from './format-units.ts';
import { cellOf, distinctFiles, filesOfAll, groundFiles } from './ground-case.ts';

const MEBIBYTE = 1024 * 1024;
/** As many containers as a round of a case of many starts, unless a single sample has more. */
const CONTAINERS = 60;

/** A case, and how often it is to be measured in each round. */
export interface PlannedCase {
  readonly case: BenchCase;
  readonly samples: number;
  /** A guess of the time that one round of it takes, without what it shares with others. */
  readonly milliseconds: number;
}

/** Cases of one round that are measured on the same layers, or a single one that brings its own. */
export interface WorkGroup {
  /** The layers of the grid's cases and those beside them; `null` for a case that brings its own. */
  readonly image: CopyUpImageShape | null;
  /** A guess of the time that the layers take. */
  readonly buildMilliseconds: number;
  readonly cases: readonly PlannedCase[];
}

/** What a plan must fit into. */
export interface PlanLimits extends CopyTraits {
  /** As in the driver's capabilities. */
  readonly maxDepth: number | null;
  /** Free bytes of the file system. */
  readonly free: number;
  /** Bytes of the machine's memory. */
  readonly memory: number;
  /** The greatest number of bytes that one round may write for a case. */
  readonly budget: number;
  /** The greatest number of milliseconds that one round may take for a case, the building of its layers counted. */
  readonly patience: number;
  /** The greatest number of samples that are taken of a case in one round. */
  readonly mostSamples: number;
  /** Why caches cannot be emptied, or `null` where they can. */
  readonly coldRefusal: string | null;
  /** Why a program cannot work in a mount here, as a sentence, or `null`. */
  readonly programRefusal: (work: InsideWork) => string | null;
}

/** What is measured on a target in every round, and what is not, and why. */
export interface CasePlan {
  readonly groups: readonly WorkGroup[];
  readonly skipped: readonly Omit<SkipRecord, 'target'>[];
}

/** Sorts cases into those that are measured, by the layers that they share, and those that cannot be or would cost too much. */
export function planCases(cases: readonly BenchCase[], limits: PlanLimits): CasePlan {
  const skipped: Omit<SkipRecord, 'target'>[] = [];
  const keep = <Case extends BenchCase>(of: Case, files: readonly CopyUpFile[]): PlannedCase[] => {
    const cost = caseCost(of, files, limits);
    const samples = samplesPerRound(of, cost, limits);
    const reason = whyNot(of, cost, samples, limits);
    if (reason === undefined) return [{ case: of, samples, milliseconds: samples * cost.sampleMilliseconds }];
    skipped.push({ case: caseId(of), reason });
    return [];
  };
  const grid = packImages(cases.filter(isOnGround), limits).map(({ files, members }): WorkGroup => {
    return groupOf(
      members.flatMap((of) => keep(of, files)),
      limits,
    );
  });
  const lone = cases.flatMap((of): WorkGroup[] => {
    if (isOnGround(of)) return [];
    const { buildMilliseconds } = caseCost(of, [], limits);
    return [{ image: null, buildMilliseconds, cases: keep(of, []) }];
  });
  return { groups: [...grid, ...lone].filter((group) => group.cases.length > 0), skipped };
}

/**
 * As many as `mostSamples` where a sample writes little, fewer where it writes more than 8 MiB, is cold, counts bytes, which differ
 * less than times, or is a whole program's work, and never fewer than 3; but 1 where it is of many containers.
 */
export function samplesPerRound(
  of: BenchCase,
  cost: Pick<CaseCost, 'perSample'>,
  { mostSamples }: Pick<PlanLimits, 'mostSamples'>,
): number {
  if (of.workload === 'many') return Math.max(1, Math.min(mostSamples, Math.floor(CONTAINERS / of.containers)));
  const least = Math.min(3, mostSamples);
  if (of.workload === 'space' || of.workload === 'inside' || (of.workload === 'copy_up' && of.cache === 'cold'))
    return least;
  return Math.min(mostSamples, Math.max(least, Math.floor((64 * MEBIBYTE) / Math.max(1, cost.perSample))));
}

/** Milliseconds that one round of the groups takes. */
export function groupsMilliseconds(groups: readonly WorkGroup[]): number {
  return groups
    .flatMap((group) => [group.buildMilliseconds, ...group.cases.map(({ milliseconds }) => milliseconds)])
    .reduce((sum, milliseconds) => sum + milliseconds, 0);
}

interface ImagePack {
  readonly files: CopyUpFile[];
  readonly members: GroundCase[];
}

/**
 * Puts the files of all cases into as few images as possible, the smallest files first. A driver that copies all bytes into every
 * layer gets images of at most 16 MiB, or of one file: it would pay for the large files in the cells of the small ones.
 */
function packImages(cases: readonly GroundCase[], limits: PlanLimits): ImagePack[] {
  const full = copiesAllBytes(limits);
  const most = full ? 16 * MEBIBYTE : 0.4 * limits.free;
  const weight = full ? filledBytesOf : bytesOf;
  const byFiles = new Map<string, ImagePack>();
  for (const of of cases) {
    const files = groundFiles(of);
    const key = files.map(copyUpPath).join('\n');
    byFiles.set(key, { files, members: [...(byFiles.get(key)?.members ?? []), of] });
  }
  const packs: ImagePack[] = [];
  for (const { files, members } of [...byFiles.values()].toSorted((a, b) => weight(a.files) - weight(b.files))) {
    const last = packs.at(-1);
    const both = distinctFiles([...(last?.files ?? []), ...files]);
    if (last !== undefined && weight(both) <= most) {
      packs[packs.length - 1] = { files: both, members: [...last.members, ...members] };
    } else {
      packs.push({ files, members });
    }
  }
  return packs;
}

/** The layers hold no more than what the cases need that are measured. */
function groupOf(planned: readonly PlannedCase[], limits: PlanLimits): WorkGroup {
  const cases = planned.map((plan) => plan.case).filter(isOnGround);
  const files = filesOfAll(cases);
  const cells = cases.map(cellOf);
  const length = (placement: Placement): number => {
    return Math.max(1, ...cells.filter((of) => of.placement === placement).map(({ layers }) => layers));
  };
  const chains = { home: length('home'), every: length('every') };
  const building = (['home', 'every'] as const).map((placement) =>
    chainMilliseconds({ placement, layers: chains[placement] }, files, limits),
  );
  const bottom = caseCost(BOTTOM, files, limits).buildMilliseconds;
  return {
    image: { files, chains },
    buildMilliseconds: building.reduce((sum, milliseconds) => sum + milliseconds, bottom),
    cases: planned,
  };
}

const BOTTOM: CopyUpCase = {
  workload: 'copy_up',
  size: 0,
  layers: 1,
  directories: 0,
  placement: 'home',
  cache: 'warm',
};

function whyNot(of: BenchCase, cost: CaseCost, samples: number, limits: PlanLimits): string | undefined {
  if ('layers' in of && limits.maxDepth !== null && of.layers + 1 > limits.maxDepth) {
    return `A container on ${of.layers} layers is deeper than the ${limits.maxDepth} that the driver mounts.`;
  }
  const missing = of.workload === 'inside' ? limits.programRefusal(of.work) : null;
  if (missing !== null) return missing;
  if (isOnGround(of)) {
    const { cache } = cellOf(of);
    if (cache === 'cold' && limits.coldRefusal !== null) return limits.coldRefusal;
    if (cache === 'warm' && 3 * bytesOf(groundFiles(of)) > limits.memory) {
      return `The file may not stay in the ${formatBytes(limits.memory)} of memory.`;
    }
  }
  const written = cost.before + cost.perSample * samples;
  if (written > limits.budget) {
    const holes = of.workload === 'sparse' ? ' where holes become zeros' : '';
    return `One round would write ${formatBytes(written)}${holes}, more than the budget of ${formatBytes(limits.budget)}.`;
  }
  if (cost.peak > limits.free * 0.8) {
    return `It needs ${formatBytes(cost.peak)} of space; ${formatBytes(limits.free)} are free.`;
  }
  const milliseconds = cost.buildMilliseconds + samples * cost.sampleMilliseconds;
  if (milliseconds > limits.patience) {
    const seconds = (value: number): string => `${Math.round(value / 1000)} s`;
    return `One round would take about ${seconds(milliseconds)}; the limit is ${seconds(limits.patience)}.`;
  }
  return undefined;
}
