import { monitorContainer } from '@graphdriver/store/monitor';
import type { GlobalOptions } from '../composition.ts';

/** Stands behind a detached container: started by this program itself, and never by people. The store is loaded when it has ended. */
export async function monitor([options = '{}', directory = '']: readonly string[]): Promise<void> {
  const global = JSON.parse(options) as GlobalOptions; // Written by with-store.ts.
  await monitorContainer(directory, async () => {
    const { openStoreOf } = await import('./with-store.ts');
    return await openStoreOf(global);
  });
}
