import { closeSync, constants, openSync, readFileSync, statfsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { filesystemOf, isErrno, type MountEntry, readMounts } from '@graphdriver/host';
import { askFuse, isFuse, textOf } from './ask-fuse.ts';
import type { Ground } from './facts.ts';

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
  mountPoint: '',
  mountOptions: [],
};

function nearestDirectory(path: string): string {
  for (let at = path; ; at = dirname(at)) {
    const isDirectory = statSync(at, { throwIfNoEntry: false })?.isDirectory() === true;
    if (isDirectory || dirname(at) === at) return at;
  }
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
  const fd = openSync(directory, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    const id = /^mnt_id:\s*(\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'latin1'))?.[1];
    const found = readMounts().find((mount) => String(mount.id) === id);
    return found === undefined ? undefined : { ...found, mountPoint: textOf(found.mountPoint) };
  } finally {
    closeSync(fd);
  }
}
