import type { BenchResult, TargetRecord } from '../bench-result.ts';
import type { EnvironmentDifference } from './environment-difference.ts';

/** Load and free memory are never twice the same: they are told where they differ by this much. */
const CHANGING = { load: 0.5, memory: 0.25 };

/**
 * What was different about the machines, the software and the file systems of two runs; empty for a result and itself.
 * The targets are given as they are compared, those of the one with those of the other.
 */
export function environmentDifferences(
  before: Surroundings,
  after: Surroundings,
  targets: readonly (readonly [TargetRecord, TargetRecord])[],
): EnvironmentDifference[] {
  const places = targets.flatMap(([first, second]) => targetDifferences(first, second));
  return [...machineDifferences(before, after), ...changingFacts(before, after), ...places].filter(isDifference);
}

/** {@link environmentDifferences} without what changes from one minute to the next, such as load. */
export function lastingDifferences(
  before: Surroundings,
  after: Surroundings,
  targets: readonly (readonly [TargetRecord, TargetRecord])[],
): EnvironmentDifference[] {
  const places = targets.flatMap(([first, second]) => targetDifferences(first, second));
  return [...machineDifferences(before, after), ...places].filter(isDifference);
}

type Surroundings = Pick<BenchResult, 'environment' | 'seed'>;

function isDifference({ before, after }: EnvironmentDifference): boolean {
  return before !== after;
}

function machineDifferences(before: Surroundings, after: Surroundings): EnvironmentDifference[] {
  const [one, other] = [factsOf(before), factsOf(after)];
  const facts = [...new Set([...one.keys(), ...other.keys()])].map((what) => ({
    what,
    before: one.get(what) ?? '—',
    after: other.get(what) ?? '—',
  }));
  return [...facts, ...toolDifferences(before.environment.tools ?? {}, after.environment.tools ?? {})];
}

function factsOf({ environment, seed }: Surroundings): Map<string, string> {
  const { cpu } = environment;
  const facts = new Map<string, string>([
    ['kernel', environment.kernel],
    ['architecture', environment.architecture],
    ['cpu.model', cpu.model],
    ['cpu.count', String(cpu.count)],
    ['cpu.governor', cpu.governor ?? 'unknown'],
    ['cpu.idle', cpu.idle ?? 'unknown'],
    ['memory.total', String(environment.memory.total)],
    ['node', environment.node],
    ['commit', environment.commit ?? 'unknown'],
    ['seed', String(seed)],
  ]);
  for (const [name, value] of Object.entries(environment.overlayParameters)) facts.set(`overlay.${name}`, value);
  for (const [name, version] of Object.entries(environment.packages)) facts.set(name, version);
  return facts;
}

/** Only programs that both have used: what one of them did not need, made no difference. */
function toolDifferences(
  before: Readonly<Record<string, string>>,
  after: Readonly<Record<string, string>>,
): EnvironmentDifference[] {
  return Object.entries(before).flatMap(([what, version]) => {
    const other = after[what];
    return other === undefined ? [] : [{ what, before: version, after: other }];
  });
}

function changingFacts(before: Surroundings, after: Surroundings): EnvironmentDifference[] {
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
