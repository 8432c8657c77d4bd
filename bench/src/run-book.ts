import { caseId } from './bench-case.ts';
import type { TargetPlan } from './bench-plan.ts';
import type { BenchResult, SampleRecord, SkipRecord } from './bench-result.ts';
import type { WorkGroup } from './case-plan.ts';
import type { Measured } from './workloads/stage.ts';

/** A process of a run: a round of a target. */
export interface RoundOf {
  readonly round: number;
  /** Its label. */
  readonly target: string;
}

/** What a run has found out so far. */
export class RunBook {
  readonly #order: RoundOf[] = [];
  readonly #samples: SampleRecord[] = [];
  readonly #skips: SkipRecord[] = [];

  /** Enters what is not going to be measured, unless that is known. */
  addSkips(skips: readonly SkipRecord[]): void {
    const known = new Set(this.#skips.map((skip) => `${skip.target}\n${skip.case}`));
    this.#skips.push(...skips.filter((skip) => !known.has(`${skip.target}\n${skip.case}`)));
  }

  /** Enters what an earlier run has found out. */
  takeOver({ order, samples, skips }: BenchResult): void {
    this.#order.push(...order);
    this.#samples.push(...samples);
    this.#skips.push(...skips);
  }

  /** A process begins. */
  begin(of: RoundOf): void {
    this.#order.push(of);
  }

  /** It has measured a case. */
  measured({ round, target }: RoundOf, id: string, samples: readonly Measured[]): void {
    this.#samples.push(...samples.map((sample) => ({ target, case: id, round, ...sample })));
  }

  /** It could not measure some. */
  failed({ round, target }: RoundOf, ids: readonly string[], reason: string): void {
    this.#skips.push(...ids.map((id) => ({ target, case: id, reason: `In round ${round}: ${reason}`, round })));
  }

  /** Those of the plan's cases that have neither been measured in the round nor failed in it. */
  leftIn({ record, groups }: Pick<TargetPlan, 'record' | 'groups'>, round: number): WorkGroup[] {
    const known = new Set(
      [...this.#samples, ...this.#skips]
        .filter((row) => row.target === record.label && row.round === round)
        .map((row) => row.case),
    );
    return groups
      .map((group) => ({ ...group, cases: group.cases.filter((planned) => !known.has(caseId(planned.case))) }))
      .filter((group) => group.cases.length > 0);
  }

  /** All of it, as it is now. */
  entries(): Pick<BenchResult, 'order' | 'samples' | 'skips'> {
    return { order: [...this.#order], samples: [...this.#samples], skips: [...this.#skips] };
  }
}
