import { readFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { isStorageError } from '@graphdriver/core';
import { isErrno, mountDetached, readMounts } from '@graphdriver/host';

/** Milliseconds after which a file system is taken to be in use, and waited for no longer. */
const PATIENCE = 2000;

/** Milliseconds in which a daemon does what nobody can count. */
const UNCOUNTED = 25;

/** The directories of the connections, by device number: where every system with systemd has them, and where they can be had anyway. */
const SYSTEM = '/sys/fs/fuse/connections';
let own: string | null | undefined;

/**
 * Waits until the daemon of a FUSE file system has been told of every file that was closed. Nothing where another kind is mounted at `path`,
 * whose bytes are characters as in the mount table.
 *
 * The kernel tells it in the background, and forgets what it has not told when the last mount goes. zfs-fuse then waits for such a file
 * for ever, and answers nobody any more, whichever dataset it is about.
 */
export async function allClosed(path: string): Promise<void> {
  const mount = readMounts().findLast(({ mountPoint }) => mountPoint === path);
  if (mount?.type.startsWith('fuse') !== true) return;
  const connection = mount.device.slice(mount.device.indexOf(':') + 1);
  const end = performance.now() + PATIENCE;
  for (let pause = 1; performance.now() < end; pause = Math.min(2 * pause, 50)) {
    const waiting = requestsOf(connection);
    if (waiting === 0) return;
    await setTimeout(waiting === undefined ? UNCOUNTED : pause);
    if (waiting === undefined) return;
  }
}

/** How many requests the daemon has not answered; `undefined` where that cannot be found out. */
function requestsOf(connection: string): number | undefined {
  for (const directory of [SYSTEM, ownDirectory()]) {
    if (directory === null) continue;
    try {
      return Number(readFileSync(`${directory}/${connection}/waiting`, 'latin1'));
    } catch (error) {
      if (!isErrno(error)) throw error;
    }
  }
  return undefined;
}

/** One descriptor for the life of the process. */
function ownDirectory(): string | null {
  own ??= mountOwn();
  return own;
}

function mountOwn(): string | null {
  try {
    return `/proc/self/fd/${mountDetached('fusectl')}`;
  } catch (error) {
    if (isErrno(error) || isStorageError(error)) return null;
    throw error;
  }
}
