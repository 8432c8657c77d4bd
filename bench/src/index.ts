export { type BenchCase, type CopyUpCase, caseId, type LifecycleCase, type Operation } from './bench-case.ts';
export type { BenchProgress } from './bench-progress.ts';
export {
  type BenchResult,
  RESULT_VERSION,
  type SampleRecord,
  type SkipRecord,
  type TargetRecord,
} from './bench-result.ts';
export type { BenchTarget, ModuleSource } from './bench-target.ts';
export { type Environment, type FilesystemFacts, readEnvironment, readFilesystem } from './environment.ts';
export { formatBytes, formatInterval, formatNanoseconds } from './format-units.ts';
export { quickCases } from './quick-cases.ts';
export {
  type RenderOptions,
  renderCopyUpTable,
  renderLifecycleTable,
  renderMethod,
  renderSkips,
} from './render-table.ts';
export { formatResult, parseResult, readResult, writeResult } from './result-file.ts';
export { type BenchOptions, runBench } from './run-bench.ts';
export { type QuickOptions, runCopyUpQuick } from './run-quick.ts';
export { type OnceOperation, type OnceSample, type SampleOptions, sampleOnce } from './sampler.ts';
export { type BootstrapOptions, type Summary, summarize } from './statistics.ts';
export { extraOverPlain, samplesOf } from './summaries.ts';
export { type Column, renderTable, type TableFormat } from './text-table.ts';
