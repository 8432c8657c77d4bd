import { join } from 'node:path';
import type { CallOptions, Change, GetOptions, Mount, PutOptions } from '@graphdriver/core';
import { type Books, lockBooks } from '../books.ts';
import type { Digest } from '../identity/digest.ts';
import { removeDriverLayer } from '../layers/driver-layer.ts';
import { typedErrors } from '../typed-errors.ts';
import { type CommitOptions, commitContainer } from './commit-container.ts';
import { containerBase } from './container-base.ts';
import { type ContainerRow, containerUse, type Json, volumeUse } from './container-row.ts';
import { type CreateContainerOptions, createContainer, refuseName } from './create-container.ts';
import { type FoundContainer, findContainer } from './find-container.ts';
import { forgetContainer } from './forget-container.ts';
import { restackFrozen } from './fork-by-commit.ts';
import { type ForkOptions, forkContainer } from './fork-container.ts';

/** A container. */
export interface Container {
  /** 64 hexadecimal digits; people write the first twelve. */
  readonly id: string;
  readonly name: string;
  /** The image that it was made from; `null` for one that was made from nothing. */
  readonly image: Digest | null;
  /** How that image was called then. */
  readonly imageName: string | null;
  /** RFC 3339. */
  readonly created: string;
  readonly labels: Readonly<Record<string, string>>;
  /** What it is to run and how. The runtime's own. */
  readonly spec: Json;
  /** Names of the volumes that it uses. */
  readonly volumes: readonly string[];
  /** The folder for what runs it. Made when first needed. */
  readonly folder: string;
}

/** What a container takes. */
export interface ContainerSize {
  /** Bytes that the files in its writable layer say they hold. */
  readonly size: number;
  /** That, and all the read-only data underneath, which it may share with any number of others. */
  readonly virtualSize: number;
}

/** Options of {@link Containers.remove}. */
export interface RemoveContainerOptions extends CallOptions {
  /** Refuses, by an error, a container in a state in which it may not be removed. Asked while nobody else can change the container. */
  readonly check?: (container: Container) => void;
}

/**
 * The containers of a store. They are named by name, id, or the start of their id.
 *
 * Every method may fail with `CONTAINER_NOT_FOUND` or `AMBIGUOUS_ID` for such a name, and with what the driver refuses.
 */
export class Containers {
  readonly #books: Books;

  constructor(books: Books) {
    this.#books = books;
  }

