import { type BenchCase, caseId, type GroundCase, OPERATIONS } from '../../src/bench-case.ts';
import type { BenchResult } from '../../src/bench-result.ts';

/** What no page may take for markup, and no spreadsheet for a formula. */
export const HOSTILE = `=cmd()</script><x-evil onload="alert(1)">'"&|\u0000\u202E\u{1F600}\uD800`;

const place = { size: 16 * 1024 ** 2, layers: 16, directories: 16 };
const AROUND: readonly GroundCase[] = [
  { workload: 'touch', touch: 'append', ...place },
  { workload: 'touch', touch: 'chmod', ...place },
  { workload: 'sparse', ...place },
  { workload: 'concurrency', writers: 1, ...place },
  { workload: 'concurrency', writers: 4, ...place },
];

const MOUNTS: readonly BenchCase[] = [
  { workload: 'inside', work: 'find', amount: 2000 },
  { workload: 'inside', work: 'sqlite', amount: 50 },
  { workload: 'many', containers: 10, atOnce: 1 },
  { workload: 'chain', layers: 16, written: 16 * 1024 ** 2 },
];

/** The result with every name, sentence and fact of the machine made by somebody who means no good. */
export function hostileResult(result: BenchResult): BenchResult {
  const names = new Map(result.targets.map(({ label }, index) => [label, `${HOSTILE}${index}`]));
  const named = <Row extends { readonly target: string }>(row: Row): Row => ({
    ...row,
    target: names.get(row.target) ?? '',
  });
  const { environment } = result;
  return {
    ...result,
    environment: {
      ...environment,
      kernel: HOSTILE,
      architecture: HOSTILE,
      overlayParameters: { [HOSTILE]: HOSTILE },
      cpu: { model: HOSTILE, count: 1, governor: HOSTILE },
      node: HOSTILE,
      packages: { [HOSTILE]: HOSTILE },
      commit: HOSTILE,
    },
    targets: result.targets.map((target) => ({
      ...target,
      label: names.get(target.label) ?? '',
      driver: HOSTILE,
      settings: { [HOSTILE]: HOSTILE },
      filesystem: { name: HOSTILE, source: HOSTILE, mountOptions: [HOSTILE], free: 1 },
    })),
    order: result.order.map(named),
    samples: result.samples.map(named),
    skips: result.skips.map((skip) => ({ ...named(skip), reason: HOSTILE })),
  };
}

/** Cases of every workload but copy_up, with samples on every target of the result: what the fixture of the charts has none of. */
export function withAllWorkloads(result: BenchResult): BenchResult {
  const image = { files: 16, fileSize: 65536 };
  const cases: Record<string, BenchCase> = {
    'where/16-files/64KiB': { workload: 'where', ...image },
    ...Object.fromEntries([...AROUND, ...MOUNTS].map((of) => [caseId(of), of])),
    'apply/16-files/64KiB': { workload: 'apply', ...image },
    'space/16-files/64KiB/append-4KiB': { workload: 'space', ...image, append: 4096 },
    'difference/4-of-16-files/64KiB': { workload: 'difference', ...image, changed: 4 },
  };
  const operations = [
    ...[...AROUND, ...MOUNTS].map((of) => [caseId(of), OPERATIONS[of.workload]] as const),
    ['where/16-files/64KiB', ['create', 'get', 'first', 'second', 'put', 'remove']],
    ['apply/16-files/64KiB', ['apply']],
    ['space/16-files/64KiB/append-4KiB', OPERATIONS.space],
    ['difference/4-of-16-files/64KiB', ['changes', 'diff']],
  ] as const;
  const added = result.targets.flatMap(({ label }, place) =>
    operations.flatMap(([id, names]) =>
      names.flatMap((operation, step) =>
        [0, 1, 2].map((index) => ({
          target: label,
          case: id,
          operation,
          round: 0,
          index,
          nanoseconds: 1e5 * (1 + place) * (1 + step) + 1e3 * index,
          ...(id.startsWith('space') ? { allocated: 4096 * (step - 2), deviceBytes: 8192 * (step + place) } : {}),
          ...(operation === 'create' || operation === 'first' ? { bytes: 4096 * (1 + place) } : {}),
        })),
      ),
    ),
  );
  return { ...result, cases: { ...result.cases, ...cases }, samples: [...result.samples, ...added] };
}
