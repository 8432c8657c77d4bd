import { caseId, OPERATIONS } from './bench-case.ts';
import { type BenchResult, RESULT_VERSION } from './bench-result.ts';

/** Says what is wrong with a value at a place, or `undefined` where nothing is. */
type Rule = (value: unknown, place: string) => string | undefined;

const text: Rule = (value, place) => (typeof value === 'string' ? undefined : `${place} is not a text`);
const flag: Rule = (value, place) => (typeof value === 'boolean' ? undefined : `${place} is neither true nor false`);
const number: Rule = (value, place) => (typeof value === 'number' ? undefined : `${place} is not a number`);
const count: Rule = (value, place) =>
  Number.isSafeInteger(value) && Number(value) >= 0 ? undefined : `${place} is not a whole number`;
const time: Rule = (value, place) =>
  typeof value === 'string' && !Number.isNaN(Date.parse(value)) ? undefined : `${place} is not a time`;

const oneOf = (...allowed: readonly unknown[]): Rule => {
  return (value, place) => (allowed.includes(value) ? undefined : `${place} is none of ${allowed.join(', ')}`);
};
const orNull = (rule: Rule): Rule => {
  return (value, place) => (value === null ? undefined : rule(value, place));
};
const optional = (rule: Rule): Rule => {
  return (value, place) => (value === undefined ? undefined : rule(value, place));
};
const list = (rule: Rule): Rule => {
  return (value, place) =>
    Array.isArray(value)
      ? firstFault(value, (item, index) => rule(item, `${place}[${index}]`))
      : `${place} is not a list`;
};
const record = (rule: Rule): Rule => {
  return (value, place) => {
    if (!isObject(value)) return `${place} is not an object`;
    return firstFault(Object.entries(value), ([key, item]) => rule(item, `${place}.${key}`));
  };
};
const object = (fields: Readonly<Record<string, Rule>>): Rule => {
  return (value, place) => {
    if (!isObject(value)) return `${place} is not an object`;
    return firstFault(Object.entries(fields), ([key, rule]) => rule(value[key], `${place}.${key}`));
  };
};

const copyUpCase = object({ workload: oneOf('copy_up'), size: count, layers: count, directories: count });
const lifecycleCase = object({ workload: oneOf('lifecycle'), files: count, fileSize: count });
const benchCase: Rule = (value, place) => {
  return isObject(value) && value['workload'] === 'lifecycle' ? lifecycleCase(value, place) : copyUpCase(value, place);
};

const environment = object({
  kernel: text,
  architecture: text,
  overlayParameters: record(text),
  cpu: object({ model: text, count, governor: orNull(text) }),
  memory: object({ total: count, free: count }),
  load: list(number),
  node: text,
  packages: record(text),
  commit: orNull(text),
});

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

const filesystem = object({ name: text, source: orNull(text), mountOptions: list(text), free: number });

const result = object({
  format: oneOf('graphdriver-bench'),
  version: oneOf(RESULT_VERSION),
  startedAt: time,
  endedAt: time,
  complete: flag,
  seed: count,
  rounds: count,
  environment,
  targets: list(object({ label: text, driver: text, capabilities: orNull(capabilities), filesystem })),
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

function firstFault<T>(items: readonly T[], look: (item: T, index: number) => string | undefined): string | undefined {
  for (const [index, item] of items.entries()) {
    const fault = look(item, index);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
