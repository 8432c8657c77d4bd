import type { BenchResult, TargetRecord } from '../bench-result.ts';

/** Something that two runs did not have in common, and that may be why they differ. */
export interface EnvironmentDifference {
  /** As in `kernel`, `cpu.model` or `overlay2 on xfs: mountOptions`. */
  readonly what: string;
  readonly before: string;
  readonly after: string;
}

/** Load and free memory are never twice the same: they are told where they differ by this much. */
const CHANGING = { load: 0.5, memory: 0.25 };

/**
 * What was different about the machines, the software and the file systems of two runs; empty for a result and itself.
 * The targets are given as they are compared, those of the one with those of the other.
 */
export function environmentDifferences(
  before: BenchResult,
  after: BenchResult,
  targets: readonly (readonly [TargetRecord, TargetRecord])[],
): EnvironmentDifference[] {
  const [one, other] = [factsOf(before), factsOf(after)];
  const machine = [...new Set([...one.keys(), ...other.keys()])].map((what) => ({
    what,
    before: one.get(what) ?? '—',
    after: other.get(what) ?? '—',
  }));
  const places = targets.flatMap(([first, second]) => targetDifferences(first, second));
  return [...machine, ...changingFacts(before, after), ...places].filter((fact) => fact.before !== fact.after);
}

function factsOf({ environment, seed }: BenchResult): Map<string, string> {
  const { cpu } = environment;
  const facts = new Map<string, string>([
    ['kernel', environment.kernel],
    ['architecture', environment.architecture],
    ['cpu.model', cpu.model],
    ['cpu.count', String(cpu.count)],
    ['cpu.governor', cpu.governor ?? 'unknown'],
    ['memory.total', String(environment.memory.total)],
    ['node', environment.node],
    ['commit', environment.commit ?? 'unknown'],
    ['seed', String(seed)],
  ]);
  for (const [name, value] of Object.entries(environment.overlayParameters)) facts.set(`overlay.${name}`, value);
  for (const [name, version] of Object.entries(environment.packages)) facts.set(name, version);
  return facts;
}

function changingFacts(before: BenchResult, after: BenchResult): EnvironmentDifference[] {
  const load = [before, after].map(({ environment }) => environment.load[0] ?? 0);
  const free = [before, after].map(({ environment: { memory } }) => memory.free / Math.max(1, memory.total));
  return [...farApart('load', load, CHANGING.load, 1), ...farApart('memory.free', free, CHANGING.memory, 2)];
}

function targetDifferences(before: TargetRecord, after: TargetRecord): EnvironmentDifference[] {
  const facts = ({ driver, settings, volatile, filesystem }: TargetRecord): Readonly<Record<string, string>> => ({
    driver,
    settings: Object.entries(settings)
      .map(([key, value]) => `${key}=${value}`)
      .sort()
      .join(' '),
    volatile: String(volatile),
    filesystem: filesystem.name,
    mountOptions: filesystem.mountOptions.toSorted().join(','),
  });
  const [one, other] = [facts(before), facts(after)];
  return Object.keys(one).map((what) => ({
    what: `${after.label}: ${what}`,
    before: one[what] ?? '',
    after: other[what] ?? '',
  }));
}

function farApart(
  what: string,
  [before = 0, after = 0]: readonly number[],
  limit: number,
  digits: number,
): EnvironmentDifference[] {
  if (Math.abs(before - after) <= limit) return [];
  return [{ what, before: before.toFixed(digits), after: after.toFixed(digits) }];
}
