import { readdirSync, readFileSync } from 'node:fs';
import { isErrno } from './errno.ts';

/**
 * Sends `signal` to a process and to all that it has started, so that a stopped command leaves nothing running.
 * The processes stay in their group: Ctrl-C at a terminal still reaches them.
 */
export function killTree(pid: number, signal: NodeJS.Signals): void {
  // Listed before anything is killed: an orphan's parent is another one.
  for (const victim of [pid, ...descendants(pid)]) {
    try {
      process.kill(victim, signal);
    } catch (error) {
      if (!isErrno(error, 'ESRCH')) throw error;
    }
  }
}

function descendants(pid: number): number[] {
  const found: number[] = [];
  for (const parent of [pid]) found.push(...childrenOf(parent));
  for (let index = 0; index < found.length; index += 1) found.push(...childrenOf(found[index] ?? 0));
  return found;
}

function childrenOf(pid: number): number[] {
  try {
    const threads = readdirSync(`/proc/${pid}/task`);
    const lists = threads.map((thread) => readFileSync(`/proc/${pid}/task/${thread}/children`, 'latin1'));
    return lists.flatMap((list) =>
      list
        .split(' ')
        .filter((word) => word !== '')
        .map(Number),
    );
  } catch (error) {
    // It has ended, or the kernel was built without these lists.
    if (isErrno(error, 'ENOENT', 'ESRCH', 'EACCES')) return [];
    throw error;
  }
}
