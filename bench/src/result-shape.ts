import { caseId, INSIDE_UNITS, OPERATIONS, TOUCHES } from './bench-case.ts';
import { type BenchResult, RESULT_VERSION } from './bench-result.ts';
import {
  count,
  described,
  environment,
  filesystem,
  flag,
  integer,
  list,
  object,
  oneOf,
  optional,
  orNull,
  type Rule,
  record,
  text,
  time,
  variants,
} from './shape-rules.ts';

const place = {
  size: described('Bytes of the file.', count),
  layers: described('Committed layers; the file is in the bottom one.', count),
  directories: described('Directories above the file.', count),
};
const image = { files: count, fileSize: described('Bytes of each file.', count) };
const caseRules: Readonly<Record<string, Rule>> = {
  copy_up: object({
    ...place,
    placement: described('Which layers have the directories: the bottom one, or all.', oneOf('home', 'every')),
    cache: oneOf('warm', 'cold'),
  }),
  touch: object({ touch: described('What is done to the file.', oneOf(...TOUCHES)), ...place }),
  sparse: object(place),
  concurrency: object({ writers: described('Files that are appended to at once.', count), ...place }),
  lifecycle: object(image),
  apply: object(image),
  difference: object({ ...image, changed: count }),
  where: object(image),
  space: object({ ...image, append: described('Bytes that the container appends to a file, twice.', count) }),
  inside: object({
    work: oneOf(...Object.keys(INSIDE_UNITS)),
    amount: described('Files of the tree, sources, or transactions.', count),
  }),
  many: object({
    containers: count,
    atOnce: described('How many were started, unmounted and removed at any moment.', count),
  }),
  chain: object({
    layers: count,
    written: described('Bytes that the container writes before it is unmounted.', count),
  }),
};
const benchCase = variants('workload', caseRules);

const capabilities = object({
  copyOnWrite: oneOf('file', 'block', 'none'),
  maxDepth: orNull(count),
  nativeDiff: flag,
  quota: orNull(oneOf('difference', 'view')),
  idMap: oneOf('mount', 'chown', 'none'),
  forks: optional(described('Not in results from before there was this capability.', flag)),
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

/** What a result file is, except for what one part of it says of another. */
export const resultRule: Rule = object({
  $schema: optional(text),
  format: oneOf('graphdriver-bench'),
  version: oneOf(RESULT_VERSION),
  startedAt: time,
  endedAt: time,
  complete: described(
    'False where the run was ended early: what it has is right, but it does not have everything.',
    flag,
  ),
  seed: count,
  rounds: described('Processes of each target, at least.', count),
  configuration: optional(
    object({
      budget: described('Bytes that a round of a case may write.', count),
      patience: described('Milliseconds that a round of a case may take.', count),
      mostSamples: described('The greatest number of samples of a case in a round.', count),
      timeout: described('Milliseconds for one sample.', count),
    }),
  ),
  environment,
  continued: optional(
    described(
      'When rounds were added, and what had changed since the run began.',
      list(object({ startedAt: time, differences: list(object({ what: text, before: text, after: text })) })),
    ),
  ),
  targets: list(
    object({
      label: text,
      driver: text,
      settings: record(text),
      volatile: flag,
      capabilities: described('null where the driver does not work there.', orNull(capabilities)),
      filesystem,
      reflinks: optional(
        described('Copies of files share their blocks there; null where the driver does not work.', orNull(flag)),
      ),
    }),
  ),
  cases: described('By id, which says what the case is.', record(benchCase)),
  order: described('The processes in the order in which they ran.', list(object({ round: count, target: text }))),
  samples: list(
    object({
      target: text,
      case: text,
      operation: oneOf(...new Set(Object.values(OPERATIONS).flat())),
      round: count,
      index: described('From 0 within round, case and operation.', count),
      nanoseconds: count,
      bytes: optional(described('What the container then took on the disk.', count)),
      allocated: optional(described('Bytes in use beyond those before the first step; negative for fewer.', integer)),
      deviceBytes: optional(described('Bytes written to the device by the step and the sync after it.', count)),
      reported: optional(described('What a second clock says, in nanoseconds.', count)),
    }),
  ),
  skips: list(object({ target: text, case: text, reason: text, round: optional(count) })),
});

/** Says where a parsed result file is not what it should be, or `undefined` where it is. */
export function findFault(value: unknown): string | undefined {
  return resultRule(value, 'result') ?? findDanglingName(value);
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
