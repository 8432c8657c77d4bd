/** How much a finding matters: nothing to do; something would be better otherwise; something does not work, or soon will not. */
export type Severity = 'fine' | 'advice' | 'problem';

/** What a finding is about, in the order in which they are told. */
export const GROUPS = ['kernel', 'filesystem', 'drivers', 'tools', 'leftovers'] as const;

export type FindingGroup = (typeof GROUPS)[number];

/** One thing that was looked at, and what to make of it. */
export interface Finding {
  readonly group: FindingGroup;
  /** Short and stable, as in `free-space`. */
  readonly check: string;
  readonly severity: Severity;
  /** What was seen and what it means, as a sentence. */
  readonly sentence: string;
  /** What to do; `null` where there is nothing to do. */
  readonly remedy: string | null;
  /** The drivers that it concerns; empty where it concerns all, or none. */
  readonly drivers: readonly string[];
}

/** What a finding says apart from its group. */
export interface Said {
  readonly check: string;
  readonly severity: Severity;
  readonly sentence: string;
  readonly remedy?: string | undefined;
  readonly drivers?: readonly string[];
}

/** A finding of a group, with what was left out. */
export function finding(group: FindingGroup, { check, severity, sentence, remedy, drivers = [] }: Said): Finding {
  return { group, check, severity, sentence, remedy: remedy ?? null, drivers };
}
