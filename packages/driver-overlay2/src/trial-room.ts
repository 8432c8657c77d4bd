import { randomBytes } from 'node:crypto';
import { readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { LockFile, type Mounter, makeDirectory, mountsUnder, removeTree, renameFile } from '@graphdriver/host';
import { Overlay2Layout } from './layout.ts';

const PREFIX = '.overlay2-trial-';

/** A room that is not yet locked, or about to go: without mounts, and nobody's to clear but by its age. */
const ASIDE = '.aside';
const ASIDE_FOR_MS = 60_000;

/** A directory to try things in, as close to a root as can be. Disposing of it takes away its mounts and all that it holds. */
export interface TrialRoom extends AsyncDisposable {
  readonly path: string;
}

/**
 * Opens a room in the root's own book directory, else in the root, else in the nearest ancestor that exists: always on the file system
 * that the layers lie on, or will.
 *
 * A process that is killed in its room leaves mounts there, so rooms of dead processes are cleared first. Each is held by a lock that
 * the kernel drops with the process, and has its name only while it is locked: no living process's room is ever cleared.
 *
 * @throws errno errors of the file system
 */
export async function openTrialRoom(root: string, mounter: Mounter): Promise<TrialRoom> {
  const place = placeNear(root);
  await clearDeadRooms(place, mounter);
  const path = join(place, `${PREFIX}${randomBytes(6).toString('hex')}`);
  makeDirectory(`${path}${ASIDE}`, 0o700);
  const lock = LockFile.open(join(`${path}${ASIDE}`, 'lock'));
  lock.tryAcquire('room');
  renameFile(`${path}${ASIDE}`, path);
  return {
    path,
    async [Symbol.asyncDispose]() {
      try {
        await clearRoom(path, mounter);
      } finally {
        lock.close();
      }
    },
  };
}

/** Where the root's layers are or will be: nothing here changes what the directory shows to a user of layers. */
export function placeNear(root: string): string {
  for (let at = new Overlay2Layout(root).books; ; at = dirname(at)) {
    if (isDirectory(at) || dirname(at) === at) return at;
  }
}

function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

async function clearDeadRooms(place: string, mounter: Mounter): Promise<void> {
  for (const name of readdirSync(place).filter((found) => found.startsWith(PREFIX))) {
    try {
      await clearIfDead(join(place, name), mounter);
    } catch {
      // Somebody else clears it meanwhile, or it cannot be cleared: neither says anything about this host's overlay.
    }
  }
}

async function clearIfDead(room: string, mounter: Mounter): Promise<void> {
  if (room.endsWith(ASIDE)) {
    if (Date.now() - statSync(room).mtimeMs > ASIDE_FOR_MS) await removeTree(room);
    return;
  }
  const lock = LockFile.open(join(room, 'lock'));
  try {
    if (lock.tryAcquire('room') !== undefined) await clearRoom(room, mounter);
  } finally {
    lock.close();
  }
}

/** The room loses its name before its lock's file: whoever looked for dead rooms just now finds nothing to open. */
async function clearRoom(room: string, mounter: Mounter): Promise<void> {
  for (const { mountPoint } of mountsUnder(room).toReversed()) {
    await mounter.unmount(Buffer.from(mountPoint, 'latin1'), { detach: true });
  }
  renameFile(room, `${room}${ASIDE}`);
  await removeTree(`${room}${ASIDE}`);
}
