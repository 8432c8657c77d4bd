import type { DriverSettings } from '@graphdriver/core';
import type { BenchResult, TargetRecord } from '../bench-result.ts';
import type { CostFit, CostFitness } from '../cost-model/cost-model.ts';
import type { CostTerm } from '../cost-model/cost-terms.ts';
import { fitCostModel } from '../cost-model/fit-cost-model.ts';
import { sortedQuantile } from '../evidence/quantile-interval.ts';

/** The operations that workloads are made of, in the order of a container's life. */
export const WORKLOAD_OPERATIONS = ['create', 'get', 'first', 'second', 'put', 'remove'] as const;

/** An operation that workloads are made of. */
export type WorkloadOperation = (typeof WORKLOAD_OPERATIONS)[number];

/** What is known of an operation's cost on a target: a cost model without its cells. Nanoseconds. */
export interface EvidenceModel {
  readonly operation: WorkloadOperation;
  readonly constant: number;
  /** For a unit of each term: a byte, a layer, a directory. */
  readonly coefficients: Readonly<Partial<Record<CostTerm, number>>>;
  /** Least and greatest of what was measured. */
  readonly ranges: Readonly<Partial<Record<CostTerm, readonly [least: number, greatest: number]>>>;
  /**
   * Nine of ten cells were within this share of what the model says. Where there were too few cells to test it, nine of ten
   * models of resampled measurements say so of the middle cell.
   */
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
 * What a result says of workloads: the models of the targets of which all operations were measured, and which were used as drivers are
 * by default, or with `settings`, which are by the driver's name. Takes some tenths of a second for each.
 */
export function evidenceOf(result: BenchResult, settings: Readonly<Record<string, DriverSettings>> = {}): Evidence {
  const { kernel, cpu, commit } = result.environment;
  const asked = result.targets.filter((target) => !target.volatile && hasSettings(target, settings[target.driver]));
  const targets = asked.map((target) => ({
    target: target.label,
    driver: target.driver,
    filesystem: target.filesystem.name,
    models: WORKLOAD_OPERATIONS.flatMap((operation) => {
      const fit = fitCostModel(result, target, { operation, cache: 'warm' });
      if (fit === undefined) return [];
      const { constant, coefficients, ranges, fitness } = fit.model;
      const costs = Object.fromEntries(coefficients.map(({ term, value }) => [term, rounded(value)]));
      const known = { ranges, misfit: rounded(doubt(fit)), fitness };
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

/** That of the driver on this file system, or else on any: which is better than nothing, and to be told. */
export function evidenceFor(
  { targets }: Evidence,
  { driver, filesystem }: { readonly driver: string; readonly filesystem: string },
): EvidenceTarget | undefined {
  const own = targets.filter((target) => target.driver === driver);
  return own.find((target) => target.filesystem === filesystem) ?? own[0];
}

function hasSettings(target: TargetRecord, wanted: DriverSettings = {}): boolean {
  const keys = Object.keys(target.settings);
  return keys.length === Object.keys(wanted).length && keys.every((key) => target.settings[key] === wanted[key]);
}

/** A model that goes through all its cells seems never to be wrong: there it is asked how much the cells themselves are worth. */
function doubt({ model, draws }: CostFit): number {
  if (model.fitness !== 'untested') return model.misfit.most;
  const spreads = model.residuals.map(({ shape, fitted }) => {
    const terms = [1, ...model.coefficients.map(({ term }) => shape[term] ?? 0)];
    const costs = Float64Array.from(draws, (draw) => terms.reduce((sum, term, at) => sum + term * (draw[at] ?? 0), 0));
    costs.sort();
    return Math.max(sortedQuantile(costs, 0.95) / fitted, fitted / sortedQuantile(costs, 0.05)) - 1;
  });
  const finite = Float64Array.from(spreads.filter(Number.isFinite)).sort();
  return finite.length === 0 ? model.misfit.most : Math.max(model.misfit.most, sortedQuantile(finite, 0.5));
}

/** No model is good for more than four digits. */
function rounded(value: number): number {
  return Number(value.toPrecision(4));
}
