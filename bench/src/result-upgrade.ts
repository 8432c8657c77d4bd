import { RESULT_VERSION } from './bench-result.ts';

/**
 * Brings a parsed result of version 1 up to the present one: its copy_up cases had the directories in the bottom layer alone and
 * warm caches, and its targets no settings. Returns anything else as it is, and whatever is not as it should be for others to find.
 */
export function upgradeResult(value: Record<string, unknown>): Record<string, unknown> {
  if (value['version'] !== 1) return value;
  const rename = (row: unknown): unknown =>
    isObject(row) && typeof row['case'] === 'string' ? { ...row, case: upgradedId(row['case']) } : row;
  return {
    ...value,
    version: RESULT_VERSION,
    targets: mapped(value['targets'], (target) =>
      isObject(target) ? { settings: {}, volatile: false, ...target } : target,
    ),
    cases: isObject(value['cases'])
      ? Object.fromEntries(Object.entries(value['cases']).map(([id, of]) => [upgradedId(id), upgradedCase(of)]))
      : value['cases'],
    samples: mapped(value['samples'], rename),
    skips: mapped(value['skips'], rename),
  };
}

function upgradedId(id: string): string {
  return id.startsWith('copy_up/') ? `${id}/home/warm` : id;
}

function upgradedCase(of: unknown): unknown {
  return isObject(of) && of['workload'] === 'copy_up' ? { ...of, placement: 'home', cache: 'warm' } : of;
}

function mapped(value: unknown, change: (item: unknown) => unknown): unknown {
  return Array.isArray(value) ? value.map(change) : value;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
