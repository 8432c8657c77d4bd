import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  type LoopType,
  loopFilesystem,
  loopFilesystemReason,
  machineLock,
  privilegeReason,
  requireOrSkip,
  scratchRoot,
} from '@graphdriver/testkit';

/** A file system to keep a root on, until it is disposed of. */
export interface Place extends AsyncDisposable {
  /** An empty directory. */
  readonly path: string;
}

export type PlaceKind = 'here' | LoopType;

/** Why there cannot be such a place, or `null` where there can. */
export async function placeReason(kind: PlaceKind): Promise<string | null> {
  return requireOrSkip('overlay2', kind === 'here' ? privilegeReason() : await loopFilesystemReason(kind));
}

/** Makes a place, with the machine to itself. `here` is wherever temporary files are. */
export async function makePlace(
  kind: PlaceKind,
  mkfsArgs: readonly string[] = [],
  size: number = 320 << 20,
): Promise<Place> {
  const lock = await machineLock();
  const found = await (kind === 'here' ? scratchRoot() : loopFilesystem({ type: kind, size, mkfsArgs }));
  const path = join(found.path, 'place');
  mkdirSync(path);
  return {
    path,
    async [Symbol.asyncDispose]() {
      await found[Symbol.asyncDispose]();
      await lock[Symbol.asyncDispose]();
    },
  };
}
