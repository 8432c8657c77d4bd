import type { Driver, GetOptions, Mount, PutOptions } from '@graphdriver/core';
import { overridden } from '../sabotage.ts';
import { changedMounts } from './mounts.ts';

/** The same mount, given back by `put` in the place of its own, however that is called. */
export function puttingBy(mount: Mount, put: (options?: PutOptions) => Promise<void>): Mount {
  return overridden(mount, { put, [Symbol.asyncDispose]: () => put() });
}

/** A `get` that asks the driver for something else than it was asked for. */
export function askingFor(driver: Driver, change: (options: GetOptions) => GetOptions): Driver['get'] {
  return (id, options = {}) => driver.get(id, change(options));
}

/** A `get` that puts every mount down in `taken`, under the layer's id, before `change` makes something of it. */
export function notingMounts(
  driver: Driver,
  taken: Map<string, Mount[]>,
  change: (mount: Mount) => Mount = (mount) => mount,
): Driver['get'] {
  return changedMounts(driver, (mount) => {
    taken.set(mount.id, [...(taken.get(mount.id) ?? []), mount]);
    return change(mount);
  });
}

/** Names of the leases on a layer, each as often as it was taken. */
export async function leasesOn(driver: Driver, id: string): Promise<readonly string[]> {
  return (await driver.holders(id)).flatMap(({ name }) => (name === null ? [] : [name]));
}

/** Tells whether anybody holds the layer. */
export async function isHeld(driver: Driver, id: string): Promise<boolean> {
  return (await driver.holders(id)).length > 0;
}
