import { type Dirent, lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Driver } from '@graphdriver/core';

/** Where the reference driver, and vfs, keep a layer's whole tree. */
export async function layerDirectory(driver: Driver, id: string): Promise<string> {
  const { SourceDir } = await driver.metadata(id);
  if (SourceDir === undefined)
    throw new Error(`This saboteur needs a driver that keeps whole trees; ${driver.name} does not.`);
  return SourceDir;
}

/** Paths of everything under `root`, directories before what is in them, the root itself left out. */
export function pathsUnder(root: string, wanted: (entry: Dirent) => boolean = () => true): string[] {
  const entries = readdirSync(root, { withFileTypes: true, recursive: true });
  return entries
    .filter(wanted)
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

/** Tells whether there is anything at `path`. */
export function isThere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}
