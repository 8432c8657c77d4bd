import { mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Driver, DriverModule } from '@graphdriver/core';
import { overlay2 } from '@graphdriver/driver-overlay2';
import { vfs } from '@graphdriver/driver-vfs';
import { createMounter, mountsUnder, removeTree } from '@graphdriver/host';
import { privilegeReason, requireOrSkip } from '@graphdriver/testkit';
import { onTestFinished } from 'vitest';
import { type Books, closeBooks, openBooks } from '../../src/books.ts';
import { heal } from '../../src/heal.ts';
import { STORE_LABEL } from '../../src/layers/driver-layer.ts';
import { openStore, type Store } from '../../src/open-store.ts';
import { openStoreFolder } from '../../src/open-store-folder.ts';

/** A driver that the store is tried over, and why not where it cannot be. */
export interface Subject {
  readonly module: DriverModule;
  readonly reason: string | null;
}

/** One driver that copies everything and one that copies on write. */
export const subjects: readonly (readonly [string, Subject])[] = [vfs, overlay2].map((module) => [
  module.name,
  { module, reason: requireOrSkip(module.name, privilegeReason()) },
]);

/** A store's books over a driver, with their folder to look into. */
export interface Opened {
  readonly folder: string;
  readonly root: string;
  readonly driver: Driver;
  readonly books: Books;
}

/** A whole store. */
export interface OpenedStore extends Opened {
  readonly store: Store;
}

/** A folder that is unmounted and removed after the test. */
export function scratchFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'store-'));
  onTestFinished(async () => {
    const mounter = createMounter();
    for (const { mountPoint } of mountsUnder(folder).reverse()) await mounter.unmount(mountPoint, { detach: true });
    await removeTree(folder);
  });
  return folder;
}

/** Opens the books of a store, a new one unless told, as openStore does. They are closed after the test. */
export async function openedBooks({ module }: Subject, folder: string = scratchFolder()): Promise<Opened> {
  const root = join(folder, 'store');
  const driver = await module.open({ root: join(folder, 'layers') });
  const { layout, format } = await openStoreFolder(root, driver.name);
  const books = openBooks(format.id, layout, driver);
  await heal(books);
  onTestFinished(async () => {
    await closeBooks(books);
    await driver.close();
  });
  return { folder, root, driver, books };
}

/** Opens a store, a new one unless told. It is closed after the test. */
export async function openedStore({ module }: Subject, folder: string = scratchFolder()): Promise<OpenedStore> {
  const root = join(folder, 'store');
  const driver = await module.open({ root: join(folder, 'layers') });
  const store = await openStore({ root, driver, ownsDriver: true });
  onTestFinished(() => store.close());
  return { folder, root, driver, books: store.books, store };
}

/** What is on disk or in the books without being needed: nothing, whatever has happened. */
export async function dangling({
  driver,
  books,
  root,
}: Pick<Opened, 'driver' | 'books' | 'root'>): Promise<readonly string[]> {
  books.metadata.refresh();
  const rows = [...books.layers.entries(), ...books.containers.entries()];
  const owned = new Set(rows.map(({ value }) => value.driverLayer));
  const mine = (await driver.list()).filter(({ labels }) => labels[STORE_LABEL] === books.id).map(({ id }) => id);
  const assemblies = readdirSync(join(root, 'assemblies')).map((name) => name.replace(/\.gz$/, ''));
  const private_ = new Set(books.layers.entries('private:').map(({ value }) => value.driverLayer));
  const needAssembly = books.layers.entries('sha256:').map(({ value }) => value.driverLayer);
  return [
    ...mine.filter((id) => !owned.has(id)).map((id) => `driver layer ${id} has no row`),
    ...[...owned].filter((id) => !mine.includes(id)).map((id) => `row without driver layer ${id}`),
    ...assemblies.filter((id) => !needAssembly.includes(id)).map((id) => `assembly ${id} has no row`),
    ...needAssembly.filter((id) => !assemblies.includes(id) && !private_.has(id)).map((id) => `no assembly ${id}`),
    ...readdirSync(join(root, 'marks')).map((name) => `mark ${name}`),
    ...readdirSync(join(root, 'tmp')).map((name) => `spooled ${name}`),
    ...books.works.keys().map((key) => `work ${key}`),
    ...books.layers
      .keys()
      .filter((key) => books.uses.of(`layer:${key}`, '', 1).length === 0)
      .map((key) => `unused ${key}`),
    ...containersWithoutImage(books),
    ...books.names
      .entries()
      .filter(({ value }) => !books.containers.has(value))
      .map(({ key }) => `name ${key}`),
    ...books.references
      .entries()
      .filter(({ value }) => !books.images.has(value))
      .map(({ key }) => `reference ${key}`),
    ...books.configs
      .keys()
      .filter((key) => !books.images.has(key))
      .map((key) => `configuration ${key}`),
    ...readdirSync(join(root, 'containers'))
      .filter((id) => !books.containers.has(id))
      .map((id) => `folder ${id}`),
  ];
}

function containersWithoutImage(books: Books): readonly string[] {
  return books.containers
    .entries()
    .filter(({ value }) => value.image !== null && !books.images.has(value.image))
    .map(({ key }) => `container ${key} without image`);
}
