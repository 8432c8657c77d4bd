import { join } from 'node:path';
import { type DriverModule, openOptions, type SelectRequest, selectDriver } from '@graphdriver/core';
import type { MoveEnd } from '@graphdriver/store';
import { driverNamed, type GlobalOptions, knownModules, selectRequest } from '../composition.ts';

/** What says where a root is moved from and to. */
export interface MoveOptions extends GlobalOptions {
  /** The driver of the new root. */
  readonly toDriver?: string;
}

/** Both ends of a move, open. */
export interface MoveEnds {
  readonly from: MoveEnd;
  readonly to: MoveEnd;
}

/** The old end of a move, open, and how the new one is opened. */
export interface OldEnd {
  readonly from: MoveEnd;
  /** The driver of the new root, which works there. */
  readonly next: DriverModule;
  /** Opens the new end too, and closes its driver again whatever `use` does. Makes the driver's folder there. */
  withBoth<T>(use: (ends: MoveEnds) => Promise<T>): Promise<T>;
}

/**
 * Opens the end that a move starts from, and finds out which driver the new one has or is to have. Closes the driver whatever `use` does.
 *
 * @throws {TypeError} where there is nothing to move; {StorageError} where the driver does not work there
 */
export async function withOldEnd<T>(options: MoveOptions, to: string, use: (end: OldEnd) => Promise<T>): Promise<T> {
  const { root } = options;
  const found = await driverAt(root);
  if (found === undefined) throw new TypeError(`There is nothing in ${root} that could be moved.`);
  const { module: old } = await driverNamed(options.driver ?? found);
  const { module: next } = await driverNamed(await nextDriver(options.toDriver, to, old));
  await selectDriver([next], requestThere(next, options, to));
  // Settings that are given are the new root's: the old one keeps its own.
  await using driver = await old.open(openOptions(old, selectRequest([old], { ...options, driverOpt: [] })));
  const from = { root, driver };
  return await use({
    from,
    next,
    async withBoth(useBoth) {
      await using there = await next.open(openOptions(next, requestThere(next, options, to)));
      return await useBoth({ from, to: { root: to, driver: there } });
    },
  });
}

/** The driver that layers in the new root have already, from a move that was begun or is complete, or else the one that is wanted. */
async function nextDriver(wanted: string | undefined, to: string, old: DriverModule): Promise<string> {
  const there = await driverAt(to);
  if (there === undefined || wanted === undefined || wanted === there) return there ?? wanted ?? old.name;
  throw new TypeError(`There are layers of ${there} in ${to}: a move to ${wanted} needs another folder.`);
}

/** The driver of the store in a root, or of the layers there; `undefined` where there is neither. Opens and changes nothing. */
async function driverAt(root: string): Promise<string | undefined> {
  const { glanceAtStore } = await import('@graphdriver/store');
  const { glanceAtLayers } = await import('@graphdriver/driver-kit');
  const made = glanceAtStore(root);
  if (made !== undefined) return made;
  return (await knownModules()).find(({ name }) => glanceAtLayers(join(root, name)).length > 0)?.name;
}

function requestThere(module: DriverModule, options: GlobalOptions, root: string): SelectRequest {
  return selectRequest([module], { ...options, root, driver: module.name });
}
