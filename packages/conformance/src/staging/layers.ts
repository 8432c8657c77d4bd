import assert from 'node:assert/strict';
import type { DiffOptions, Driver } from '@graphdriver/core';
import { isStorageError, type StorageErrorCode } from '@graphdriver/core';
import type { CheckContext } from '../check.ts';
import { assertSameTree, type CompareOptions } from '../oracle/compare-snapshots.ts';
import { snapshotTree, type TreeSnapshot } from '../oracle/tree-snapshot.ts';

/** Changes the tree at `root`: a mount, or a plain directory that serves as the oracle. */
export type Edit = (root: string) => void | Promise<void>;

/** Makes a writable layer and changes it. */
export async function makeWritable(driver: Driver, id: string, edit?: Edit, parent?: string): Promise<void> {
  await driver.create(id, parent === undefined ? {} : { parent });
  if (edit !== undefined) await editLayer(driver, id, edit);
}

/** Makes a layer, changes it and commits it. */
export async function makeLayer(driver: Driver, id: string, edit?: Edit, parent?: string): Promise<void> {
  await makeWritable(driver, id, edit, parent);
  await driver.commit(id);
}

/** Changes a writable layer through a mount. */
export async function editLayer(driver: Driver, id: string, edit: Edit): Promise<void> {
  await using mount = await driver.get(id);
  await edit(mount.path);
}

/**
 * Reads a layer's view through a mount.
 *
 * A committed layer of a driver without read-only views cannot be mounted: an untouched child then shows the same.
 */
export async function viewing<T>(
  context: CheckContext,
  id: string,
  read: (root: string) => T | Promise<T>,
): Promise<T> {
  const { driver, capabilities } = context;
  if (capabilities.readOnlyViews || (await driver.stat(id)).kind === 'writable') {
    await using mount = await driver.get(id);
    return await read(mount.path);
  }
  const child = `${id}-seen`;
  await driver.create(child, { parent: id });
  try {
    await using mount = await driver.get(child);
    return await read(mount.path);
  } finally {
    await driver.remove(child);
  }
}

/** Everything about a layer's view. */
export function snapshotLayer(context: CheckContext, id: string): Promise<TreeSnapshot> {
  return viewing(context, id, snapshotTree);
}

/** Fails unless a layer's view is `expected`, to the precision of the driver's times. */
export async function assertView(
  context: CheckContext,
  id: string,
  expected: TreeSnapshot,
  options: CompareOptions = {},
): Promise<void> {
  const granularity = context.capabilities.timestampGranularity;
  assertSameTree(await snapshotLayer(context, id), expected, `The view of ${id}`, { granularity, ...options });
}

/** A whole diff in memory. */
export async function diffBytes(driver: Driver, id: string, options?: DiffOptions): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of driver.diff(id, options)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** `bytes` as a stream of chunks. */
export async function* streamOf(bytes: Uint8Array, chunkSize: number = 1 << 16): AsyncGenerator<Uint8Array> {
  for (let offset = 0; offset < bytes.length; offset += chunkSize) yield bytes.subarray(offset, offset + chunkSize);
}

/** What `driver.changes` says, as `A /path`, `C /path` and `D /path`: the letters that Docker prints. */
export async function changeLines(driver: Driver, id: string, options?: DiffOptions): Promise<string[]> {
  const letters = { add: 'A', modify: 'C', delete: 'D' } as const;
  return (await driver.changes(id, options)).map(({ kind, path }) => `${letters[kind]} ${path}`);
}

/** Fails unless `promise` is refused with one of `codes`. */
export async function assertRefused(
  promise: Promise<unknown>,
  codes: StorageErrorCode | readonly StorageErrorCode[],
  what: string,
): Promise<void> {
  const expected = typeof codes === 'string' ? [codes] : codes;
  const outcome = await promise.then(
    () => 'success',
    (error: unknown) => (isStorageError(error) ? error.code : String(error)),
  );
  assert.ok(
    expected.some((code) => code === outcome),
    `${what}: ${expected.join(' or ')} was expected, not ${outcome}.`,
  );
}
