import { isStorageError, StorageError } from '@graphdriver/core';
import { isErrno, isMountPoint, makeDirectory, removeDirectory } from '@graphdriver/host';
import { variantPath } from './book-layout.ts';
import { type Hold, isLive } from './holds.ts';
import type { BackendLayer } from './layer-backend.ts';
import type { OpenRoot } from './open-root.ts';
import { quietly } from './quietly.ts';
import { bindFlags, primaryOf, type View } from './view.ts';

/*
 * A layer has one mount of the backend's, the primary, and on top of it a bind for every set of flags that is wanted.
 *
 * A hold is entered before its mounts are made and struck out after they are taken away.
 * So where nobody holds nothing is mounted, whenever a process was killed, and healing needs to look only at holds.
 */

/** Where the view is shown. */
export function pathOf(root: OpenRoot, id: string, flags: string): string {
  return flags === '' ? root.backend.mountpoint(id) : variantPath(root.layout, id, flags);
}

/**
 * Mounts a view that has been entered as a hold, as far as the `others` have not mounted it already. Returns its path.
 * When it fails, the mounts are as before.
 *
 * @throws {StorageError} `LAYER_IN_USE` where another process holds the layer in a mount namespace of its own
 */
export async function mountView(
  root: OpenRoot,
  layer: BackendLayer,
  view: View,
  others: readonly Hold[],
): Promise<string> {
  const { id } = layer;
  const primary = root.backend.mountpoint(id);
  const mountedHere = await mountPrimary(root, layer, view, others, primary);
  if (view.flags === '') return primary;
  const path = variantPath(root.layout, id, view.flags);
  try {
    await mountAt(path, () => root.mounter.bind(primary, path, bindFlags(view)));
  } catch (error) {
    if (mountedHere) await quietly(() => unmountPrimary(root, id, {}));
    throw error;
  }
  return path;
}

/**
 * Takes away the mounts that only `hold` needed; `others` are all that remain.
 * When it fails, the mounts are as before.
 *
 * @throws {StorageError} `LAYER_IN_USE` while files are open
 */
export async function unmountView(
  root: OpenRoot,
  layer: BackendLayer,
  view: View,
  others: readonly Hold[],
  options: { readonly detach?: boolean },
): Promise<void> {
  const mounted = others.filter((other) => other.kind !== 'reading');
  const { id } = layer;
  const alone = !mounted.some((other) => other.flags === view.flags);
  if (view.flags !== '' && alone) await unmountAt(root, variantPath(root.layout, id, view.flags), options);
  if (mounted.length > 0) return;
  try {
    await unmountPrimary(root, id, options);
  } catch (error) {
    if (view.flags !== '') await quietly(() => remount(root, layer, view));
    throw error;
  }
}

/**
 * Takes away the mounts of holds whose processes have ended; `living` are all other holds. Returns those that could not be freed,
 * because somebody they left behind has files open there.
 *
 * Never detaches unless asked to: an overlay that lives on unseen while its layer is mounted anew would spoil the layer.
 */
export async function unmountDead(
  root: OpenRoot,
  id: string,
  dead: readonly Hold[],
  living: readonly Hold[],
  options: { readonly detach?: boolean },
): Promise<readonly Hold[]> {
  const stuck: Hold[] = [];
  const mounted = living.filter((hold) => hold.kind !== 'reading');
  for (const hold of dead.filter(({ kind, flags }) => kind !== 'reading' && flags !== '')) {
    if (mounted.some(({ flags }) => flags === hold.flags)) continue;
    if (!(await couldUnmount(root, pathOf(root, id, hold.flags), options))) stuck.push(hold);
  }
  const last = dead.find(({ kind }) => kind !== 'reading');
  if (last === undefined || mounted.length > 0 || stuck.length > 0) return stuck;
  await root.backend.unmounting?.(id, options);
  if (!(await couldUnmount(root, root.backend.mountpoint(id), options))) return [last];
  await letGo(root, id, options);
  return [];
}

/** Mounts a view that was just unmounted, or a part of it, because what was to follow failed. */
export async function remount(root: OpenRoot, layer: BackendLayer, view: View): Promise<void> {
  await mountView(root, layer, view, []);
}

async function mountPrimary(
  root: OpenRoot,
  layer: BackendLayer,
  view: View,
  others: readonly Hold[],
  primary: string,
): Promise<boolean> {
  const holders = others.filter(({ kind }) => kind !== 'reading');
  if (holders.length > 0 && isMountPoint(primary)) return false;
  refuseUnseenMount(root, layer.id, holders);
  return mountAt(primary, () => root.backend.mount(layer, primaryOf(view, layer.kind), primary));
}

// A live process that holds what is not mounted here has mounted it where we cannot see it: twice would spoil a writable layer.
function refuseUnseenMount(root: OpenRoot, id: string, holders: readonly Hold[]): void {
  const other = holders.find(
    (hold) => hold.kind === 'process' && hold.token !== root.processes.token && isLive(root, hold),
  );
  if (other === undefined) return;
  throw new StorageError('LAYER_IN_USE', `Process ${other.pid} holds the layer ${id} in another mount namespace.`, {
    hint: 'Use the root from one mount namespace, or give the layer back there first.',
    details: { id, pid: other.pid },
  });
}

/** Makes the directory and mounts, unless something is mounted there. Tells whether it did. */
async function mountAt(path: string, mount: () => Promise<void>): Promise<boolean> {
  try {
    makeDirectory(path, 0o700);
  } catch (error) {
    if (!isErrno(error, 'EEXIST')) {
      removeMountpoint(path);
      throw error;
    }
    // Left by a crash, or by somebody else's hold.
    if (isMountPoint(path)) return false;
  }
  try {
    await mount();
  } catch (error) {
    removeMountpoint(path);
    throw error;
  }
  return true;
}

async function unmountPrimary(root: OpenRoot, id: string, options: { readonly detach?: boolean }): Promise<void> {
  await root.backend.unmounting?.(id, options);
  await unmountAt(root, root.backend.mountpoint(id), options);
  await letGo(root, id, options);
}

/** Who detaches may leave files open, whose mount lives on unseen and needs what it was made with. */
async function letGo(root: OpenRoot, id: string, options: { readonly detach?: boolean }): Promise<void> {
  if (options.detach !== true) await quietly(() => root.backend.unmounted?.(id));
}

/**
 * Takes away what is mounted at `path`, and the directory with it: when that goes, the kernel also takes the mount from every other mount
 * namespace that has got a copy of it (Linux 3.19), where it would keep the layer's files in use that somebody else is given next.
 * https://github.com/torvalds/linux/commit/8ed936b5
 */
async function unmountAt(root: OpenRoot, path: string, options: { readonly detach?: boolean }): Promise<void> {
  await root.mounter.unmount(path, options);
  // Somebody mounted here twice, whom a crash or another program had kept from seeing the other mount: the directory stays until both are gone.
  while (!removeMountpoint(path) && isMountPoint(path)) await root.mounter.unmount(path, options);
}

async function couldUnmount(root: OpenRoot, path: string, options: { readonly detach?: boolean }): Promise<boolean> {
  try {
    await unmountAt(root, path, options);
    return true;
  } catch (error) {
    if (isStorageError(error, 'LAYER_IN_USE')) return false;
    throw error;
  }
}

// An empty directory that stays does no harm here, and the next mount uses it. Tells whether it is gone.
function removeMountpoint(path: string): boolean {
  try {
    removeDirectory(path);
    return true;
  } catch (error) {
    if (!isErrno(error)) throw error;
    return isErrno(error, 'ENOENT');
  }
}
