export {
  type ApplyCase,
  type BenchCase,
  type CacheState,
  type ChainCase,
  type ConcurrencyCase,
  type CopyUpCase,
  caseId,
  type DifferenceCase,
  type FilePlace,
  type InsideCase,
  type InsideWork,
  type LifecycleCase,
  type ManyCase,
  type Operation,
  type Placement,
  type SpaceCase,
  type SparseCase,
  TOUCHES,
  type Touch,
  type TouchCase,
  type WhereCase,
} from './bench-case.ts';
export {
  type BenchPlace,
  type BenchPlaces,
  FILE_SYSTEMS,
  makePlaces,
  type PlaceOptions,
  placeBytes,
} from './bench-places.ts';
export type { PlanOptions, TargetPlan } from './bench-plan.ts';
export type { BenchProgress } from './bench-progress.ts';
export {
  type BenchResult,
  type MeasuredCapabilities,
  RESULT_VERSION,
  type SampleRecord,
  type SkipRecord,
  type TargetRecord,
} from './bench-result.ts';
export type { BenchTarget, ModuleSource } from './bench-target.ts';
export { type BenchmarksSource, benchmarksPage } from './charts/benchmarks-page.ts';
export type { Chart } from './charts/chart.ts';
export { gridCharts } from './charts/grid-sections.ts';
export { resultsDigest, withDigest } from './charts/results-digest.ts';
export { answerCost, COST_OPERATIONS, type CostAnswer, type CostQuestion } from './cost-model/answer-cost.ts';
export type { CostCoefficient, CostFit, CostFitness, CostModel, CostResidual } from './cost-model/cost-model.ts';
export { type CostKind, type CostShape, type CostTerm, copyUpShape } from './cost-model/cost-terms.ts';
export { fitCostModel } from './cost-model/fit-cost-model.ts';
export { type CostLimit, costLimit, type PredictedCost, predictCost } from './cost-model/predict-cost.ts';
export { type CostOptions, renderCost, renderModel } from './cost-model/render-cost.ts';
export { type Environment, type FilesystemFacts, readEnvironment, readFilesystem } from './environment.ts';
export { type CompareOptions, compareResults } from './evidence/compare-results.ts';
export type {
  CaseComparison,
  ComparedRun,
  Comparison,
  DifferenceVerdict,
  OperationComparison,
  UnmatchedCase,
} from './evidence/comparison.ts';
export type { EnvironmentDifference } from './evidence/environment-difference.ts';
export { examineResult, type ResultExamination } from './evidence/examine-result.ts';
export { findRegressions } from './evidence/find-regressions.ts';
export { pairedRatio, type RatioEstimate, unpairedRatio } from './evidence/paired-ratio.ts';
export { type QuantileInterval, type QuantileOptions, quantileInterval } from './evidence/quantile-interval.ts';
export { renderComparison, verdictSentence } from './evidence/render-comparison.ts';
export {
  isSelfComparison,
  renderSelfComparison,
  runSelfComparison,
  type SelfComparison,
  selfComparison,
} from './evidence/self-comparison.ts';
export { type FileExamination, validateFile } from './evidence/validate-file.ts';
export { formatBytes, formatInterval, formatNanoseconds, parseBytes } from './format-units.ts';
export {
  AROUND_THE_CENTRE,
  FULL_GRID,
  type FullOptions,
  fullCases,
  GRID_CENTRE,
  type GridFactors,
  gridCases,
} from './grid-cases.ts';
export { mergeResults } from './merge-results.ts';
export { type KnownPeer, knownPeers, peerNamed } from './peers/known-peers.ts';
export { parsePicks, readPicks, writePicks } from './picks/picks-file.ts';
export type { PickPrediction, PickRun, PickSkip, PicksResult, PredictionSource } from './picks/picks-result.ts';
export { picksVerdict, renderPickSkips, renderPicks, renderReplays } from './picks/render-picks.ts';
export { REPLAYED_WORK } from './picks/replayed-work.ts';
export { type PicksOptions, type PicksProgress, runPicks } from './picks/run-picks.ts';
export { planBench } from './plan-bench.ts';
export { type QuickCaseOptions, quickCases } from './quick-cases.ts';
export { comparisonPage } from './report/comparison-page.ts';
export { readReportSources } from './report/read-report-sources.ts';
export { type PngRenderer, pngRenderer } from './report/render-png.ts';
export { makeReport, type Report } from './report/report.ts';
export type { ReportSource } from './report/report-model.ts';
export { type WriteReportOptions, writeReport } from './report/write-report.ts';
export { formatResult, parseResult, readResult, writeResult } from './result-file.ts';
export { formatSchema, resultSchema } from './result-schema.ts';
export { type JudgedRow, judgeRows, rowValues, type Verdict } from './rows/judge-rows.ts';
export { groupRows } from './rows/merge-rows.ts';
export { renderRowNotes, renderRows, renderVerdict } from './rows/render-rows.ts';
export type { Row, RowReading, RowSide, RowUnit } from './rows/row.ts';
export { allRows } from './rows/row-programs.ts';
export { FULL_SIZES, type RowSizes } from './rows/row-sizes.ts';
export { formatRows, parseRows, readRows, writeRows } from './rows/rows-file.ts';
export { ROWS_VERSION, type RowRecord, type RowSample, type RowSkip, type RowsResult } from './rows/rows-result.ts';
export { type RowsOptions, type RowsProgress, runRows } from './rows/run-rows.ts';
export { type BenchOptions, runBench } from './run-bench.ts';
export { type QuickOptions, runCopyUpQuick } from './run-quick.ts';
export { type OnceOperation, type OnceSample, type SampleOptions, sampleOnce } from './sampler.ts';
export { standardTargets, type TargetDriver, targetIn } from './standard-targets.ts';
export { type BootstrapOptions, type Summary, summarize } from './statistics.ts';
export { extraOverPlain, samplesOf } from './summaries.ts';
export { copyUpSections, renderCopyUpTable } from './tables/copy-up-table.ts';
export { renderLifecycleTable } from './tables/lifecycle-table.ts';
export { renderMethod } from './tables/method.ts';
export { formatDuration, planMilliseconds, renderPlan } from './tables/plan-table.ts';
export { ofTables, RESULT_TABLES, type ResultOptions, type ResultTable, renderResult } from './tables/render-result.ts';
export { renderCsv } from './tables/result-csv.ts';
export { renderSkips } from './tables/skip-lines.ts';
export type { RenderOptions, Section } from './tables/table-cell.ts';
export { type Column, renderTable, type TableFormat } from './text-table.ts';
export {
  type Evidence,
  type EvidenceModel,
  type EvidenceTarget,
  evidenceFor,
  evidenceOf,
} from './workload-profiles/evidence.ts';
export { KNOWN_PROFILES } from './workload-profiles/known-profiles.ts';
export { type MeasureOptions, type MeasureProgress, measureProfiles } from './workload-profiles/measure-profiles.ts';
export { partWords } from './workload-profiles/part-words.ts';
export { type PartCost, predictWorkload, type WorkloadCost } from './workload-profiles/predict-workload.ts';
export { PUBLISHED_EVIDENCE } from './workload-profiles/published-evidence.ts';
export { parseProfile } from './workload-profiles/read-profile.ts';
export { type UnmetNeed, unmetNeeds } from './workload-profiles/unmet-needs.ts';
export { type TurningPoint, turningPoints } from './workload-profiles/what-would-change.ts';
export { WORKLOAD_NEEDS, type WorkloadProfile } from './workload-profiles/workload-profile.ts';
