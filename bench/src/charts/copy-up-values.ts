import { type CacheState, type CopyUpCase, caseId, isCopyUp, type Placement } from '../bench-case.ts';
import type { BenchResult } from '../bench-result.ts';
import type { Summary } from '../statistics.ts';
import { extraByRound, summarizeIn } from '../summaries.ts';

/** A cell of the grid on one target. */
export interface CopyUpValue {
  readonly target: string;
  readonly of: CopyUpCase;
  /** Nanoseconds beyond the plain write; `null` where it was not measured. */
  readonly extra: Summary | null;
  /** It was left out for a reason that the result tells. */
  readonly skipped: boolean;
}

/** All cells of the grid on all targets. */
export function copyUpValues(result: BenchResult): readonly CopyUpValue[] {
  const skipped = new Set(result.skips.map((skip) => `${skip.target}\n${skip.case}`));
  const cases = Object.values(result.cases).filter(isCopyUp);
  return result.targets.flatMap(({ label: target }) =>
    cases.map((of): CopyUpValue => {
      const extra = summarizeIn(result, extraByRound(result, target, caseId(of))) ?? null;
      return { target, of, extra, skipped: extra === null && skipped.has(`${target}\n${caseId(of)}`) };
    }),
  );
}

/** The factors that occur among cells, each from small to large. */
export interface Factors {
  readonly sizes: readonly number[];
  readonly layers: readonly number[];
  readonly directories: readonly number[];
  readonly placements: readonly Placement[];
  readonly caches: readonly CacheState[];
}

/** The factors of some cells. */
export function factorsOf(values: readonly CopyUpValue[]): Factors {
  const ascending = (pick: (of: CopyUpCase) => number): number[] =>
    [...new Set(values.map(({ of }) => pick(of)))].sort((a, b) => a - b);
  return {
    sizes: ascending((of) => of.size),
    layers: ascending((of) => of.layers),
    directories: ascending((of) => of.directories),
    placements: (['home', 'every'] as const).filter((placement) => values.some(({ of }) => of.placement === placement)),
    caches: (['warm', 'cold'] as const).filter((cache) => values.some(({ of }) => of.cache === cache)),
  };
}
