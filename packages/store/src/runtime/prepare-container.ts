import { realpathSync } from 'node:fs';
import { isErrno, makeDirectory } from '@graphdriver/host';
import { StoreError } from '../store-error.ts';
import { type ContainerFiles, containerFiles } from './container-files.ts';
import { userInRoot } from './container-user.ts';
import { completeEnvironment } from './environment.ts';
import { type MountPlan, planMounts } from './mount-plan.ts';
import type { ResolvedProcess } from './oci-config.ts';
import type { BindMount, ExecSpec, ProcessSpec, RuntimeName } from './process-spec.ts';
import { resolveInRoot } from './root-path.ts';
import { chooseRuntime } from './runtime-choice.ts';

/** What a container is made of. */
export interface ContainerRequest {
  /** Names it among all containers of this machine: letters, digits, `-`. */
  readonly id: string;
  /** A folder that exists and is the container's own. */
  readonly directory: string;
  readonly spec: ProcessSpec;
  readonly runtime?: RuntimeName | undefined;
}

/** A container of which everything is known and nothing made yet. */
export interface PreparedContainer {
  readonly id: string;
  readonly files: ContainerFiles;
  readonly runtime: RuntimeName;
  /** Its root is a real path. */
  readonly spec: ProcessSpec;
  readonly process: ResolvedProcess;
  readonly mounts: MountPlan;
}

/**
 * Resolves users and paths, and makes the working directory where it is missing.
 *
 * @throws {StoreError} `RUNTIME_FAILED` for what the root does not have, and where nothing can run a container here
 */
export function prepareContainer(request: ContainerRequest): PreparedContainer {
  const runtime = chooseRuntime(request.runtime);
  const spec = { ...request.spec, rootfs: realRoot(request.spec.rootfs) };
  if (!spec.args.some((word) => word !== '')) throw refusal('There is no program to run.');
  const mounts = planMounts(spec.rootfs, [...networkFiles(spec), ...(spec.mounts ?? [])]);
  const process = resolveProcess(spec.rootfs, spec, spec.hostname);
  makeWorkingDirectory(spec, mounts);
  return { id: request.id, files: containerFiles(request.directory), runtime, spec, process, mounts };
}

/** What the files of the root say about a process. @throws {StoreError} `RUNTIME_FAILED` */
export function resolveProcess(rootfs: string, spec: ExecSpec, hostname?: string): ResolvedProcess {
  if (!spec.cwd.startsWith('/')) throw refusal(`The working directory ${spec.cwd} is no absolute path.`);
  if ([...spec.args, ...spec.env, spec.cwd].some((text) => text.includes('\0')))
    throw refusal('Arguments, environment and working directory cannot hold a zero byte.');
  const user = userInRoot(rootfs, spec.user);
  const env = completeEnvironment(spec.env, { home: user.home, hostname, tty: spec.tty ?? false });
  return { user, env };
}

function realRoot(rootfs: string): string {
  try {
    return realpathSync(rootfs);
  } catch (error) {
    if (!isErrno(error, 'ENOENT', 'ENOTDIR')) throw error;
    throw refusal(`There is no directory ${rootfs} to be the root.`);
  }
}

/** Names are resolved as on the host where its network is used; a file that the caller mounts there goes first. */
function networkFiles(spec: ProcessSpec): BindMount[] {
  if (spec.network !== 'host') return [];
  const targets = new Set((spec.mounts ?? []).map(({ target }) => target));
  return ['/etc/resolv.conf', '/etc/hosts']
    .filter((path) => !targets.has(path) && exists(path))
    .map((path) => ({ source: path, target: path, readOnly: true }));
}

function exists(path: string): boolean {
  try {
    return realpathSync(path) !== '';
  } catch {
    return false;
  }
}

/** In a mount the runtime makes it, if anybody: only there it is known what the container will see. */
function makeWorkingDirectory(spec: ProcessSpec, { binds }: MountPlan): void {
  const { visible, stat, missing } = resolveInRoot(spec.rootfs, spec.cwd, binds);
  const covered = ['/dev', '/proc', '/sys', ...binds.map(({ target }) => target)];
  if (covered.some((target) => visible === target || visible.startsWith(`${target}/`))) return;
  if (stat !== undefined && !stat.isDirectory()) throw refusal(`The working directory ${spec.cwd} is a file.`);
  const parts = visible.split('/').slice(1);
  for (let length = parts.length - missing + 1; length <= parts.length; length += 1)
    makeDirectory(resolveInRoot(spec.rootfs, parts.slice(0, length).join('/')).host, 0o755);
}

function refusal(message: string): StoreError {
  return new StoreError('RUNTIME_FAILED', message, { details: { exitCode: 125 } });
}
