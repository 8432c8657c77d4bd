import { closeSync, constants, openSync, readFileSync, statfsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { isStorageError } from '@graphdriver/core';
import { filesystemOf, isErrno, type MountEntry, readEntries, readMounts } from '@graphdriver/host';
import { nearestDirectory } from '../nearest-directory.ts';
import { askFuse, isFuse, textOf } from './ask-fuse.ts';
import type { Ground } from './facts.ts';

/** Opens also what may not be read. */
const O_PATH = 0o10000000;
/** What the kernel says where a file system does not. */
const DT_UNKNOWN = 0;

/** Says what a root lies on, or will lie on. A mount that is dead, hangs, or is broken, is an answer and no error. */
export async function lookAtGround(root: string): Promise<Ground> {
  const beneath = mountOver(root);
  const silent = beneath !== undefined && isFuse(beneath) ? await askFuse(beneath) : undefined;
  if (silent !== undefined) {
    const silence = silent.answer === 'dead' ? 'its FUSE server has ended' : 'its FUSE server hangs, or was stopped';
    return { ...NOTHING, directory: silent.path, silence };
  }
  return groundOf(root);
}

function groundOf(root: string): Ground {
  let directory = root;
  try {
    directory = nearestDirectory(root);
    const { bsize, bavail, blocks, ffree, files } = statfsSync(directory);
    const mount = mountOf(directory);
    return {
      directory,
      silence: null,
      filesystem: filesystemOf(directory).name,
      space: { free: bavail * bsize, total: blocks * bsize },
      inodes: { free: ffree, total: files },
      entryTypes: entryTypesIn(directory),
      mountPoint: mount?.mountPoint ?? '/',
      mountOptions: mount === undefined ? [] : [...new Set([...mount.options, ...mount.superOptions])],
    };
  } catch (error) {
    if (!isErrno(error)) throw error;
    return { ...NOTHING, directory, silence: error.message };
  }
}

const NOTHING = {
  filesystem: 'unknown',
  space: { free: 0, total: 0 },
  inodes: { free: 0, total: 0 },
  entryTypes: null,
  mountPoint: '',
  mountOptions: [],
};

/** Goes by the first entry that there is in the directory, or above it on the same file system. */
function entryTypesIn(directory: string): boolean | null {
  const { dev } = statSync(directory);
  for (let at = directory; statSync(at).dev === dev; at = dirname(at)) {
    const told = firstEntryTold(at);
    if (told !== null || dirname(at) === at) return told;
  }
  return null;
}

function firstEntryTold(directory: string): boolean | null {
  let told: boolean | null = null;
  let fd: number | undefined;
  try {
    fd = openSync(directory, constants.O_RDONLY | constants.O_DIRECTORY);
    readEntries(fd, (_name, type) => {
      told ??= type !== DT_UNKNOWN;
    });
  } catch (error) {
    // Nothing is seen in what may not be read, nor without system calls, which is told of among the tools.
    if (!isStorageError(error) && !isErrno(error)) throw error;
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
  return told;
}

/** The mount that a path lies in by its text, without looking at it. */
function mountOver(path: string): MountEntry | undefined {
  const over = readMounts().filter(({ mountPoint }) =>
    `${path}/`.startsWith(`${textOf(mountPoint).replace(/\/$/, '')}/`),
  );
  const longest = Math.max(...over.map(({ mountPoint }) => mountPoint.length));
  return over.findLast(({ mountPoint }) => mountPoint.length === longest);
}

/** The mount that a directory is seen in, by its number: paths can be covered by later mounts. */
function mountOf(directory: string): MountEntry | undefined {
  const fd = openSync(directory, O_PATH | constants.O_DIRECTORY);
  try {
    const id = /^mnt_id:\s*(\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'latin1'))?.[1];
    const found = readMounts().find((mount) => String(mount.id) === id);
    return found === undefined ? undefined : { ...found, mountPoint: textOf(found.mountPoint) };
  } finally {
    closeSync(fd);
  }
}
