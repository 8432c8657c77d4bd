import { lstatSync } from 'node:fs';
import { dirname } from 'node:path';
import {
  copyTree,
  destroySubvolume,
  forgetSubvolumeQuota,
  hasSubvolumeQuotas,
  isSubvolume,
  makeDirectory,
  removeDirectory,
  removeTree,
  SubvolumeReader,
  setTimes,
  subvolumeInfo,
} from '@graphdriver/host';
import type { SubvolumeRoute } from './subvolume-route.ts';

/** Paths inside a layer may be any bytes. */
type BytePath = Buffer;

/**
 * Removes a subvolume with all others inside it, which programs in a container may have made; a plain directory too. What is not there is fine.
 * Repeating it is safe after a crash at any point.
 */
export async function removeSubvolume(path: string, route: SubvolumeRoute): Promise<void> {
  if (!isSubvolume(path)) return removeTree(path);
  const { id, readOnly } = subvolumeInfo(path);
  const counted = hasSubvolumeQuotas(path);
  const nested = nestedSubvolumes(path);
  if (readOnly && nested.length > 0) await route.setReadOnly(path, false);
  for (const inner of nested) {
    const { id: innerId } = subvolumeInfo(inner);
    await destroySubvolume(inner);
    if (counted) await forgetSubvolumeQuota(dirname(path), innerId);
  }
  await route.destroy(path);
  if (counted) await forgetSubvolumeQuota(dirname(path), id);
}

/**
 * Makes a snapshot that holds all of `source`: what lies in subvolumes inside it, which a snapshot shows as empty directories,
 * is copied by sharing its blocks.
 */
export async function snapshotWhole(source: string, target: string, route: SubvolumeRoute): Promise<void> {
  await route.snapshot(source, target);
  for (const name of directlyNested(source)) await fillIn(inside(source, name), inside(target, name));
}

/** Tells whether other subvolumes lie inside this one. */
export function hasNested(path: string): boolean {
  return directlyNested(path).length > 0;
}

/** All subvolumes inside one, each before the one that it lies in. */
function nestedSubvolumes(path: string | BytePath): readonly BytePath[] {
  const direct = directlyNested(path).map((name) => inside(path, name));
  return direct.flatMap((inner) => [...nestedSubvolumes(inner), inner]);
}

function directlyNested(path: string | BytePath): readonly string[] {
  using reader = new SubvolumeReader(path);
  return reader.nestedIn(subvolumeInfo(path).id);
}

function inside(path: string | BytePath, name: string): BytePath {
  return Buffer.concat([Buffer.from(path), Buffer.from(`/${name}`, 'latin1')]);
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
