import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { compareTrees, directoryTree } from '@graphdriver/archive';
import { type CallOptions, throwIfAborted } from '@graphdriver/core';
import { copyTree, makeDirectory, removeTree } from '@graphdriver/host';
import { StoreError } from '../store-error.ts';
import type { MoveMeter } from './move-meter.ts';
import type { MoveProgress } from './move-request.ts';

/** Folders that lie in one, and what they are called in the progress. */
export interface FolderSet {
  readonly stage: MoveProgress['stage'];
  readonly from: string;
  readonly to: string;
  /** Of the new folder, where it is not there. */
  readonly mode: number;
}

/**
 * Copies every folder of a set exactly, and compares it with its original byte by byte; what is there already and differs is made anew.
 * Names that begin with a dot are the store's own notes, and stay behind. What is not in the old set goes from the new one.
 *
 * @throws {StoreError} `DIGEST_MISMATCH` for what changes meanwhile
 */
export async function moveFolders(
  { stage, from, to, mode }: FolderSet,
  { signal, meter }: CallOptions & { readonly meter: MoveMeter },
): Promise<void> {
  if (!existsSync(to)) makeDirectory(to, mode);
  const names = namesIn(from);
  for (const name of namesIn(to)) if (!names.includes(name)) await removeTree(join(to, name));
  for (const [done, name] of names.entries()) {
    throwIfAborted(signal, 'Moving a store');
    meter.step(stage, done, names.length);
    await moveFolder(join(from, name), join(to, name), { meter, ...(signal === undefined ? {} : { signal }) });
  }
  meter.step(stage, names.length, names.length);
}

/** Makes `to` an exact copy of `from`, unless it is one. */
export async function moveFolder(
  from: string,
  to: string,
  { meter, ...call }: CallOptions & { readonly meter?: MoveMeter },
): Promise<void> {
  if (existsSync(to) && (await isSame(from, to, call))) return;
  await removeTree(to);
  let copied = 0;
  const onProgress = ({ bytes }: { readonly bytes: number }): void => {
    meter?.add(bytes - copied);
    copied = bytes;
  };
  await copyTree(from, to, { ...call, onProgress });
  if (await isSame(from, to, call)) return;
  throw new StoreError('DIGEST_MISMATCH', `${to} is not what ${from} is.`, {
    hint: 'If something still writes there, end it and repeat the move.',
    details: { from, to },
  });
}

/** Reads all content: times alone could lie. */
async function isSame(from: string, to: string, options: CallOptions): Promise<boolean> {
  for await (const _difference of compareTrees(directoryTree(from), directoryTree(to), options)) return false;
  return true;
}

function namesIn(folder: string): readonly string[] {
  return readdirSync(folder).filter((name) => !name.startsWith('.'));
}
