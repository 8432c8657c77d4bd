import { mkdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { type GetOptions, type MountOptions, StorageError } from '@graphdriver/core';
import type { Mounter } from '@graphdriver/host';
import type { BookedLayer, Hold, ReferenceBooks, View } from './reference-books.ts';

type Flag = 'ro' | 'nosuid' | 'nodev' | 'noexec';

/** The mount flags that a view of `layer` needs: what was asked for, and read-only in any case once it is committed. */
export function flagsOf(layer: BookedLayer, options: MountOptions): readonly Flag[] {
  const wanted: readonly [Flag, boolean | undefined][] = [
    ['ro', options.readOnly === true || layer.record.kind === 'committed'],
    ['nosuid', options.nosuid],
    ['nodev', options.nodev],
    ['noexec', options.noexec],
  ];
  return wanted.flatMap(([flag, on]) => (on === true ? [flag] : []));
}

/** Adds a hold of `layer`, binding its directory to a place of its own unless that was done in the same way already. */
export async function holdView(
  books: ReferenceBooks,
  mounter: Mounter,
  layer: BookedLayer,
  options: GetOptions,
  driver: object,
): Promise<Hold> {
  const flags = flagsOf(layer, options);
  const key = ['rw', ...flags].join('-');
  const view = layer.views.get(key) ?? (await bindView(books, mounter, layer, key, flags));
  layer.views.set(key, view);
  const name = options.holder ?? null;
  const hold = { name, owner: name === null ? driver : null, view };
  layer.holds.push(hold);
  return hold;
}

async function bindView(
  books: ReferenceBooks,
  mounter: Mounter,
  layer: BookedLayer,
  key: string,
  flags: readonly Flag[],
): Promise<View> {
  const { id } = layer.record;
  const path = join(books.root, 'views', `${id}.${key}`);
  mkdirSync(path);
  try {
    await mounter.bind(books.directoryOf(id), path, flags);
  } catch (error) {
    rmdirSync(path);
    throw error;
  }
  return { path, readOnly: flags.includes('ro') };
}

/**
 * Takes a hold away, and its mount with the last one that shares it.
 *
 * @throws {StorageError} `LAYER_IN_USE` while files in the mount are open, unless detaching; the hold then stays.
 */
export async function releaseHold(mounter: Mounter, layer: BookedLayer, hold: Hold, detach: boolean): Promise<void> {
  const sharers = layer.holds.filter(({ view }) => view === hold.view);
  if (sharers.length === 1) {
    await mounter.unmount(hold.view.path, { detach });
    rmdirSync(hold.view.path);
    for (const [key, view] of layer.views) if (view === hold.view) layer.views.delete(key);
  }
  layer.holds.splice(layer.holds.indexOf(hold), 1);
}

/** @throws {StorageError} `UNSUPPORTED` for what plain binds cannot do. */
export function refuseUnsupported(options: MountOptions): void {
  if (options.idMap !== undefined) throw new StorageError('UNSUPPORTED', 'The reference driver maps no ids.');
  if (options.mountLabel !== undefined) throw new StorageError('UNSUPPORTED', 'The reference driver sets no labels.');
}
