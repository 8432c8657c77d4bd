import type { Driver, GetOptions, Mount, PutOptions } from '@graphdriver/core';
import { overridden } from '../sabotage.ts';

/** A `get` whose mounts are what `change` makes of them. */
export function changedMounts(driver: Driver, change: (mount: Mount) => Mount | Promise<Mount>): Driver['get'] {
  return async (id: string, options?: GetOptions) => await change(await driver.get(id, options));
}

/** The same mount, at which something happens before it is given back. */
export function beforePut(mount: Mount, act: () => void | Promise<void>): Mount {
  let isDone = false;
  const put = async (options?: PutOptions): Promise<void> => {
    if (!isDone) await act();
    isDone = true;
    await mount.put(options);
  };
  return overridden(mount, { put, [Symbol.asyncDispose]: () => put() });
}

/** Runs `edit` on a writable layer's tree, as a user of the layer would. */
export async function editing(driver: Driver, id: string, edit: (root: string) => void | Promise<void>): Promise<void> {
  await using mount = await driver.get(id);
  await edit(mount.path);
}
