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
  /** Where the file is made; the system's temporary directory unless given. */
  readonly directory?: string;
  /** Passes reads and writes on to the disk without keeping them in memory a second time: what benchmarks want. */
  readonly directIo?: boolean;
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
  const scratch = await scratchRoot('graphdriver-loop-', request.directory);
  const [image, path] = [join(scratch.path, 'image'), join(scratch.path, 'mnt')];
  try {
    writeFileSync(image, '');
    truncateSync(image, request.size);
    await run(`mkfs.${request.type}`, [...FORCE[request.type], ...(request.mkfsArgs ?? []), image], {
      timeout: 120_000,
    });
    mkdirSync(path);
    if (request.directIo === true) {
      await mountDirect(request.type, image, path);
    } else {
      // mount makes the loop device such that the kernel detaches it with the last unmount.
      await run('mount', ['-t', request.type, '-o', 'loop', image, path]);
    }
  } catch (error) {
    await scratch[Symbol.asyncDispose]();
    throw error;
  }
  return { path, [Symbol.asyncDispose]: () => scratch[Symbol.asyncDispose]() };
}

/** Only losetup knows of direct I/O. Detaching a device in use leaves it to the kernel to do so with the last unmount. */
async function mountDirect(type: LoopType, image: string, path: string): Promise<void> {
  const { stdout } = await run('losetup', ['--find', '--show', '--direct-io=on', image]);
  const device = stdout.trim();
  try {
    // ext4 would go on to write empty tables of inodes in the background, for minutes, among what is measured.
    await run('mount', ['-t', type, ...(type === 'ext4' ? ['-o', 'noinit_itable'] : []), device, path]);
  } finally {
    await run('losetup', ['--detach', device]);
  }
}

/** Why {@link loopFilesystem} cannot make `type` here, or `null` where it can. */
export async function loopFilesystemReason(type: LoopType): Promise<string | null> {
  const privilege = privilegeReason();
  if (privilege !== null) return privilege;
  return commandExists(`mkfs.${type}`) ? null : `There is no command mkfs.${type}.`;
}
