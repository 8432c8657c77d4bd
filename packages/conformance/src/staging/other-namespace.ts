import { readFileSync } from 'node:fs';
import { commandExists, parseMountinfo, startProcess } from '@graphdriver/host';
import type { CheckContext } from '../check.ts';

/** A process in a mount namespace of its own, which has copies of all mounts that there were when it started, and hears of no later changes. */
export interface OtherNamespace extends AsyncDisposable {
  /** Where it sees something mounted at `root` and beneath. */
  mountsUnder(root: string): readonly string[];
}

/** Starts such a process, as every container runtime and many a system service does. It ends when disposed of. */
export async function otherNamespace(context: CheckContext): Promise<OtherNamespace> {
  if (!commandExists('unshare'))
    context.skip('There is no unshare command (util-linux) to make a mount namespace with.');
  const sleeper = startProcess('unshare', ['-m', '--propagation', 'private', 'sh', '-c', 'echo; exec sleep 600'], {
    stdin: 'ignore',
    stderr: 'ignore',
  });
  const { pid, stdout } = sleeper;
  const started = await new Promise<boolean>((resolve) => {
    stdout?.once('data', () => resolve(true));
    sleeper.ended.finally(() => resolve(false)).catch(() => undefined);
  });
  if (!started) context.skip('This process may not make mount namespaces.');
  return {
    mountsUnder(root) {
      const inside = parseMountinfo(readFileSync(`/proc/${pid}/mountinfo`, 'latin1'));
      return inside.map(({ mountPoint }) => mountPoint).filter((path) => path === root || path.startsWith(`${root}/`));
    },
    async [Symbol.asyncDispose]() {
      sleeper.kill('SIGKILL');
      await sleeper.ended;
    },
  };
}
