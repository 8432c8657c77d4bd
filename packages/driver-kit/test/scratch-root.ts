import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Capabilities } from '@graphdriver/core';
import { createMounter, mountsUnder } from '@graphdriver/host';
import { onTestFinished } from 'vitest';
import { type ManagedDriver, openManagedDriver } from '../src/index.ts';
import { readNote } from '../src/notes.ts';
import { PlainBackend } from './fixture/plain-backend.mjs';

/** A driver over plain folders on a root of its own, with its insides to look at. */
export interface Opened {
  readonly root: string;
  readonly backend: PlainBackend;
  readonly driver: ManagedDriver;
}

/** The path of a root that is yet to be made. It is unmounted and removed after the test. */
export function scratchRoot(): string {
  return join(scratchFolder(), 'root');
}

/** An empty directory that is there, and gone after the test. */
export function scratchFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'driver-kit-'));
  onTestFinished(() => removeRoot(folder));
  return folder;
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
    // A note says the same whether it is a link or a file.
    const text = entry.isFile() || entry.isSymbolicLink() ? ` ${readNote(path)}` : '';
    return `${path.slice(root.length)}${text}`;
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

/** Writes a file of the books, whatever has the name: a note would be followed. */
export function writeInstead(path: string, text: string): void {
  rmSync(path);
  writeFileSync(path, text);
}
