import type { BenchCase } from '../../src/bench-case.ts';
import type { BenchResult } from '../../src/bench-result.ts';

/** What no page may take for markup, and no spreadsheet for a formula. */
export const HOSTILE = `=cmd()</script><x-evil onload="alert(1)">'"&|\u0000\u202E\u{1F600}\uD800`;

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
    'apply/16-files/64KiB': { workload: 'apply', ...image },
    'difference/4-of-16-files/64KiB': { workload: 'difference', ...image, changed: 4 },
  };
  const operations = [
    ['where/16-files/64KiB', ['create', 'get', 'first', 'second', 'put', 'remove']],
    ['apply/16-files/64KiB', ['apply']],
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
          ...(operation === 'create' || operation === 'first' ? { bytes: 4096 * (1 + place) } : {}),
        })),
      ),
    ),
  );
  return { ...result, cases: { ...result.cases, ...cases }, samples: [...result.samples, ...added] };
}
