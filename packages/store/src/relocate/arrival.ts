import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { isErrno, makeDirectory, unlinkFile, writeFileAtomic } from '@graphdriver/host';
import { z } from 'zod';
import { readFormat } from '../open-store-folder.ts';
import { StoreError } from '../store-error.ts';
import type { StoreLayout } from '../store-layout.ts';
import type { MoveEnd } from './move-request.ts';

/** What a folder says of a store that is being moved there. */
const arrival = z.object({
  format: z.literal(1),
  /** The store's id. */
  store: z.string(),
  /** The folder that it comes from, without symbolic links. */
  from: z.string(),
});

/** Which store is on its way to the folder; `undefined` where none is. @throws {StoreError} `CORRUPT_STORE` */
export async function arrivingStore(layout: StoreLayout): Promise<string | undefined> {
  let text: string;
  try {
    text = await readFile(layout.arrival, 'utf8');
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined;
    throw error;
  }
  try {
    return arrival.parse(JSON.parse(text)).store;
  } catch (error) {
    throw new StoreError('CORRUPT_STORE', `${layout.arrival} is not what a move wrote.`, {
      cause: error,
      details: { path: layout.arrival },
    });
  }
}

/**
 * Takes a folder and a driver for a store that is to come. Repeating it for the same store is what goes on with a move.
 *
 * @throws {StoreError} `NAME_IN_USE` where there is a store, a driver with layers, or another store is on its way there
 */
export async function expectStore(
  layout: StoreLayout,
  { root, driver }: MoveEnd,
  from: { readonly store: string; readonly root: string },
): Promise<void> {
  if (await refuseTaken(layout, from.store)) return;
  if ((await driver.list()).length > 0) throw taken(root, `The driver ${driver.name} has layers in ${root}.`);
  makeFolder(root);
  const text = `${JSON.stringify({ format: 1, store: from.store, from: from.root })}\n`;
  await writeFileAtomic(layout.arrival, text, { durable: true });
  for (const folder of [layout.assemblies, layout.containers, layout.spool, layout.marks]) makeFolder(folder);
}

/**
 * Refuses a folder where a store is, or another than `store` on its way. Tells whether that one is on its way there.
 *
 * @throws {StoreError} `NAME_IN_USE`
 */
export async function refuseTaken(layout: StoreLayout, store: string): Promise<boolean> {
  const arriving = await arrivingStore(layout);
  if (arriving === store) return true;
  if (arriving !== undefined || readFormat(layout) !== undefined)
    throw taken(layout.root, `There is a store in ${layout.root}, or another is on its way there.`);
  return false;
}

function taken(root: string, message: string): StoreError {
  return new StoreError('NAME_IN_USE', message, { hint: 'Choose an empty folder.', details: { root } });
}

/** The store is there from now on, or is not coming. */
export function endArrival(layout: StoreLayout): void {
  try {
    unlinkFile(layout.arrival);
  } catch (error) {
    if (!isErrno(error, 'ENOENT')) throw error;
  }
}

function makeFolder(path: string): void {
  try {
    makeDirectory(path, 0o700);
  } catch (error) {
    if (!isErrno(error, 'EEXIST')) throw error;
    readdirSync(path);
  }
}
