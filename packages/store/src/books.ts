import type { Driver } from '@graphdriver/core';
import { type AcquireOptions, type HeldLock, LockFile } from '@graphdriver/host';
import type { ContainerRow } from './containers/container-row.ts';
import type { Digest } from './identity/digest.ts';
import type { ImageRow } from './images/image-row.ts';
import type { KeptStep } from './images/kept-step.ts';
import type { LayerRow } from './layers/layer-row.ts';
import { Metadata } from './metadata/metadata.ts';
import type { Table } from './metadata/table.ts';
import { Uses } from './metadata/uses.ts';
import type { StoreLayout } from './store-layout.ts';

/** An open store: what all parts of this package work on. */
export interface Books {
  /** The store's own id, which its layers carry as a label. */
  readonly id: string;
  readonly layout: StoreLayout;
  readonly driver: Driver;
  readonly metadata: Metadata;
  readonly locks: LockFile;
  /** By layer key: a chain ID, or `private:…` for what has none. */
  readonly layers: Table<LayerRow>;
  /** By image id. */
  readonly images: Table<ImageRow>;
  /** The configuration of each image, byte by byte. By image id. */
  readonly configs: Table<Buffer>;
  /** Image ids by canonical reference. */
  readonly references: Table<Digest>;
  /** By container id. */
  readonly containers: Table<ContainerRow>;
  /** Container ids by name. */
  readonly names: Table<string>;
  /** Build steps by what they depend on. */
  readonly buildCache: Table<KeptStep>;
  /** Layers that work under way keeps from being removed: `work id|layer key`. */
  readonly works: Table<1>;
  readonly uses: Uses;
}

/** Opens what the books are made of. The folder is there. */
export function openBooks(id: string, layout: StoreLayout, driver: Driver): Books {
  const metadata = Metadata.open(layout.database);
  const locks = LockFile.open(layout.locks);
  return Object.freeze({ id, layout, driver, metadata, locks, ...metadata.opening(() => openTables(metadata)) });
}

type Tables = Omit<Books, 'id' | 'layout' | 'driver' | 'metadata' | 'locks'>;

function openTables(metadata: Metadata): Tables {
  return {
    layers: metadata.table<LayerRow>('layers'),
    images: metadata.table<ImageRow>('images'),
    configs: metadata.bytes('configs'),
    references: metadata.table<Digest>('references'),
    containers: metadata.table<ContainerRow>('containers'),
    names: metadata.table<string>('names'),
    buildCache: metadata.table<KeptStep>('buildCache'),
    works: metadata.table<1>('works'),
    uses: new Uses(metadata),
  };
}

/** Closes them. */
export async function closeBooks(books: Books): Promise<void> {
  await books.metadata.close();
  books.locks.close();
}

/** Waits for a lock, and lets the reads that follow see what its last holder has written. */
export async function lockBooks(books: Books, key: string, options: AcquireOptions = {}): Promise<HeldLock> {
  const lock = await books.locks.acquire([key], options);
  books.metadata.refresh();
  return lock;
}
