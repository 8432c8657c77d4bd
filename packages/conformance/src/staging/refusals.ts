import assert from 'node:assert/strict';
import type { Driver } from '@graphdriver/core';
import { isStorageError } from '@graphdriver/core';

/** How `act` ends: `success`, the code of a storage error, or the name of any other error. Thrown and rejected are the same. */
export async function endingOf(act: () => unknown): Promise<string> {
  try {
    await act();
    return 'success';
  } catch (error) {
    if (isStorageError(error)) return error.code;
    return error instanceof Error ? error.name : String(error);
  }
}

/** Fails unless `act` is refused as a wrong argument. */
export async function assertTypeError(act: () => unknown, what: string): Promise<void> {
  assert.equal(await endingOf(act), 'TypeError', `${what} must be a TypeError`);
}

/** One call of every method that takes a layer id, with nothing else that could be wrong. */
export function callsOn(driver: Driver, id: string): Readonly<Record<string, () => Promise<unknown>>> {
  return {
    commit: () => driver.commit(id),
    remove: () => driver.remove(id),
    get: () => driver.get(id),
    put: () => driver.put(id, { holder: 'somebody' }),
    holders: () => driver.holders(id),
    describeMount: () => driver.describeMount(id),
    stat: () => driver.stat(id),
    setLabels: () => driver.setLabels(id, {}),
    usage: () => driver.usage(id),
    reclaimable: () => driver.reclaimable(id),
    metadata: () => driver.metadata(id),
    diff: () => readAll(driver.diff(id)),
    changes: () => driver.changes(id),
    applyDiff: () => driver.applyDiff(id, emptyArchive()),
    diffSize: () => driver.diffSize(id),
    openLayerFile: () => driver.openLayerFile(id, '/file'),
  };
}

/** Reads a stream to its end and drops it. */
export async function readAll(stream: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const chunk of stream) assert.ok(chunk.length >= 0);
}

/** A tar archive of nothing: the end mark alone. */
export async function* emptyArchive(): AsyncGenerator<Uint8Array> {
  yield new Uint8Array(1024);
}
