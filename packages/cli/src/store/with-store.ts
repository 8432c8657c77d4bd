import { type Driver, openOptions, selectDriver } from '@graphdriver/core';
import type { Store } from '@graphdriver/store';
import { type GlobalOptions, knownModules, selectRequest } from '../composition.ts';

/** Opens the store in the root, and closes it again whatever `use` does. */
export async function withStore<T>(options: GlobalOptions, use: (store: Store) => Promise<T>): Promise<T> {
  await using store = await openStoreOf(options);
  return await use(store);
}

/**
 * Opens the store in the root, over the driver that it was made with; a new one over the driver that was asked for, or is picked.
 *
 * @throws {StoreError} `CORRUPT_STORE` for a store of another driver's layers
 */
export async function openStoreOf(options: GlobalOptions): Promise<Store> {
  const { glanceAtStore, openStore } = await import('@graphdriver/store');
  const { root } = options;
  const driver = await openDriver({ ...options, ...driverOf(options, glanceAtStore(root)) });
  try {
    return await openStore({ root, driver, ownsDriver: true, monitorCommand: monitorCommand(options, driver.name) });
  } catch (error) {
    await driver.close();
    throw error;
  }
}

function driverOf({ driver }: GlobalOptions, made: string | undefined): Pick<GlobalOptions, 'driver'> {
  const name = driver ?? made;
  return name === undefined ? {} : { driver: name };
}

async function openDriver(options: GlobalOptions): Promise<Driver> {
  const modules = await knownModules();
  const request = selectRequest(modules, options);
  const { driver: module } = await selectDriver(modules, request);
  return await module.open(openOptions(module, request));
}

/** This program itself, told how to open the store again when the container has ended. */
function monitorCommand({ root, mountWith }: GlobalOptions, driver: string): readonly string[] {
  const options: GlobalOptions = { root, driver, driverOpt: [], ...(mountWith === undefined ? {} : { mountWith }) };
  return [process.execPath, process.argv[1] ?? '', 'monitor', JSON.stringify(options)];
}
