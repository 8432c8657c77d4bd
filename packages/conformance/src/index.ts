export { allChecks } from './all-checks.ts';
export type {
  Check,
  CheckContext,
  CheckResult,
  ConformanceReport,
  Deviations,
  DeviationsHere,
  Outcome,
  Subject,
  Worker,
  WorkerOptions,
} from './check.ts';
export { type CoveredCase, coveredCases } from './covered-cases.ts';
export { referenceDriver } from './reference/reference-driver.ts';
export { countOutcomes } from './reporters/count-outcomes.ts';
export { renderJson } from './reporters/render-json.ts';
export { renderJunit } from './reporters/render-junit.ts';
export { type PrettyOptions, renderPretty } from './reporters/render-pretty.ts';
export { renderTap } from './reporters/render-tap.ts';
export { type ConformanceOptions, runConformance, selectChecks } from './run-conformance.ts';