  /** Makes a container of an image, or an empty one for `null`. @throws {StoreError} `IMAGE_NOT_FOUND`, `NAME_IN_USE`, `INVALID_NAME` */
  async create(image: string | null, options: CreateContainerOptions = {}): Promise<Container> {
    const create = (): Promise<FoundContainer> => createContainer(this.#books, image, options);
    return this.#shown(await typedErrors('The container could not be made.', options, create));
  }

  /** All containers, the newest first, as they are now, whoever has made them. */
  list(): readonly Container[] {
    this.#books.metadata.refresh();
    const all = this.#books.containers.entries().map(({ key, value }) => this.#shown({ id: key, row: value }));
    return all.toSorted((one, other) => Date.parse(other.created) - Date.parse(one.created));
  }

  /** A container as it is now, whoever has changed it. */
  show(container: string): Container {
    this.#books.metadata.refresh();
    return this.#shown(findContainer(this.#books, container));
  }

  /** Holds the container's files and shows them at a path, as the driver's `get` does. Name a `holder` for a mount that outlives this process. */
  async mount(container: string, options: GetOptions = {}): Promise<Mount> {
    const { id, row } = findContainer(this.#books, container);
    // What is written into it now would stay behind.
    this.#books.metadata.refuseDeparted();
    const mount = await this.#books.driver.get(row.driverLayer, options);
    if (!mount.readOnly || options.readOnly === true) return mount;
    // A fork was interrupted after it had committed the layer.
    await mount.put();
    {
      using _lock = await lockBooks(this.#books, containerUse(id));
      await restackFrozen(this.#books, id);
    }
    return await this.#books.driver.get(findContainer(this.#books, id).row.driverLayer, options);
  }

  /** Gives back one hold of the lease named `holder`. @throws {StorageError} `HOLDER_NOT_FOUND`, `LAYER_IN_USE` */
  async unmount(container: string, options: PutOptions & { readonly holder: string }): Promise<void> {
    await this.#books.driver.put(findContainer(this.#books, container).row.driverLayer, options);
  }

  /** What differs from its image. Fast, unless it was forked over a driver that cannot fork layers: then all files are compared. */
  async changes(container: string, options: CallOptions = {}): Promise<readonly Change[]> {
    const { row } = findContainer(this.#books, container);
    return await this.#books.driver.changes(row.driverLayer, this.#fromImage(row, options));
  }

  /** The same as an archive. */
  diff(container: string, options: CallOptions = {}): AsyncIterable<Uint8Array> {
    const { row } = findContainer(this.#books, container);
    return this.#books.driver.diff(row.driverLayer, this.#fromImage(row, options));
  }

  /** Makes an image of its current files, and returns its id. */
  async commit(container: string, options: CommitOptions = {}): Promise<Digest> {
    const commit = (): Promise<Digest> => commitContainer(this.#books, container, options);
    return await typedErrors('The container could not be committed.', options, commit);
  }

  /** Makes a container that starts from its current files, without copying them. @throws {StorageError} `LAYER_IN_USE` while it is held */
  async fork(container: string, options: ForkOptions = {}): Promise<Container> {
    const fork = (): Promise<FoundContainer> => forkContainer(this.#books, container, options);
    return this.#shown(await typedErrors('The container could not be forked.', options, fork));
  }

  /** @throws {StoreError} `NAME_IN_USE`, `INVALID_NAME` */
  async rename(container: string, name: string): Promise<void> {
    const books = this.#books;
    const { id } = findContainer(books, container);
    await books.metadata.change(() => {
      const { row } = findContainer(books, id);
      if (row.name === name) return;
      refuseName(books, name);
      books.names.remove(row.name);
      books.names.put(name, id);
      books.containers.put(id, { ...row, name });
    });
  }

  /** What it takes. Walks through its writable layer. */
  async size(container: string, options: CallOptions = {}): Promise<ContainerSize> {
    const { row } = findContainer(this.#books, container);
    const { apparent } = await this.#books.driver.usage(row.driverLayer, options);
    return { size: apparent, virtualSize: apparent + containerBase(this.#books, row).size };
  }

  /** Replaces what it is to run and the volumes that it uses, or either. */
  async setSpec(
    container: string,
    { spec, volumes }: { readonly spec?: Json; readonly volumes?: readonly string[] },
  ): Promise<Container> {
    const books = this.#books;
    const { id } = findContainer(books, container);
    return await books.metadata.change(() => {
      const { row } = findContainer(books, id);
      const changed = {
        ...row,
        ...(spec === undefined ? {} : { spec }),
        ...(volumes === undefined ? {} : { volumes }),
      };
      for (const volume of row.volumes) books.uses.remove(volumeUse(volume), containerUse(id));
      for (const volume of changed.volumes) books.uses.add(volumeUse(volume), containerUse(id));
      books.containers.put(id, changed);
      return this.#shown({ id, row: changed });
    });
  }

  /** Ids of the containers that use a volume. */
  usersOfVolume(name: string): readonly string[] {
    return this.#books.uses.of(volumeUse(name), 'container:').map((user) => user.slice('container:'.length));
  }

  /**
   * Removes a container with its writable layer and folder. Volumes stay.
   *
   * @throws {StorageError} `LAYER_IN_USE` while it is held
   */
  async remove(container: string, options: RemoveContainerOptions = {}): Promise<void> {
    await typedErrors('The container could not be removed.', options, () => this.#remove(container, options));
  }

  async #remove(container: string, { check, ...call }: RemoveContainerOptions): Promise<void> {
    const books = this.#books;
    const { id } = findContainer(books, container);
    using _lock = await lockBooks(books, containerUse(id), call);
    const found = findContainer(books, id);
    check?.(this.#shown(found));
    const { driverLayer } = found.row;
    await removeDriverLayer(books, driverLayer, {
      owner: containerUse(id),
      forget: () => forgetContainer(books, id, driverLayer),
      ...call,
    });
  }

  #fromImage(row: ContainerRow, options: CallOptions): CallOptions & { readonly base?: string | null } {
    const { isForked, imageLayer } = containerBase(this.#books, row);
    return isForked ? { ...options, base: imageLayer } : options;
  }

  #shown({ id, row }: FoundContainer): Container {
    const { name, image, imageName, created, labels, spec, volumes } = row;
    return {
      id,
      name,
      image,
      imageName,
      created,
      labels,
      spec,
      volumes,
      folder: join(this.#books.layout.containers, id),
    };
  }
}
