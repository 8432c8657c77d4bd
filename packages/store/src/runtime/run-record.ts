import { writeFileAtomicSync } from '@graphdriver/host';
import { StoreError } from '../store-error.ts';
import type { ContainerFiles } from './container-files.ts';
import type { LogLimits } from './json-log.ts';
import type { BindMount, ProcessSpec, RuntimeName } from './process-spec.ts';
import {
  hasShape,
  isBoolean,
  isNumber,
  isString,
  listOf,
  oneOf,
  optional,
  readRecord,
  type Shape,
} from './record-shape.ts';

/** How a container was last started: what its monitor and later commands have to know. */
export interface RunRecord {
  readonly id: string;
  readonly spec: ProcessSpec;
  readonly runtime: RuntimeName;
  readonly openStdin: boolean;
  readonly log: LogLimits;
}

const MOUNT: Shape<BindMount> = { source: isString, target: isString, readOnly: optional(isBoolean) };

const SPEC: Shape<ProcessSpec> = {
  rootfs: isString,
  args: listOf(isString),
  env: listOf(isString),
  cwd: isString,
  user: isString,
  hostname: optional(isString),
  mounts: optional(listOf((mount) => hasShape(mount, MOUNT))),
  network: optional(oneOf('none', 'host')),
  tty: optional(isBoolean),
  readOnly: optional(isBoolean),
};

const LOG: Shape<LogLimits> = { maxSize: optional(isNumber), maxFiles: optional(isNumber) };

const SHAPE: Shape<RunRecord> = {
  id: isString,
  spec: (spec) => hasShape(spec, SPEC),
  runtime: oneOf('crun', 'runc', 'chroot'),
  openStdin: isBoolean,
  log: (log) => hasShape(log, LOG),
};

/** Writes it down. @internal */
export function writeRunRecord(files: ContainerFiles, run: RunRecord): void {
  writeFileAtomicSync(files.request, JSON.stringify(run));
}

/** Reads it. @throws {StoreError} `CORRUPT_STORE` */
export function readRunRecord(files: ContainerFiles): RunRecord {
  const run = readRecord<RunRecord>(files.request, SHAPE);
  if (run !== undefined) return run;
  throw new StoreError('CORRUPT_STORE', `${files.request} is missing, so that nobody knows how the container is run.`, {
    details: { path: files.request },
  });
}
