import type { ContainerConfig } from '../images/image-config.ts';
import type { LogLimits } from '../runtime/json-log.ts';
import type { ProcessSpec, RuntimeName } from '../runtime/process-spec.ts';
import {
  hasShape,
  isBoolean,
  isNumber,
  isString,
  listOf,
  nullOr,
  oneOf,
  optional,
  type Shape,
} from '../runtime/record-shape.ts';
import { StoreError } from '../store-error.ts';
import type { ContainerMount } from '../volumes/container-mounts.ts';
import type { RunOptions } from './run-options.ts';

/** What a container runs and how: its image's configuration with what the user asked for on top. Does not change after it was made. */
export interface ContainerSpec {
  /** Comes before the command; empty where there is none. */
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
  /** `NAME=value` each, every name once. */
  readonly env: readonly string[];
  readonly cwd: string;
  readonly user: string;
  /** `null` for the first twelve digits of the container's id. */
  readonly hostname: string | null;
  readonly mounts: readonly ContainerMount[];
  readonly network: 'none' | 'host';
  readonly tty: boolean;
  /** Its stdin stays open although nobody types. */
  readonly openStdin: boolean;
  readonly readOnly: boolean;
  /** The container goes when its program has ended. */
  readonly autoRemove: boolean;
  /** As in `SIGTERM`. */
  readonly stopSignal: string;
  readonly log: LogLimits;
  /** `null` for the first one that works here. */
  readonly runtime: RuntimeName | null;
}

const MOUNT: Shape<ContainerMount> = {
  source: isString,
  target: isString,
  readOnly: isBoolean,
  volume: nullOr(isString),
  anonymous: isBoolean,
};

const LOG: Shape<LogLimits> = { maxSize: optional(isNumber), maxFiles: optional(isNumber) };

const SPEC: Shape<ContainerSpec> = {
  entrypoint: listOf(isString),
  command: listOf(isString),
  env: listOf(isString),
  cwd: isString,
  user: isString,
  hostname: nullOr(isString),
  mounts: listOf((mount) => hasShape(mount, MOUNT)),
  network: oneOf('none', 'host'),
  tty: isBoolean,
  openStdin: isBoolean,
  readOnly: isBoolean,
  autoRemove: isBoolean,
  stopSignal: isString,
  log: (log) => hasShape(log, LOG),
  runtime: nullOr(oneOf('crun', 'runc', 'chroot')),
};

/** Tells whether the books' value says what a container runs; one that was made for its files alone has none. */
export function isContainerSpec(value: unknown): value is ContainerSpec {
  return hasShape<ContainerSpec>(value, SPEC);
}

/**
 * What a container of an image runs. As in Docker, an entrypoint that is given puts the image's command aside too.
 *
 * @throws {StoreError} `RUNTIME_FAILED` where neither names a program; {TypeError} for an environment entry without a name
 */
export function specFor(config: ContainerConfig, options: RunOptions): Omit<ContainerSpec, 'mounts'> {
  const entrypoint = options.entrypoint ?? config.Entrypoint ?? [];
  const command = options.command ?? (options.entrypoint === undefined ? (config.Cmd ?? []) : []);
  if (entrypoint.length + command.length === 0) {
    throw new StoreError('RUNTIME_FAILED', 'Neither the image nor you name a program to run.', {
      hint: 'Write a command behind the image.',
      details: { exitCode: 125 },
    });
  }
  return {
    entrypoint,
    command,
    env: mergedEnvironment(config.Env ?? [], options.env ?? []),
    cwd: options.cwd ?? (config.WorkingDir || '/'),
    user: options.user ?? config.User ?? '',
    hostname: options.hostname ?? null,
    network: options.network ?? 'none',
    tty: options.tty ?? false,
    openStdin: options.openStdin ?? false,
    readOnly: options.readOnly ?? false,
    autoRemove: options.autoRemove ?? false,
    stopSignal: options.stopSignal ?? (config.StopSignal || 'SIGTERM'),
    log: options.log ?? {},
    runtime: options.runtime ?? null,
  };
}

/** The process that a container's spec comes to, in a root where its files are mounted. */
export function processOf(spec: ContainerSpec, id: string, rootfs: string): ProcessSpec {
  return {
    rootfs,
    args: [...spec.entrypoint, ...spec.command],
    env: spec.env,
    cwd: spec.cwd,
    user: spec.user,
    hostname: spec.hostname ?? id.slice(0, 12),
    mounts: spec.mounts.map(({ source, target, readOnly }) => ({ source, target, readOnly })),
    network: spec.network,
    tty: spec.tty,
    readOnly: spec.readOnly,
  };
}

/** What an image of a container's files starts its own containers with. */
export function configOf(spec: ContainerSpec): ContainerConfig {
  const { entrypoint, command, env, cwd, user, stopSignal } = spec;
  return {
    Env: env,
    Cmd: command,
    ...(entrypoint.length === 0 ? {} : { Entrypoint: entrypoint }),
    WorkingDir: cwd,
    ...(user === '' ? {} : { User: user }),
    ...(stopSignal === 'SIGTERM' ? {} : { StopSignal: stopSignal }),
  };
}

/** Of several values of one name the last stays, at the place of the first. */
export function mergedEnvironment(...lists: readonly (readonly string[])[]): readonly string[] {
  const values = new Map<string, string>();
  for (const entry of lists.flat()) {
    const equals = entry.indexOf('=');
    if (equals < 1) throw new TypeError(`${JSON.stringify(entry)} is not NAME=value.`);
    values.set(entry.slice(0, equals), entry);
  }
  return [...values.values()];
}
