import { readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { Driver } from '@graphdriver/core';
import { openZfs } from '@graphdriver/zfs-cli-wrapper';
import { onTestFinished } from 'vitest';
import { ZfsLayout, zfs } from '../src/index.ts';
import type { Place } from './places.ts';

/** A driver with its root to look into. */
export interface Opened {
  readonly driver: Driver;
  readonly layout: ZfsLayout;
}

let count = 0;

/** The path of a root beside the pool that is yet to be made. */
export function newRoot({ directory }: Place): string {
  count += 1;
  return join(directory, `root-${count}`);
}

/** Opens a root, a new one beside the pool unless told, and closes the driver after the test. */
export async function opened(place: Place, root: string = newRoot(place)): Promise<Opened> {
  const driver = await zfs.open({ root, settings: { fsname: place.pool } });
  onTestFinished(() => driver.close());
  return { driver, layout: new ZfsLayout(root) };
}

/** Lends a layer's files as long as `by` runs. */
export async function edit(driver: Driver, id: string, by: (root: string) => void | Promise<void>): Promise<void> {
  await using mount = await driver.get(id);
  await by(mount.path);
}

/** The dataset that a layer is. */
export async function datasetOf(driver: Driver, id: string): Promise<string> {
  return String((await driver.metadata(id))['Dataset']);
}

/** Names of all datasets and snapshots of a root, and of what others have made under them. */
export async function datasetsOf({ pool }: Place, layout: ZfsLayout): Promise<readonly string[]> {
  const key = readlinkSync(layout.key);
  const found = await (await openZfs()).datasets.list({ root: pool, types: ['filesystem', 'snapshot'] });
  return found.map(({ name }) => name).filter((name) => name.includes(key));
}

/** An archive in one piece. */
export function stream(archive: Buffer): AsyncIterable<Uint8Array> {
  return Readable.from([archive]);
}
