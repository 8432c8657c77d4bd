import type { CallOptions, Driver } from '@graphdriver/core';
import { StoreError } from '../store-error.ts';
import { type RootPlace, rootPlace } from './root-place.ts';

/** One end of a move. */
export interface MoveEnd {
  /** The store's folder. */
  readonly root: string;
  /** The driver of its layers, open. */
  readonly driver: Driver;
}

/** How far a move has come. */
export interface MoveProgress {
  readonly stage: 'layers' | 'containers' | 'volumes' | 'books';
  /** Of the stage's things. */
  readonly done: number;
  readonly total: number;
  /** Of content, in all stages so far: what a {@link MovePlan} foresees, give or take a few percent for the form of archives. */
  readonly bytes: number;
}

/** What is to be moved where. */
export interface MoveRequest extends CallOptions {
  readonly from: MoveEnd;
  /** A folder without a store, and a driver, which may be another one than the old. Both are the new store's from then on. */
  readonly to: MoveEnd;
  readonly onProgress?: (progress: MoveProgress) => void;
}

/** Refuses places of which one is the other or lies in it, by whatever links. @throws {StoreError} `NAME_IN_USE` */
export function placesOf({ from, to }: Pick<MoveRequest, 'from' | 'to'>): {
  readonly old: RootPlace;
  readonly new: RootPlace;
} {
  const places = { old: rootPlace(from.root), new: rootPlace(to.root) };
  for (const [one, other] of [
    [places.old, places.new],
    [places.new, places.old],
  ] as const) {
    if (!`${one.realPath}/`.startsWith(`${other.realPath}/`)) continue;
    throw new StoreError('NAME_IN_USE', `${places.new.path} and ${places.old.path} are not two places.`, {
      hint: 'Choose a folder outside of the one where the store is.',
      details: { from: places.old.realPath, to: places.new.realPath },
    });
  }
  return places;
}
