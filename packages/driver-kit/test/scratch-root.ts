import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Capabilities } from '@graphdriver/core';
import { createMounter, mountsUnder } from '@graphdriver/host';
import { onTestFinished } from 'vitest';
import { type ManagedDriver, openManagedDriver } from '../src/index.ts';
import { PlainBackend } from './fixture/plain-backend.mjs';

/** A driver over plain folders on a root of its own, with its insides to look at. */
export interface Opened {
  readonly root: string;
  readonly backend: PlainBackend;
  readonly driver: ManagedDriver;
}

/** An empty directory that is unmounted and removed after the test. */
export function scratchRoot(): string {
  const folder = mkdtempSync(join(tmpdir(), 'driver-kit-'));
  onTestFinished(() => removeRoot(folder));
  return join(folder, 'root');
}

/** Unmounts what is mounted in a folder, and removes it. */
export async function removeRoot(folder: string): Promise<void> {
  const mounter = createMounter();
  for (const { mountPoint } of mountsUnder(folder).reverse()) await mounter.unmount(mountPoint, { detach: true });
  rmSync(folder, { recursive: true, force: true });
}

/** Opens a root, a new one unless told, and closes the driver after the test. */
export async function opened(root: string = scratchRoot(), capabilities: Partial<Capabilities> = {}): Promise<Opened> {
  const backend = new PlainBackend(root, capabilities);
  const driver = await openManagedDriver(backend, { root });
  onTestFinished(() => driver.close());
  return { root, backend, driver };
}

/** Everything that can be seen of a root from outside but the two lock files: paths with the contents of the small files. */
export function snapshot(root: string): readonly string[] {
  const names = readdirSync(root, { recursive: true, withFileTypes: true });
  const mounts = mountsUnder(root).map(({ mountPoint }) => `mounted ${mountPoint.slice(root.length)}`);
  const files = names.map((entry) => {
    const path = join(entry.parentPath, entry.name);
    return entry.isFile() ? `${path.slice(root.length)} ${readFileSync(path, 'utf8')}` : path.slice(root.length);
  });
  return [...files, ...mounts].sort();
}

/** The books that must be empty when nothing is going on. */
export function leftovers(root: string): readonly string[] {
  const books = join(root, '.graphdriver');
  const found = ['asides', 'pending', 'changing', 'removing', 'holds', 'mnt'].flatMap((folder) =>
    readdirSync(join(books, folder)).map((name) => `${folder}/${name}`),
  );
  const records = readdirSync(join(books, 'records')).map((name) => name.slice(0, -'.json'.length));
  const layers = readdirSync(root).filter((name) => !name.startsWith('.'));
  const orphans = layers.filter((id) => !records.includes(id)).map((id) => `files of ${id}`);
  const losses = records.filter((id) => !layers.includes(id)).map((id) => `record of ${id}`);
  const mounts = mountsUnder(root).map(({ mountPoint }) => `mount ${mountPoint}`);
  return [...found, ...orphans, ...losses, ...mounts];
}
