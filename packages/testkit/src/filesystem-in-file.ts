import { StorageError } from '@graphdriver/core';
import { type LoopFilesystem, type LoopType, loopFilesystem, loopFilesystemReason } from './loop-filesystem.ts';
import { machineLock } from './machine-lock.ts';
import { zfsFusePool, zfsReason } from './zfs-fuse.ts';

/** A kind of file system; `zfs` is a pool in zfs-fuse. */
export type FilesystemType = LoopType | 'zfs';

/** What {@link filesystemInFile} makes. */
export interface FilesystemRequest {
  readonly type: FilesystemType;
  /** Bytes. The file is sparse: it takes as much as is written. */
  readonly size: number;
  /** Where the file is made; the system's temporary directory unless given. */
  readonly directory?: string;
  /** As for {@link loopFilesystem}; a pool knows no such thing. */
  readonly directIo?: boolean;
  /** Milliseconds to wait for others on this machine who use zfs-fuse, of which there can be one. */
  readonly patience: number;
}

/**
 * Makes a file system of any type in a sparse file and mounts it; for zfs it holds the {@link machineLock} until it is disposed of.
 * Leaves nothing behind when it fails.
 *
 * @throws {StorageError} `PREREQUISITE_MISSING` where this host cannot make one, with the reason as its message; `TIMED_OUT`
 */
export async function filesystemInFile(request: FilesystemRequest): Promise<LoopFilesystem> {
  const { type, size, directory, directIo, patience } = request;
  const place = directory === undefined ? {} : { directory };
  const reason = await (type === 'zfs' ? zfsReason() : loopFilesystemReason(type));
  if (reason !== null) throw new StorageError('PREREQUISITE_MISSING', reason);
  if (type !== 'zfs') return loopFilesystem({ type, size, ...place, ...(directIo === undefined ? {} : { directIo }) });
  const turn = await machineLock({ timeout: patience });
  try {
    const pool = await zfsFusePool({ size, ...place });
    return {
      path: pool.path,
      async [Symbol.asyncDispose]() {
        await pool[Symbol.asyncDispose]();
        await turn[Symbol.asyncDispose]();
      },
    };
  } catch (error) {
    await turn[Symbol.asyncDispose]();
    throw error;
  }
}
