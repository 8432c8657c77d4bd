import { mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { commandExists, run } from '@graphdriver/host';
import { privilegeReason } from './privilege.ts';
import { scratchRoot } from './scratch-root.ts';

/** File systems that can be made in a file. */
export type LoopType = 'ext4' | 'xfs' | 'btrfs';

/** What {@link loopFilesystem} makes. */
export interface LoopRequest {
  readonly type: LoopType;
  /** Bytes. xfs takes 300 MiB at least, btrfs 110 MiB. The file is sparse. */
  readonly size: number;
  readonly mkfsArgs?: readonly string[];
}

/** A mounted file system in a file; disposing unmounts it and removes the file. */
export interface LoopFilesystem extends AsyncDisposable {
  /** Where it is mounted. */
  readonly path: string;
}

const FORCE: Readonly<Record<LoopType, readonly string[]>> = {
  ext4: ['-q', '-F', '-E', 'lazy_itable_init=1,nodiscard'],
  xfs: ['-q', '-f', '-K'],
  btrfs: ['-q', '-f', '-K'],
};

/** Makes a file system in a sparse file and mounts it. Leaves neither mount nor loop device nor file when it fails. */
export async function loopFilesystem(request: LoopRequest): Promise<LoopFilesystem> {
  const scratch = await scratchRoot('graphdriver-loop-');
  const [image, path] = [join(scratch.path, 'image'), join(scratch.path, 'mnt')];
  try {
    writeFileSync(image, '');
    truncateSync(image, request.size);
    await run(`mkfs.${request.type}`, [...FORCE[request.type], ...(request.mkfsArgs ?? []), image], {
      timeout: 120_000,
    });
    mkdirSync(path);
    // mount makes the loop device such that the kernel detaches it with the last unmount.
    await run('mount', ['-t', request.type, '-o', 'loop', image, path]);
  } catch (error) {
    await scratch[Symbol.asyncDispose]();
    throw error;
  }
  return { path, [Symbol.asyncDispose]: () => scratch[Symbol.asyncDispose]() };
}

/** Why {@link loopFilesystem} cannot make `type` here, or `null` where it can. */
export async function loopFilesystemReason(type: LoopType): Promise<string | null> {
  const privilege = privilegeReason();
  if (privilege !== null) return privilege;
  return commandExists(`mkfs.${type}`) ? null : `There is no command mkfs.${type}.`;
}
