import type { Operation } from '../bench-case.ts';
import type { BenchResult } from '../bench-result.ts';
import type { CostFitness } from '../cost-model/cost-model.ts';
import type { CostTerm } from '../cost-model/cost-terms.ts';
import { fitCostModel } from '../cost-model/fit-cost-model.ts';

/** An operation that workloads are made of. */
export type WorkloadOperation = Exclude<Operation, 'plain' | 'apply' | 'changes' | 'diff'>;

const WORKLOAD_OPERATIONS: readonly WorkloadOperation[] = ['create', 'get', 'first', 'second', 'put', 'remove'];

/** What is known of an operation's cost on a target: a cost model without its cells. Nanoseconds. */
export interface EvidenceModel {
  readonly operation: WorkloadOperation;
  readonly constant: number;
  /** For a unit of each term: a byte, a layer, a directory. */
  readonly coefficients: Readonly<Partial<Record<CostTerm, number>>>;
  /** Least and greatest of what was measured. */
  readonly ranges: Readonly<Partial<Record<CostTerm, readonly [least: number, greatest: number]>>>;
  /** Nine of ten cells were within this share of what the model says. */
  readonly misfit: number;
  readonly fitness: CostFitness;
}

/** A driver on a file system, all of whose operations were measured. */
export interface EvidenceTarget {
  readonly target: string;
  readonly driver: string;
  readonly filesystem: string;
  readonly models: readonly EvidenceModel[];
}

/** Where costs come from. */
export interface Evidence {
  readonly measuredAt: string;
  readonly machine: string;
  readonly commit: string | null;
  readonly targets: readonly EvidenceTarget[];
}

/**
 * What a result says of workloads: the models of the targets of which all operations were measured, and which are used as drivers are
 * by default. Takes some tenths of a second for each.
 */
export function evidenceOf(result: BenchResult): Evidence {
  const { kernel, cpu, commit } = result.environment;
  const ordinary = result.targets.filter(({ settings, volatile }) => !volatile && Object.keys(settings).length === 0);
  const targets = ordinary.map((target) => ({
    target: target.label,
    driver: target.driver,
    filesystem: target.filesystem.name,
    models: WORKLOAD_OPERATIONS.flatMap((operation) => {
      const fit = fitCostModel(result, target, { operation, cache: 'warm' });
      if (fit === undefined) return [];
      const { constant, coefficients, ranges, misfit, fitness } = fit.model;
      const costs = Object.fromEntries(coefficients.map(({ term, value }) => [term, rounded(value)]));
      const known = { ranges, misfit: rounded(misfit.most), fitness };
      return [{ operation, constant: rounded(constant.value), coefficients: costs, ...known }];
    }),
  }));
  return {
    measuredAt: result.startedAt,
    machine: `${cpu.count} × ${cpu.model}, Linux ${kernel}`,
    commit,
    targets: targets.filter(({ models }) => models.length === WORKLOAD_OPERATIONS.length),
  };
}

/** No model is good for more than four digits. */
function rounded(value: number): number {
  return Number(value.toPrecision(4));
}
