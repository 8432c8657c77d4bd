import { containerdCases } from './covered/containerd.ts';
import { containersStorageCases } from './covered/containers-storage.ts';
import type { CoveredCase } from './covered/covered-case.ts';
import { mobyCases } from './covered/moby.ts';

export type { CoveredCase } from './covered/covered-case.ts';

/** Every known case of the field's three suites, and what became of it here. */
export const coveredCases: readonly CoveredCase[] = [...mobyCases, ...containersStorageCases, ...containerdCases];
