import type { CallOptions } from '@graphdriver/core';
import type { Books } from '../books.ts';
import { Digester } from '../identity/digest.ts';
import { assemblyPath } from '../store-layout.ts';
import { assemble } from './assembly/assemble.ts';
import type { FreshLayer } from './driver-layer.ts';
import type { LayerKey } from './layer-row.ts';
import {
  assembleAgain,
  makeFresh,
  NOBODY,
  type RegisteredLayer,
  type SummedArchive,
  settleLayer,
} from './register-layer.ts';
import type { Work } from './work.ts';

/** What {@link changeLayer} is told. */
export interface ChangeRequest extends CallOptions {
  /** The layer to start from, which somebody keeps from being removed; `null` to start from nothing. */
  readonly parent: LayerKey | null;
  /** Who keeps the new layer until something else does. */
  readonly work: Work;
}

/**
 * Makes a layer by doing something to the files of another, at a path where they can be written. Returns `null` where nothing changed.
 *
 * Nothing is copied: the layer that was written to is the one that stays. On failure nothing is left behind.
 */
export async function changeLayer(
  books: Books,
  change: (path: string) => Promise<void>,
  request: ChangeRequest,
): Promise<RegisteredLayer | null> {
  await using fresh = await makeFresh(books, { ...request, owner: NOBODY });
  {
    await using mount = await books.driver.get(fresh.id);
    await change(mount.path);
  }
  const { signal } = request;
  const changes = await books.driver.changes(fresh.id, signal === undefined ? {} : { signal });
  if (changes.length === 0) return null;
  const summed = await sumUp(books, fresh, request);
  return await settleLayer(books, fresh, { ...summed, ...request });
}

/** Reads the layer's archive once: for its digest, and for what is needed to write it again. */
async function sumUp(books: Books, fresh: FreshLayer, { signal }: CallOptions): Promise<SummedArchive> {
  const options = signal === undefined ? {} : { signal };
  const digester = new Digester();
  const path = assemblyPath(books.layout, fresh.id);
  const archive = (): AsyncIterable<Uint8Array> => books.driver.diff(fresh.id, options);
  const shadowed = await assemble(passing(archive(), digester), path, options);
  await assembleAgain(archive, path, shadowed, options);
  return {
    diffId: digester.digest(),
    size: await books.driver.diffSize(fresh.id, options),
    archiveSize: digester.size,
  };
}

async function* passing(bytes: AsyncIterable<Uint8Array>, digester: Digester): AsyncGenerator<Uint8Array> {
  for await (const chunk of bytes) {
    digester.add(chunk);
    yield chunk;
  }
}
