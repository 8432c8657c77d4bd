import { type HeldLock, isErrno, LockFile } from '@graphdriver/host';
import type { CommandName } from './zfs-runner.ts';

/** Commands that may mount a filesystem. */
const MOUNTING: Readonly<Record<CommandName, ReadonlySet<string>>> = {
  zfs: new Set(['clone', 'create', 'inherit', 'mount', 'promote', 'receive', 'rename', 'rollback', 'set']),
  zpool: new Set(['create', 'import']),
};

/** One daemon serves the machine, so that one file is right for all who talk to it. Both places are emptied by a restart. */
const PLACES = ['/run/lock/graphdriver-zfs-mounts', '/run/graphdriver-zfs-mounts'] as const;

/** Whether a command may mount. */
export function mayMount(command: CommandName, [verb = '']: readonly string[]): boolean {
  return MOUNTING[command].has(verb);
}

/** Runs `action` while nobody else on the machine does. Who may not make the file may not mount either, and does not wait. */
export async function oneAtATime<T>(signal: AbortSignal | undefined, action: () => Promise<T>): Promise<T> {
  const locks = openLocks();
  if (locks === null) return await action();
  let held: HeldLock | undefined;
  try {
    held = await locks.acquire(['mounts'], signal === undefined ? {} : { signal });
    return await action();
  } finally {
    held?.release();
    locks.close();
  }
}

function openLocks(): LockFile | null {
  for (const place of PLACES) {
    try {
      return LockFile.open(place);
    } catch (error) {
      if (!isErrno(error)) throw error;
    }
  }
  return null;
}
