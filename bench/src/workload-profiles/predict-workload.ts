import type { CostFitness } from '../cost-model/cost-model.ts';
import type { CostShape, CostTerm } from '../cost-model/cost-terms.ts';
import type { EvidenceModel, EvidenceTarget, WorkloadOperation } from './evidence.ts';
import type { WorkloadProfile } from './workload-profile.ts';

/** Operations of one kind and shape: a line of the sum. */
export interface WorkloadPart {
  readonly operation: WorkloadOperation;
  readonly count: number;
  readonly shape: CostShape;
}

/** A line of the sum on a target. Nanoseconds. */
export interface PartCost extends WorkloadPart {
  readonly each: number;
  readonly total: number;
  readonly fitness: CostFitness;
  /** Terms in which the shape lies outside of what was measured: the line is then a guess. */
  readonly beyond: readonly CostTerm[];
}

/** What a workload would cost on a target. Nanoseconds. */
export interface WorkloadCost {
  readonly target: string;
  readonly driver: string;
  readonly filesystem: string;
  readonly parts: readonly PartCost[];
  readonly total: number;
  /** Where every model is wrong to the same side by as much as it was in nine of ten cells. */
  readonly low: number;
  readonly high: number;
}

/** All that a workload does, kind by kind. */
export function partsOf({ image, containers, firstWrites, laterWrites }: WorkloadProfile): readonly WorkloadPart[] {
  const life = { count: containers, shape: { size: image.size, files: image.files } };
  const write = ({
    count,
    size,
    directories,
  }: WorkloadProfile['firstWrites'][number]): Omit<WorkloadPart, 'operation'> => ({
    count: count * containers,
    shape: { size, layers: image.layers, directories, merged: 0 },
  });
  return [
    { operation: 'create', ...life },
    { operation: 'get', ...life },
    ...firstWrites.map((writes) => ({ operation: 'first' as const, ...write(writes) })),
    ...laterWrites.map((writes) => ({ operation: 'second' as const, ...write(writes) })),
    { operation: 'put', ...life },
    { operation: 'remove', ...life },
  ];
}

/** What a workload would cost, on each target, the cheapest first. Computes only. */
export function predictWorkload(profile: WorkloadProfile, targets: readonly EvidenceTarget[]): readonly WorkloadCost[] {
  return targets.map((target) => costOn(target, partsOf(profile))).sort((a, b) => a.total - b.total);
}

function costOn({ target, driver, filesystem, models }: EvidenceTarget, parts: readonly WorkloadPart[]): WorkloadCost {
  const found = parts.map((part) => {
    const model = models.find(({ operation }) => operation === part.operation);
    if (model === undefined) throw new TypeError(`${target} has no model of ${part.operation}.`);
    return { model, cost: partCost(part, model) };
  });
  const sum = (stretch: (model: EvidenceModel) => number): number =>
    found.reduce((total, { model, cost }) => total + cost.total * stretch(model), 0);
  return {
    target,
    driver,
    filesystem,
    parts: found.map(({ cost }) => cost),
    total: sum(() => 1),
    low: sum(({ misfit }) => 1 / (1 + misfit)),
    high: sum(({ misfit }) => 1 + misfit),
  };
}

function partCost(part: WorkloadPart, { constant, coefficients, ranges, fitness }: EvidenceModel): PartCost {
  // Entries forget which names the keys are.
  const terms = Object.entries(coefficients) as [CostTerm, number][];
  const each = terms.reduce((sum, [term, cost]) => sum + cost * (part.shape[term] ?? 0), constant);
  const measured = Object.entries(ranges) as [CostTerm, readonly [number, number]][];
  const beyond = measured
    .filter(
      ([term, [least, greatest]]) => (part.shape[term] ?? least) < least || (part.shape[term] ?? least) > greatest,
    )
    .map(([term]) => term);
  return { ...part, each, total: each * part.count, fitness, beyond };
}
