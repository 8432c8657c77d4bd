import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type CallOptions, isStorageError } from '@graphdriver/core';
import { isErrno, measureTree } from '@graphdriver/host';
import type { Books } from '../books.ts';
import { familyOf } from '../containers/container-row.ts';
import { chainIds } from '../identity/chain-id.ts';
import type { Digest } from '../identity/digest.ts';
import { parseImageConfig } from '../images/image-config.ts';
import { containersOf, referencesOf } from '../images/remove-image.ts';
import { type LayerKey, layerUse } from '../layers/layer-row.ts';
import type { ContainerUsage } from './container-usage.ts';
import { forkShares, idleFamilies, type MeasuredContainer } from './fork-shares.ts';

/** What one kind of thing takes on the disk, in bytes that the file system has allocated. */
export interface UsageTotal {
  readonly count: number;
  /** How many are needed by something else: images by containers, containers because they run, volumes by containers. */
  readonly active: number;
  /** All of it, what several share counted once. */
  readonly total: number;
  /** What removing all that is not active would give back. */
  readonly reclaimable: number;
}

/** An image on the disk. */
export interface ImageUsage {
  readonly id: Digest;
  readonly references: readonly string[];
  /** All its layers. */
  readonly total: number;
  /** Those of them that other images have too. */
  readonly shared: number;
  readonly unique: number;
  /** Containers that were made from it. */
  readonly containers: number;
}

/** What a store takes on the disk. The totals add up to what is free again when everything is removed. */
export interface DiskUsage {
  readonly images: UsageTotal;
  readonly containers: UsageTotal;
  readonly volumes: UsageTotal;
  readonly buildCache: UsageTotal;
  /** Logs and configuration of all containers, which their sizes do not count. */
  readonly containerFolders: number;
  /** The store's own books, and what it needs to write archives again. */
  readonly metadata: number;
  readonly byImage: readonly ImageUsage[];
  readonly byContainer: readonly ContainerUsage[];
  readonly byVolume: readonly { readonly name: string; readonly total: number }[];
}

/** Options of {@link diskUsage}. */
export interface DiskUsageOptions extends CallOptions {
  /** Ids of the containers that run. */
  readonly running?: ReadonlySet<string>;
  /** Names of the volumes that containers use. */
  readonly usedVolumes?: ReadonlySet<string>;
}

/**
 * Measures a store.
 *
 * A layer counts with what the driver says it takes as a difference from its parent, or with what removing it alone would give back where that is
 * more, as it is when every layer is a full copy. That is one definition on every driver.
 */
export async function diskUsage(books: Books, options: DiskUsageOptions = {}): Promise<DiskUsage> {
  const { running = new Set(), usedVolumes = new Set(), signal } = options;
  const call = signal === undefined ? {} : { signal };
  const layers = await measureLayers(books, call);
  const byImage = imageUsages(books, layers);
  const measured = await measureContainers(books, layers, call);
  const byContainer = measured.map(({ usage }) => usage);
  const byVolume = await volumeUsages(books, call);
  const idle = byContainer.filter(({ id }) => !running.has(id));
  const unusedVolumes = byVolume.filter(({ name }) => !usedVolumes.has(name));
  return {
    images: imageTotal(books, layers, byImage),
    containers: {
      count: byContainer.length,
      active: byContainer.length - idle.length,
      total: sum(byContainer, ({ writable }) => writable) + sumOf(privateLayers(books), layers) + forkShares(measured),
      reclaimable:
        sum(idle, ({ writable }) => writable) +
        sumOf(idlePrivateLayers(books, running), layers) +
        forkShares(idleFamilies(measured, running)),
    },
    volumes: {
      count: byVolume.length,
      active: byVolume.length - unusedVolumes.length,
      total: sum(byVolume, ({ total }) => total),
      reclaimable: sum(unusedVolumes, ({ total }) => total),
    },
    buildCache: cacheTotal(books, layers),
    containerFolders: sum(byContainer, ({ folder }) => folder),
    metadata: await measureFolders([books.layout.database, books.layout.assemblies, books.layout.spool], call),
    byImage,
    byContainer,
    byVolume,
  };
}

/** Bytes on the disk by layer key. */
type LayerSizes = ReadonlyMap<LayerKey, number>;

async function measureLayers(books: Books, options: CallOptions): Promise<LayerSizes> {
  const sizes = new Map<LayerKey, number>();
  for (const { key, value } of books.layers.entries()) {
    sizes.set(key as LayerKey, await onDisk(books, value.driverLayer, options)); // The table has no other keys.
  }
  return sizes;
}

/** A layer that goes while it is measured counts as nothing. */
async function onDisk(books: Books, driverLayer: string, options: CallOptions): Promise<number> {
  try {
    const { allocated } = await books.driver.usage(driverLayer, options);
    return Math.max(allocated, await books.driver.reclaimable(driverLayer, options));
  } catch (error) {
    if (isStorageError(error, 'LAYER_NOT_FOUND')) return 0;
    throw error;
  }
}

/** The layers of every image, from the bottom up. */
function chainsOf(books: Books): ReadonlyMap<Digest, readonly Digest[]> {
  const configs = books.configs.entries();
  return new Map(
    configs.map(({ key, value }) => [key as Digest, chainIds(parseImageConfig(value).rootfs.diff_ids)]), // Images are entered by their ids.
  );
}

