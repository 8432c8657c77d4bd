import { existsSync, lstatSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Driver } from '@graphdriver/core';
import { createMounter, mountsUnder, removeTree } from '@graphdriver/host';
import { onTestFinished } from 'vitest';
import { vfs } from '../src/index.ts';
import { VfsLayout } from '../src/layout.ts';

/** A driver with its root to look into. */
export interface Opened {
  readonly root: string;
  readonly layout: VfsLayout;
  readonly driver: Driver;
}

/** A directory that does not exist yet. What it becomes is unmounted and removed after the test. */
export function scratchRoot(below: string = tmpdir()): string {
  const folder = mkdtempSync(join(below, 'vfs-'));
  onTestFinished(() => removeAll(folder));
  return join(folder, 'root');
}

/** Opens a root, a new one unless told, and closes the driver after the test. */
export async function opened(root: string = scratchRoot()): Promise<Opened> {
  const driver = await vfs.open({ root });
  onTestFinished(() => driver.close());
  return { root, layout: new VfsLayout(root), driver };
}

/** A layer's changes, and what its files say. */
export async function told(driver: Driver, layout: VfsLayout, id: string): Promise<readonly string[]> {
  const changes = await driver.changes(id);
  return changes.map(({ kind, path }) => {
    const entry = join(layout.files(id), path);
    const isFile = lstatSync(entry, { throwIfNoEntry: false })?.isFile() === true;
    return `${kind} ${path} ${isFile ? readFileSync(entry, 'utf8') : ''}`;
  });
}

/** What an interrupted change could have left of a layer, and must not. */
export function leftoversOf(layout: VfsLayout, id: string): readonly string[] {
  const books = join(layout.root, '.graphdriver');
  const marks = ['changing', 'pending', 'asides', 'holds'].flatMap((folder) => readdirSync(join(books, folder)));
  const asides = [layout.next(id), layout.last(id)].filter((path) => existsSync(path));
  return [...marks, ...asides, ...mountsUnder(layout.root).map(({ mountPoint }) => mountPoint)];
}

async function removeAll(folder: string): Promise<void> {
  const mounter = createMounter();
  for (const { mountPoint } of mountsUnder(folder).reverse()) await mounter.unmount(mountPoint, { detach: true });
  await removeTree(folder);
}
