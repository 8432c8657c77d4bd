import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { makeDirectory } from '@graphdriver/host';
import type { BindMount } from '../runtime/process-spec.ts';
import { StoreError } from '../store-error.ts';
import { fillVolume } from './fill-volume.ts';
import type { MountRequest } from './mount-flag.ts';
import type { Volumes } from './volumes.ts';

/** A mount of a container: what its record keeps. */
export interface ContainerMount extends BindMount {
  readonly readOnly: boolean;
  /** `null` for a folder or file of the host. */
  readonly volume: string | null;
  /** The volume was made for this container alone and may go with it. */
  readonly anonymous: boolean;
}

/** What {@link makeMounts} works on. */
export interface MakeMountsOptions {
  /** The container's root: empty volumes begin with what it has at their targets. */
  readonly rootfs: string;
  /** Paths for which the image wants volumes; those among the requests' targets are served already. */
  readonly imageVolumes?: readonly string[];
  /** Writes the container's use of the volumes into the books, while nobody can remove them. */
  readonly record: (mounts: readonly ContainerMount[]) => Promise<void>;
  readonly signal?: AbortSignal;
}

/**
 * Makes the volumes that a new container asks for, fills those that are empty, and has their use recorded.
 *
 * What fails half way leaves volumes that are made already: they have names, or are taken by `prune`.
 *
 * @throws {StoreError} `RUNTIME_FAILED` for a source of the host that does not exist, or two mounts at one target
 */
export async function makeMounts(
  volumes: Volumes,
  requests: readonly MountRequest[],
  options: MakeMountsOptions,
): Promise<readonly ContainerMount[]> {
  const all = [...requests, ...unserved(options.imageVolumes ?? [], requests)];
  refuseDoubles(all);
  const mounts = all.map((request) => makeMount(volumes, request));
  const named = mounts.flatMap(({ volume }) => volume ?? []);
  const lock = await volumes.hold(named, options.signal);
  try {
    for (const [index, mount] of mounts.entries()) {
      const request = all[index];
      if (mount.volume === null || request?.kind !== 'volume') continue;
      // Somebody may have removed it before it was locked.
      const volume = volumes.create(mount.volume);
      if (request.copy) await fillVolume(volume, options.rootfs, mount.target, options.signal);
    }
    await options.record(mounts);
    return mounts;
  } finally {
    lock.release();
  }
}

function unserved(targets: readonly string[], requests: readonly MountRequest[]): MountRequest[] {
  return targets
    .filter((target) => !requests.some((request) => request.target === target))
    .map((target) => ({ kind: 'volume', name: undefined, target, readOnly: false, copy: true }));
}

function refuseDoubles(requests: readonly MountRequest[]): void {
  const targets = requests.map(({ target }) => target);
  const double = targets.find((target, index) => targets.indexOf(target) !== index);
  if (double === undefined) return;
  throw new StoreError('RUNTIME_FAILED', `Two mounts are to be seen at ${double}.`, {
    details: { target: double, exitCode: 125 },
  });
}

function makeMount(volumes: Volumes, request: MountRequest): ContainerMount {
  const { target, readOnly } = request;
  if (request.kind === 'volume') {
    const { path, name, anonymous } = volumes.create(request.name);
    return { source: path, target, readOnly, volume: name, anonymous };
  }
  if (!existsSync(request.source)) {
    if (!request.createSource)
      throw new StoreError('RUNTIME_FAILED', `${request.source} does not exist on this host.`, {
        hint: 'Make it first, or use -v, which makes a folder.',
        details: { source: request.source, exitCode: 125 },
      });
    makeWithParents(request.source);
  }
  return { source: request.source, target, readOnly, volume: null, anonymous: false };
}

function makeWithParents(path: string): void {
  if (existsSync(path)) return;
  makeWithParents(dirname(path));
  makeDirectory(path, 0o755);
}