function imageUsages(books: Books, layers: LayerSizes): readonly ImageUsage[] {
  const chains = chainsOf(books);
  const users = new Map<Digest, number>();
  for (const chain of chains.values()) for (const key of chain) users.set(key, (users.get(key) ?? 0) + 1);
  return [...chains].map(([id, chain]) => {
    const total = sumOf(chain, layers);
    const shared = sumOf(
      chain.filter((key) => (users.get(key) ?? 0) > 1),
      layers,
    );
    const containers = containersOf(books, id).length;
    return { id, references: referencesOf(books, id), total, shared, unique: total - shared, containers };
  });
}

function imageTotal(books: Books, layers: LayerSizes, usages: readonly ImageUsage[]): UsageTotal {
  const chains = chainsOf(books);
  const active = usages.filter(({ containers }) => containers > 0);
  const all = new Set([...chains.values()].flat());
  const needed = new Set(active.flatMap(({ id }) => chains.get(id) ?? []));
  const unneeded = [...all].filter((key) => !needed.has(key) && !isCached(books, key));
  return {
    count: usages.length,
    active: active.length,
    total: sumOf([...all], layers),
    reclaimable: sumOf(unneeded, layers),
  };
}

/** Layers that no image has: only the build cache keeps them. */
function cacheTotal(books: Books, layers: LayerSizes): UsageTotal {
  const inImages = new Set<LayerKey>([...chainsOf(books).values()].flat());
  const only = [...layers.keys()].filter((key) => key.startsWith('sha256:') && !inImages.has(key));
  const total = sumOf(only, layers);
  return { count: books.buildCache.size, active: 0, total, reclaimable: total };
}

function isCached(books: Books, key: LayerKey): boolean {
  return books.uses.of(layerUse(key), 'cache:', 1).length > 0;
}

async function measureContainers(
  books: Books,
  layers: LayerSizes,
  options: CallOptions,
): Promise<readonly MeasuredContainer[]> {
  const containers = books.containers.entries().map(({ key, value }) => ({ id: key, row: value }));
  const members = new Map<string, number>();
  for (const { id, row } of containers) members.set(familyOf(id, row), (members.get(familyOf(id, row)) ?? 0) + 1);
  const measured: MeasuredContainer[] = [];
  for (const { id, row } of containers) {
    const family = familyOf(id, row);
    const isAlone = members.get(family) === 1;
    const whole = await onDisk(books, row.driverLayer, options);
    const writable = isAlone ? whole : await ownOnDisk(books, row.driverLayer, options);
    const forkShare = Math.max(0, whole - writable);
    const shared = sumOf(privateBelow(books, row.base), layers) + forkShare;
    const folder = await measureFolders([join(books.layout.containers, id)], options);
    measured.push({ usage: { id, name: row.name, writable, shared, folder }, family, forkShare });
  }
  return measured;
}

/** What removing it alone would give back. It is no more than {@link onDisk} says. */
async function ownOnDisk(books: Books, driverLayer: string, options: CallOptions): Promise<number> {
  try {
    return await books.driver.reclaimable(driverLayer, options);
  } catch (error) {
    if (isStorageError(error, 'LAYER_NOT_FOUND')) return 0;
    throw error;
  }
}

function privateBelow(books: Books, base: LayerKey | null): readonly LayerKey[] {
  const keys: LayerKey[] = [];
  for (let key = base; key?.startsWith('private:') === true; key = books.layers.get(key)?.parent ?? null)
    keys.push(key);
  return keys;
}

function privateLayers(books: Books): readonly LayerKey[] {
  return books.layers.keys('private:') as readonly LayerKey[]; // The table has no other keys.
}

/** Those that no running container stands on. */
function idlePrivateLayers(books: Books, running: ReadonlySet<string>): readonly LayerKey[] {
  const needed = new Set([...running].flatMap((id) => privateBelow(books, books.containers.get(id)?.base ?? null)));
  return privateLayers(books).filter((key) => !needed.has(key));
}

async function volumeUsages(
  books: Books,
  options: CallOptions,
): Promise<readonly { readonly name: string; readonly total: number }[]> {
  const usages: { readonly name: string; readonly total: number }[] = [];
  // What starts with a dot is no volume but the store's own.
  for (const name of readdirSync(books.layout.volumes).filter((entry) => !entry.startsWith('.'))) {
    usages.push({ name, total: await measureFolders([join(books.layout.volumes, name)], options) });
  }
  return usages;
}

async function measureFolders(folders: readonly string[], options: CallOptions): Promise<number> {
  let total = 0;
  for (const folder of folders) {
    try {
      total += (await measureTree(folder, options)).allocated;
    } catch (error) {
      if (!isErrno(error, 'ENOENT')) throw error;
    }
  }
  return total;
}

function sumOf(keys: readonly LayerKey[], layers: LayerSizes): number {
  return sum(keys, (key) => layers.get(key) ?? 0);
}

function sum<T>(items: readonly T[], size: (item: T) => number): number {
  return items.reduce((total, item) => total + size(item), 0);
}
