import type { Capabilities } from '@graphdriver/core';
import { type BenchCase, caseId } from '../src/bench-case.ts';
import { type BenchResult, RESULT_VERSION, type SampleRecord } from '../src/bench-result.ts';

export const CAPABILITIES: Capabilities = {
  copyOnWrite: 'file',
  maxDepth: 128,
  nativeDiff: true,
  quota: null,
  idMap: 'none',
  forks: false,
  mountLabel: false,
  timestampGranularity: 1,
  renameLowerDirectory: false,
  stableInodes: true,
  keepsHardLinks: false,
  sharesOpenFiles: false,
  readOnlyViews: true,
  volatile: true,
  portableMounts: true,
  sharedRoot: true,
  persistent: true,
};

/** A result of the given samples, on a machine that never was. */
export function resultOf(
  cases: readonly BenchCase[],
  samples: readonly SampleRecord[],
  skips: BenchResult['skips'] = [],
): BenchResult {
  const labels = [...new Set([...samples, ...skips].map(({ target }) => target))];
  return {
    format: 'graphdriver-bench',
    version: RESULT_VERSION,
    startedAt: '2026-01-02T03:04:05.678Z',
    endedAt: '2026-01-02T03:05:05.678Z',
    complete: true,
    seed: 1,
    rounds: 1,
    environment: {
      kernel: '6.1.0',
      architecture: 'x64',
      overlayParameters: { metacopy: 'N' },
      cpu: { model: 'Example', count: 2, governor: null },
      memory: { total: 1024, free: 512 },
      load: [0.1, 0.2, 0.3],
      node: 'v20.20.0',
      packages: { '@graphdriver/bench': '0.1.0' },
      commit: null,
    },
    targets: labels.map((label) => ({
      label,
      driver: label,
      settings: {},
      volatile: false,
      capabilities: CAPABILITIES,
      filesystem: { name: 'ext4', source: '/dev/loop0', mountOptions: ['rw'], free: 1024 },
    })),
    cases: Object.fromEntries(cases.map((of) => [caseId(of), of])),
    order: labels.map((target) => ({ round: 0, target })),
    samples,
    skips,
  };
}
