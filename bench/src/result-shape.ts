import { caseId, OPERATIONS } from './bench-case.ts';
import { type BenchResult, RESULT_VERSION } from './bench-result.ts';
import {
  count,
  environment,
  filesystem,
  flag,
  isObject,
  list,
  object,
  oneOf,
  optional,
  orNull,
  type Rule,
  record,
  text,
  time,
} from './shape-rules.ts';

const image = { files: count, fileSize: count };
const caseRules: Readonly<Record<string, Rule>> = {
  copy_up: object({
    size: count,
    layers: count,
    directories: count,
    placement: oneOf('home', 'every'),
    cache: oneOf('warm', 'cold'),
  }),
  lifecycle: object(image),
  apply: object(image),
  difference: object({ ...image, changed: count }),
  where: object(image),
};
const benchCase: Rule = (value, place) => {
  if (!isObject(value)) return `${place} is not an object`;
  const fault = oneOf(...Object.keys(caseRules))(value['workload'], `${place}.workload`);
  return fault ?? caseRules[String(value['workload'])]?.(value, place);
};

const capabilities = object({
  copyOnWrite: oneOf('file', 'block', 'none'),
  maxDepth: orNull(count),
  nativeDiff: flag,
  quota: orNull(oneOf('difference', 'view')),
  idMap: oneOf('mount', 'chown', 'none'),
  mountLabel: flag,
  timestampGranularity: count,
  renameLowerDirectory: flag,
  stableInodes: flag,
  keepsHardLinks: flag,
  sharesOpenFiles: flag,
  readOnlyViews: flag,
  volatile: flag,
  portableMounts: flag,
  sharedRoot: flag,
  persistent: flag,
});

const result = object({
  format: oneOf('graphdriver-bench'),
  version: oneOf(RESULT_VERSION),
  startedAt: time,
  endedAt: time,
  complete: flag,
  seed: count,
  rounds: count,
  environment,
  targets: list(
    object({
      label: text,
      driver: text,
      settings: record(text),
      volatile: flag,
      capabilities: orNull(capabilities),
      filesystem,
    }),
  ),
  cases: record(benchCase),
  order: list(object({ round: count, target: text })),
  samples: list(
    object({
      target: text,
      case: text,
      operation: oneOf(...Object.values(OPERATIONS).flat()),
      round: count,
      index: count,
      nanoseconds: count,
      bytes: optional(count),
      reported: optional(count),
    }),
  ),
  skips: list(object({ target: text, case: text, reason: text })),
});

/** Says where a parsed result file is not what it should be, or `undefined` where it is. */
export function findFault(value: unknown): string | undefined {
  return result(value, 'result') ?? findDanglingName(value);
}

/** Samples, skips and the order may only name targets and cases that are there. */
function findDanglingName(value: unknown): string | undefined {
  const { targets, cases, order, samples, skips } = value as BenchResult; // The fields have just been looked at.
  const labels = new Set(targets.map((target) => target.label));
  const misnamed = Object.entries(cases).find(([id, of]) => caseId(of) !== id);
  if (misnamed !== undefined) return `result.cases.${misnamed[0]} is another case than its key says`;
  const stray = [...order, ...samples, ...skips].find(({ target }) => !labels.has(target));
  if (stray !== undefined) return `result.targets has no ${stray.target}`;
  const unknown = [...samples, ...skips].find((row) => !Object.hasOwn(cases, row.case));
  return unknown === undefined ? undefined : `result.cases has no ${unknown.case}`;
}
