import { fileURLToPath } from 'node:url';
import type { CallOptions, Driver } from '@graphdriver/core';
import { type Books, closeBooks, openBooks } from './books.ts';
import type { BuiltImage } from './build/build-image.ts';
import type { StoreBuildOptions } from './build/build-in-store.ts';
import { Containers } from './containers/containers.ts';
import { heal } from './heal.ts';
import { pruneBuildCache } from './images/build-cache.ts';
import { Images, type PruneImagesOptions } from './images/images.ts';
import type { RemovedImage } from './images/remove-image.ts';
import { Layers } from './layers/layers.ts';
import { openStoreFolder } from './open-store-folder.ts';
import { Runner } from './run/runner.ts';
import type { RuntimeName } from './runtime/process-spec.ts';
import { type DiskUsage, type DiskUsageOptions, diskUsage } from './sizes/disk-usage.ts';
import { Volumes } from './volumes/volumes.ts';

/** Options of {@link openStore}. */
export interface OpenStoreOptions {
  /** The store's own folder; made, with its parents, where it does not exist. */
  readonly root: string;
  /** An open driver. Its root may be anywhere, and may hold other layers too. */
  readonly driver: Driver;
  /** Closes the driver with the store. */
  readonly ownsDriver?: boolean;
  /**
   * The program, with its first arguments, that becomes the monitor of a detached container and calls `monitorContainer`. One of this package's own
   * unless given: it knows no driver, so that the files of a container which has ended stay mounted until the next call that concerns it.
   */
  readonly monitorCommand?: readonly string[];
  /** The program that makes containers: crun, runc, or chroot by util-linux, the first that works here, unless told. */
  readonly runtime?: RuntimeName;
}

/** What {@link Store.prune} has removed. */
export interface PrunedStore {
  readonly images: readonly RemovedImage[];
  /** How many steps of builds were forgotten. */
  readonly buildSteps: number;
}

const OWN_MONITOR = [process.execPath, fileURLToPath(new URL('./runtime/monitor-main.js', import.meta.url))];

/**
 * Images and containers over a storage driver.
 *
 * Any number of processes may have one store open, if the driver allows it (`capabilities.sharedRoot`).
 * All methods fail with `CLOSED` after `close`.
 */
export class Store implements AsyncDisposable {
  readonly images: Images;
  readonly containers: Containers;
  readonly layers: Layers;
  readonly volumes: Volumes;
  /** Runs containers. */
  readonly runner: Runner;
  readonly driver: Driver;
  /** The books that the parts share. Not for programs. @internal */
  readonly books: Books;
  readonly #options: OpenStoreOptions;
  #closing: Promise<void> | undefined;

  constructor(books: Books, containers: Containers, volumes: Volumes, options: OpenStoreOptions) {
    this.books = books;
    this.driver = books.driver;
    this.images = new Images(books);
    this.containers = containers;
    this.layers = new Layers(books);
    this.volumes = volumes;
    this.#options = options;
    const { monitorCommand = OWN_MONITOR, runtime } = options;
    this.runner = new Runner({ books, images: this.images, containers, volumes, monitorCommand, runtime });
  }

  /** The store's folder. */
  get root(): string {
    return this.books.layout.root;
  }

  /** Builds an image from a Dockerfile and a folder: see {@link StoreBuildOptions}. */
  async build(options: StoreBuildOptions): Promise<BuiltImage> {
    // The parser of Dockerfiles takes longer to load than most commands.
    const { buildInStore } = await import('./build/build-in-store.ts');
    const { runtime } = this.#options;
    return await buildInStore(this.books, { ...(runtime === undefined ? {} : { runtime }), ...options });
  }

  /** What everything takes on the disk. Measures every layer. */
  async df(options: DiskUsageOptions = {}): Promise<DiskUsage> {
    const containers = this.runner.list();
    const running = containers.filter(({ state }) => state.status === 'running');
    return await diskUsage(this.books, {
      running: new Set(running.map(({ id }) => id)),
      usedVolumes: new Set(containers.flatMap(({ volumes }) => volumes)),
      ...options,
    });
  }

  /**
   * Removes images without a name, or all that no container needs, and the build cache. Containers and volumes stay.
   */
  async prune(options: PruneImagesOptions & CallOptions = {}): Promise<PrunedStore> {
    const steps = await pruneBuildCache(this.books);
    return { buildSteps: steps, images: await this.images.prune(options) };
  }

  /** Closes the store, and the driver where the store owns it. Repeating it does nothing. */
  async close(): Promise<void> {
    this.#closing ??= this.#close();
    await this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(): Promise<void> {
    this.volumes.close();
    await closeBooks(this.books);
    if (this.#options.ownsDriver === true) await this.driver.close();
  }
}

/**
 * Opens the store in `root`, and finishes or undoes what ended processes have left half done in it.
 *
 * @throws {StoreError} `NEWER_FORMAT`, `CORRUPT_STORE` also for a store of another driver's layers
 */
export async function openStore(options: OpenStoreOptions): Promise<Store> {
  const { root, driver } = options;
  const { layout, format } = await openStoreFolder(root, driver.name);
  const books = openBooks(format.id, layout, driver);
  try {
    await heal(books);
    const containers = new Containers(books);
    const volumes = await Volumes.open(layout.volumes, { usersOf: (name) => containers.usersOfVolume(name) });
    return new Store(books, containers, volumes, options);
  } catch (error) {
    await closeBooks(books);
    throw error;
  }
}
