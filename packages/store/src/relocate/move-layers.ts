import { type CallOptions, type Driver, type LayerRecord, throwIfAborted } from '@graphdriver/core';
import type { Books } from '../books.ts';
import { type Digest, Digester, digestMismatch } from '../identity/digest.ts';
import { exportLayer } from '../layers/export-layer.ts';
import { isStoreError } from '../store-error.ts';
import type { MoveMeter } from './move-meter.ts';

/** A layer on its way. */
interface Moving extends CallOptions {
  readonly record: LayerRecord;
  /** Its chain ID where it was made of an archive that can be written again. */
  readonly key: Digest | undefined;
  readonly meter: MoveMeter;
}

/**
 * Brings every layer of the old driver into the new one under its own id, by its archive, and reads each from there again: a layer of an
 * image must have the digest that it is known by, and for all others both drivers must write the same archive.
 *
 * What is there already, from a move that was interrupted, is read too, and made anew where it is not the same.
 *
 * @throws {StoreError} `DIGEST_MISMATCH`, also for a layer that was damaged before
 * @throws {StorageError} `UNREPRESENTABLE`, and whatever the drivers refuse
 */
export async function moveLayers(
  from: Books,
  to: Books,
  { signal, meter }: CallOptions & { readonly meter: MoveMeter },
): Promise<void> {
  const rows = from.layers.entries('sha256:');
  const keys = new Map(rows.map(({ key, value }) => [value.driverLayer, key as Digest])); // What starts so is one.
  const records = await from.driver.list();
  for (const [done, record] of records.entries()) {
    throwIfAborted(signal, 'Moving a store');
    meter.step('layers', done, records.length);
    await settle(from, to, { record, key: keys.get(record.id), meter, ...(signal === undefined ? {} : { signal }) });
  }
  meter.step('layers', records.length, records.length);
}

async function settle(from: Books, to: Books, moving: Moving): Promise<void> {
  const { id, labels } = moving.record;
  if (await to.driver.exists(id)) {
    if (await isSame(from, to, moving)) {
      await to.driver.setLabels(id, labels);
      return;
    }
    await removeWithChildren(to.driver, id);
  }
  const sent = (await copyLayer(from, to, moving)).digest();
  const found = await digestOfLayer(to, moving);
  if (found !== sent) throw digestMismatch(`the layer ${id} in its new place`, sent, found);
}

async function isSame(from: Books, to: Books, moving: Moving): Promise<boolean> {
  const { record, key, meter } = moving;
  const { kind, parent } = await to.driver.stat(record.id);
  if (kind !== record.kind || parent !== record.parent) return false;
  try {
    const found = await digestOfLayer(to, moving, (bytes) => meter.add(bytes));
    return key !== undefined || found === (await digestOfLayer(from, moving));
  } catch (error) {
    // Reading a layer of an image checks it.
    if (isStoreError(error, 'DIGEST_MISMATCH') || isStoreError(error, 'CORRUPT_STORE')) return false;
    throw error;
  }
}

/** Nobody but the move has made layers there. */
async function removeWithChildren(driver: Driver, id: string): Promise<void> {
  const doomed = new Set([id]);
  for (const record of await driver.list())
    if (record.parent !== null && doomed.has(record.parent)) doomed.add(record.id);
  for (const layer of [...doomed].reverse()) await driver.remove(layer);
}

async function copyLayer(from: Books, to: Books, moving: Moving): Promise<Digester> {
  const { record, signal, meter } = moving;
  const { id, parent, labels, kind } = record;
  const call = signal === undefined ? {} : { signal };
  const sent = new Digester();
  let failure: { readonly error: unknown } | undefined;
  async function* passing(): AsyncGenerator<Uint8Array> {
    try {
      for await (const chunk of archiveOf(from, moving)) {
        sent.add(chunk);
        meter.add(chunk.length);
        yield chunk;
      }
    } catch (error) {
      failure = { error };
      throw error;
    }
  }
  await to.driver.create(id, { labels, ...(parent === null ? {} : { parent }), ...call });
  try {
    await to.driver.applyDiff(id, passing(), call);
  } catch (error) {
    // The new driver does not know what is wrong with the old layer.
    throw failure === undefined ? error : failure.error;
  }
  if (kind === 'committed') await to.driver.commit(id, call);
  return sent;
}

function archiveOf(books: Books, { record, key, signal }: Moving): AsyncIterable<Uint8Array> {
  const call = signal === undefined ? {} : { signal };
  return key === undefined ? books.driver.diff(record.id, call) : exportLayer(books, key, call);
}

async function digestOfLayer(books: Books, moving: Moving, onBytes?: (bytes: number) => void): Promise<Digest> {
  const digester = new Digester();
  for await (const chunk of archiveOf(books, moving)) {
    digester.add(chunk);
    onBytes?.(chunk.length);
  }
  return digester.digest();
}
