import { randomBytes } from 'node:crypto';
import type { CallOptions } from '@graphdriver/core';
import { type Books, lockBooks } from '../books.ts';
import { FreshLayer } from '../layers/driver-layer.ts';
import { type ContainerRow, containerUse, familyOf } from './container-row.ts';
import { enterContainer, freeName, refuseName } from './create-container.ts';
import { type FoundContainer, findContainer } from './find-container.ts';
import { forkByCommit, restackFrozen } from './fork-by-commit.ts';

/** Options of {@link forkContainer}. */
export interface ForkOptions extends CallOptions {
  /** A name that no other container has; a random one unless given. */
  readonly name?: string;
}

/**
 * Makes a container that starts from the files which another has now. From then on neither sees what the other does.
 *
 * A driver that can fork layers makes it of one, and the other container is as before. With any other driver nothing is copied either: the
 * writable layer so far is committed, and both go on in a new one on top of it, which makes the chain of both longer each time.
 *
 * After a loss of power the new container is there with all its files or, like one that was just made, not at all.
 *
 * @throws {StoreError} `CONTAINER_NOT_FOUND`, `NAME_IN_USE`, `INVALID_NAME`
 * @throws {StorageError} `LAYER_IN_USE` while anybody holds it, `DEPTH_EXCEEDED`
 */
export async function forkContainer(books: Books, name: string, options: ForkOptions = {}): Promise<FoundContainer> {
  const { signal } = options;
  const call = signal === undefined ? {} : { signal };
  if (options.name !== undefined) refuseName(books, options.name);
  const { id } = findContainer(books, name);
  using _lock = await lockBooks(books, containerUse(id), call);
  const forkId = randomBytes(32).toString('hex');
  const row = books.driver.capabilities.forks
    ? await forkByDriver(books, id, { id: forkId, name: options.name, call })
    : await forkByCommit(books, id, { id: forkId, name: options.name, call });
  return { id: forkId, row };
}

/** The row that is made is as good as its layer: the driver has either before the books have the container. The lock of the other one is held. */
async function forkByDriver(
  books: Books,
  id: string,
  fork: { readonly id: string; readonly name: string | undefined; readonly call: CallOptions },
): Promise<ContainerRow> {
  // A fork of another driver's, or of an older release, may have been interrupted.
  await restackFrozen(books, id);
  const { driverLayer } = findContainer(books, id).row;
  await using fresh = await FreshLayer.make(books, { owner: containerUse(fork.id), forkOf: driverLayer, ...fork.call });
  const row = await books.metadata.change(() => {
    const { row: source } = findContainer(books, id);
    const made = {
      ...source,
      driverLayer: fresh.id,
      family: familyOf(id, source),
      name: freeName(books, fork.name),
      created: new Date().toISOString(),
    };
    enterContainer(books, fork.id, made);
    return made;
  });
  await fresh.keep();
  return row;
}
