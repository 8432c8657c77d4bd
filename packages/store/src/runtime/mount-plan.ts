import { realpathSync, statSync } from 'node:fs';
import { isErrno } from '@graphdriver/host';
import { StoreError } from '../store-error.ts';
import type { BindMount } from './process-spec.ts';
import { type Covering, resolveInRoot } from './root-path.ts';

/** A place on which something is mounted. */
export interface MountPoint {
  /** Resolved, as the container names it. */
  readonly target: string;
  /** The same place on the host before anything is mounted on it. */
  readonly host: string;
  readonly kind: 'directory' | 'file';
  /** How many of its last components do not exist yet. */
  readonly missing: number;
  /** It lies in the container's own files, and not in /dev, /proc, /sys or another mount. */
  readonly inRoot: boolean;
}

/** A bind mount whose paths are resolved. */
export interface PlannedMount extends MountPoint {
  readonly source: string;
  readonly readOnly: boolean;
}

/** File systems of the kernel that every container has. */
export const KERNEL_MOUNTS = ['/proc', '/sys', '/dev'] as const;

/** Everything that is mounted in a container, in the order of mounting. */
export interface MountPlan {
  readonly kernel: readonly MountPoint[];
  readonly binds: readonly PlannedMount[];
}

/**
 * Resolves all mount points of a container, so that no link of an image, and none of a volume in it, leads out of its root.
 *
 * Outer targets come before inner ones, whatever the order in which they were named.
 *
 * @throws {StoreError} `RUNTIME_FAILED` for a source that does not exist, a target that is the root or of another kind than its
 *   source, and two mounts at one target
 */
export function planMounts(rootfs: string, binds: readonly BindMount[]): MountPlan {
  const kernel = KERNEL_MOUNTS.map((target) => kernelMountPoint(rootfs, target));
  const planned: PlannedMount[] = [];
  for (const bind of [...binds].sort((a, b) => depth(a.target) - depth(b.target))) {
    const mount = planBind(rootfs, bind, planned);
    if (planned.some(({ target }) => target === mount.target))
      throw refusal(bind, 'something else is to be mounted there too');
    planned.push(mount);
  }
  return { kernel, binds: planned };
}

/** An image whose /proc is a link, or a file, is out to deceive: the kernel's files stand at the real path or nowhere. */
function kernelMountPoint(rootfs: string, target: string): MountPoint {
  const { visible, host, stat, missing } = resolveInRoot(rootfs, target);
  if (visible !== target || (stat !== undefined && !stat.isDirectory()))
    throw new StoreError('RUNTIME_FAILED', `${target} of the container is not a directory.`, { details: { target } });
  return { target, host, kind: 'directory', missing, inRoot: true };
}

function planBind(rootfs: string, bind: BindMount, before: readonly Covering[]): PlannedMount {
  if (!bind.target.startsWith('/')) throw refusal(bind, 'the target is no absolute path');
  const source = realSource(bind);
  const kind = statSync(source).isDirectory() ? 'directory' : 'file';
  const { visible, host, stat, missing } = resolveInRoot(rootfs, bind.target, before);
  if (visible === '/') throw refusal(bind, 'the target is the root');
  if (stat !== undefined && stat.isDirectory() !== (kind === 'directory'))
    throw refusal(bind, `the source is a ${kind} and the target is not`);
  const covered = [...KERNEL_MOUNTS, ...before.map(({ target }) => target)];
  const inRoot = !covered.some((target) => visible === target || visible.startsWith(`${target}/`));
  return { target: visible, host, kind, missing, inRoot, source, readOnly: bind.readOnly ?? false };
}

function realSource(bind: BindMount): string {
  if (!bind.source.startsWith('/')) throw refusal(bind, 'the source is no absolute path');
  try {
    return realpathSync(bind.source);
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR', 'ELOOP')) throw refusal(bind, 'the source does not exist', error);
    throw error;
  }
}

function depth(path: string): number {
  return path.split('/').filter((part) => part !== '' && part !== '.').length;
}

function refusal(bind: BindMount, why: string, cause?: unknown): StoreError {
  return new StoreError('RUNTIME_FAILED', `${bind.source} cannot be mounted at ${bind.target}: ${why}.`, {
    cause,
    details: { source: bind.source, target: bind.target, exitCode: 125 },
  });
}
