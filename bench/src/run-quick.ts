import type { BenchResult } from './bench-result.ts';
import type { BenchTarget } from './bench-target.ts';
import { quickCases } from './quick-cases.ts';
import { type BenchOptions, runBench } from './run-bench.ts';

/** Options of {@link runCopyUpQuick}. */
export interface QuickOptions extends BenchOptions {
  /** Also measures files of 128 MiB. */
  readonly largest?: boolean;
}

/**
 * Measures what a first write costs by file size, directory depth and layer depth, and what a container's life costs, on each target.
 *
 * Takes about half a minute for two drivers on a disk that takes 300 MiB/s, twice that with `largest`.
 *
 * @example
 * const result = await runCopyUpQuick([
 *   { label: 'overlay2', source: { specifier: '@graphdriver/driver-overlay2', export: 'overlay2' }, directory: '/var/tmp' },
 * ]);
 * console.log(renderCopyUpTable(result));
 */
export function runCopyUpQuick(targets: readonly BenchTarget[], options: QuickOptions = {}): Promise<BenchResult> {
  const { largest = false, ...rest } = options;
  return runBench(targets, quickCases({ largest }), rest);
}
