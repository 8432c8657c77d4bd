import { basename } from 'node:path';
import { runMonitor } from '../runtime/monitor.ts';
import type { Runner } from './runner.ts';

/** What a monitor needs of an open store. */
export interface MonitoredStore extends AsyncDisposable {
  readonly runner: Runner;
}

/**
 * The work of the program that `monitorCommand` names: stands behind a detached container until that ends, then gives back its files, and
 * removes it where it was made to go.
 *
 * The store is opened only then: what waits takes little memory, and no lock. A monitor that is killed leaves that to the next command.
 *
 * @param directory the container's folder: the last argument that the program was given
 */
export async function monitorContainer(directory: string, open: () => Promise<MonitoredStore>): Promise<void> {
  const id = basename(directory);
  let store: MonitoredStore | undefined;
  await runMonitor(directory, {
    // The exit code is written down after this, whatever happens here.
    onEnded: async () => {
      store = await open().catch(() => undefined);
      await store?.runner.release(id);
    },
  });
  try {
    await store?.runner.removeEnded(id);
  } finally {
    await store?.[Symbol.asyncDispose]();
  }
}
