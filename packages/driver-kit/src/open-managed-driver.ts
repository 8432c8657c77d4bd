import type { OpenOptions } from '@graphdriver/core';
import { createMounter, LockFile, ProcessMarks, toStorageError } from '@graphdriver/host';
import { bookLayout } from './book-layout.ts';
import { heal } from './healing.ts';
import { KitDriver } from './kit-driver.ts';
import type { LayerBackend } from './layer-backend.ts';
import type { ManagedDriver } from './managed-driver.ts';
import { checkOpenOptions } from './open-options.ts';
import type { OpenRoot } from './open-root.ts';
import { claimRoot, prepareRoot } from './root-format.ts';
import { refuseOtherSettings, settingsOf } from './root-settings.ts';

/**
 * Makes a driver of a backend: opens `root`, which is made where it does not exist, and heals what a crash left behind in it.
 *
 * A backend that needs the root's real path, or makes something in the root beforehand, gets the path from `prepareRoot`.
 * A new root keeps the settings given here; a backend that is made by its root's settings gets them from `settingsOf` beforehand.
 *
 * @throws {TypeError} for what are no options of the driver
 * @throws {StorageError} `NEWER_FORMAT`, `CORRUPT_ROOT`, `PERMISSION_DENIED`, `PREREQUISITE_MISSING`, `UNSUPPORTED` for settings other
 *   than those that the root was made with
 */
export async function openManagedDriver(backend: LayerBackend, options: OpenOptions): Promise<ManagedDriver> {
  if (backend.capabilities.idMap !== 'none') throw new TypeError('The kit serves no id maps: announce none.');
  const { name: driver, settings: known = [] } = backend;
  const { root, mountWith, settings } = checkOpenOptions(options, { driver, known });
  try {
    const layout = bookLayout(prepareRoot(root));
    settingsOf({ driver, root: layout.root, settings, known });
    const format = claimRoot(layout, { driver, settings }, backend.fixtures ?? []);
    // Whoever made the root at the same moment may have made it otherwise.
    refuseOtherSettings(settings, format, known, layout.root);
    const mounter = createMounter(mountWith);
    return await openRoot({ layout, backend, mounter });
  } catch (error) {
    throw toStorageError(error, `Could not open ${root} for the driver ${driver}.`);
  }
}

async function openRoot(parts: Pick<OpenRoot, 'layout' | 'backend' | 'mounter'>): Promise<ManagedDriver> {
  const locks = LockFile.open(parts.layout.locks);
  const processes = ProcessMarks.open(parts.layout.processes);
  try {
    const root = { ...parts, locks, processes };
    // No id starts with a dot.
    using _healing = await locks.acquire(['.heal']);
    await heal(root);
    return new KitDriver(root);
  } catch (error) {
    processes.close();
    locks.close();
    throw error;
  }
}
