import { lstatSync } from 'node:fs';
import { dirname } from 'node:path';
import {
  copyTree,
  destroySubvolume,
  errnoError,
  forgetSubvolumeQuota,
  hasSubvolumeQuotas,
  isSubvolume,
  makeDirectory,
  removeDirectory,
  removeTree,
  setTimes,
  subvolumeInfo,
} from '@graphdriver/host';
import { type BytePath, directlyNested, inside, nestedSubvolumes } from './nested-subvolumes.ts';
import type { SubvolumeRoute } from './subvolume-route.ts';

const ENOTEMPTY = 39;

/**
 * Removes a subvolume with all others inside it, which programs in a container may have made; a plain directory too. What is not there is fine.
 * Repeating it is safe after a crash at any point.
 */
export async function removeSubvolume(path: string, route: SubvolumeRoute): Promise<void> {
  if (!isSubvolume(path)) return removeTree(path);
  // Its number is gone with it, and nobody else would ever forget what was counted for it.
  const counted = hasSubvolumeQuotas(path) ? subvolumeInfo(path).id : undefined;
  if (!(await route.destroy(path))) {
    await removeNested(path, route);
    // Somebody makes others in it faster than they are removed.
    if (!(await route.destroy(path))) throw errnoError('subvolume-destroy', ENOTEMPTY, path);
  }
  if (counted !== undefined) await forgetSubvolumeQuota(dirname(path), counted);
}

async function removeNested(path: string, route: SubvolumeRoute): Promise<void> {
  if (subvolumeInfo(path).readOnly) await route.setReadOnly(path, false);
  for (const inner of nestedSubvolumes(path)) {
    const counted = hasSubvolumeQuotas(inner) ? subvolumeInfo(inner).id : undefined;
    await destroySubvolume(inner);
    if (counted !== undefined) await forgetSubvolumeQuota(dirname(path), counted);
  }
}

/**
 * Makes a snapshot that holds all of `source`: what lies in subvolumes inside it, which a snapshot shows as empty directories,
 * is copied by sharing its blocks.
 */
export async function snapshotWhole(source: string, target: string, route: SubvolumeRoute): Promise<void> {
  await route.snapshot(source, target);
  for (const name of directlyNested(source)) await fillIn(inside(source, name), inside(target, name));
}

async function fillIn(inner: BytePath, place: BytePath): Promise<void> {
  const above = place.subarray(0, place.lastIndexOf('/'));
  const { mtimeNs } = lstatSync(above, { bigint: true });
  // The kernel's stand-in for a subvolume can be removed, and nothing can be made in it.
  removeDirectory(place);
  makeDirectory(place, 0o700);
  // It goes into the subvolumes that lie deeper, too.
  await copyTree(inner, place);
  setTimes(above, { mtime: mtimeNs });
}
