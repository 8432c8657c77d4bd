import {
  type Evidence,
  type EvidenceTarget,
  evidenceFor,
  formatNanoseconds,
  partWords,
  predictWorkload,
  turningPoints,
  type UnmetNeed,
  unmetNeeds,
  type WorkloadCost,
  type WorkloadProfile,
} from '@graphdriver/bench';
import type { ProbeReport, Selection } from '@graphdriver/core';

/** What a driver that works here would cost, and what the work would miss there. */
export interface WeighedDriver extends WorkloadCost {
  /** It was measured on the file system that the root is on; else on another one. */
  readonly here: boolean;
  readonly unmet: readonly UnmetNeed[];
}

/** Where costs come from: with the program, out of a file, or measured at the root just now. */
export type EvidenceOrigin = 'published' | 'file' | 'measured';

/** What evidence says about a choice, beside what the rules say. */
export interface Weighing {
  readonly workload: WorkloadProfile;
  readonly source: Pick<Evidence, 'measuredAt' | 'machine' | 'commit'> & { readonly origin: EvidenceOrigin };
  /** The driver to use: the rules' where somebody asked for it or it has layers, else that of the evidence. */
  readonly driver: string;
  /** The cheapest that may be taken; `null` where none was measured. */
  readonly cheapest: string | null;
  /** Rules and evidence say the same; `null` where there is no evidence. */
  readonly agrees: boolean | null;
  readonly verdict: string;
  /** Of the drivers that work here, the cheapest first. */
  readonly costs: readonly WeighedDriver[];
  /** Drivers that work here, and of which nothing is known. */
  readonly unmeasured: readonly string[];
  /** What would change the answer, in sentences. */
  readonly changes: readonly string[];
}

/** What is to be weighed. */
export interface WeighRequest {
  readonly profile: WorkloadProfile;
  readonly evidence: Evidence;
  readonly origin: EvidenceOrigin;
  readonly allowFullCopy: boolean;
}

/** At most so many sentences say what would change the answer. */
const MOST_CHANGES = 5;

/** Sets what work would cost on each driver that works here beside what the rules chose. Computes only. */
export function weighEvidence(selection: Selection, request: WeighRequest): Weighing {
  const { profile, evidence, origin, allowFullCopy } = request;
  const usable = selection.reports.filter(({ usable: works, capabilities }) => works && capabilities !== null);
  const weighed = usable.flatMap((report) => weigh(report, profile, evidence) ?? []).sort((a, b) => a.total - b.total);
  const rules = selection.driver.name;
  // What somebody asked for may be taken, whatever it is.
  const allowed = weighed.filter(({ driver }) => allowFullCopy || driver === rules || !copiesInFull(driver, usable));
  const cheapest = allowed[0]?.driver ?? null;
  const bound = selection.rule === 'requested' || selection.rule === 'prior-state';
  const { measuredAt, machine, commit } = evidence;
  return {
    workload: profile,
    source: { origin, measuredAt, machine, commit },
    driver: bound ? rules : (cheapest ?? rules),
    cheapest,
    agrees: cheapest === null ? null : cheapest === rules,
    verdict: verdictOf(rules, allowed, bound),
    costs: weighed,
    unmeasured: usable.map(({ driver }) => driver).filter((name) => !weighed.some(({ driver }) => driver === name)),
    changes: [...turns(allowed[0], weighed), ...elsewhere(allowed[0], weighed, profile, evidence.targets)],
  };
}

/** By the file system beneath where it was measured there, else by any other. */
function weigh(report: ProbeReport, profile: WorkloadProfile, evidence: Evidence): WeighedDriver | undefined {
  const target = evidenceFor(evidence, report);
  const [cost] = predictWorkload(profile, target === undefined ? [] : [target]);
  if (cost === undefined || report.capabilities === null) return undefined;
  const here = cost.filesystem === report.filesystem;
  return { ...cost, here, unmet: unmetNeeds(profile, report.capabilities) };
}

function copiesInFull(name: string, reports: readonly ProbeReport[]): boolean {
  return reports.find(({ driver }) => driver === name)?.capabilities?.copyOnWrite === 'none';
}

function verdictOf(rules: string, allowed: readonly WeighedDriver[], bound: boolean): string {
  const [best] = allowed;
  if (best === undefined) return `The rules say ${rules}, and none of the drivers that may be taken was measured.`;
  if (best.driver === rules) return `Rules and evidence both say ${rules}.`;
  const other = allowed.find(({ driver }) => driver === rules);
  const price =
    other === undefined
      ? 'which was not measured'
      : `which costs ${(other.total / best.total).toFixed(1)} times as much`;
  const sure =
    other !== undefined && best.high >= other.low ? ' The intervals overlap: measure before you rely on it.' : '';
  const stays = bound ? ` ${rules} stays the one, because it was asked for or has layers.` : '';
  return `Rules and evidence disagree: the evidence says ${best.driver}, the rules ${rules}, ${price}.${sure}${stays}`;
}

/** Drivers that are cheaper already may not be taken, and are told of elsewhere. */
function turns(best: WeighedDriver | undefined, weighed: readonly WeighedDriver[]): readonly string[] {
  if (best === undefined) return [];
  return turningPoints(
    best,
    weighed.filter(({ total }) => total > best.total),
  )
    .slice(0, MOST_CHANGES)
    .map(({ part, times, target }) => {
      const many = `${Number(times.toPrecision(2))} times as many`;
      return `With ${many} ${partWords(part)}, ${target} would cost the same.`;
    });
}

/** Targets that are cheaper and not to be had here: a driver that may not be taken, or needs another file system. */
function elsewhere(
  best: WeighedDriver | undefined,
  weighed: readonly WeighedDriver[],
  profile: WorkloadProfile,
  targets: readonly EvidenceTarget[],
): readonly string[] {
  if (best === undefined) return [];
  return predictWorkload(profile, targets)
    .filter(({ target, total }) => target !== best.target && total < best.total)
    .slice(0, MOST_CHANGES)
    .map(({ target, total }) => {
      const cost = `${target} would cost ${formatNanoseconds(total)}, ${(best.total / total).toFixed(1)} times less.`;
      const usable = weighed.some((driver) => driver.target === target);
      return usable ? `Allowed to copy every layer in full (--allow-full-copy), ${cost}` : `With such a root, ${cost}`;
    });
}
