import { readdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { isStorageError } from '@graphdriver/core';
import { bootId, LockGlance } from '@graphdriver/host';
import { type BookLayout, bookLayout, recordId } from './book-layout.ts';
import { heldIds, listHolds } from './holds.ts';
import { readIfThere } from './notes.ts';
import { readFormat } from './root-format.ts';

/** A hold whose process is no more. */
export interface EndedHold {
  readonly id: string;
  readonly pid: number;
}

/** What the books under a driver's root tell to somebody who only looks. */
export interface BooksExamination {
  /** Whose root it is; `null` where that cannot be read. */
  readonly driver: string | null;
  /** Why the books cannot be read, as a sentence; `null` where they can. All that follows is then empty. */
  readonly unreadable: string | null;
  /** The host has been started anew since somebody last opened the root. */
  readonly rebooted: boolean;
  /** Layers whose making, change or removal was cut short, and at which nobody is. */
  readonly interrupted: readonly string[];
  /** Holds of processes that have ended. */
  readonly ended: readonly EndedHold[];
  /** Layers that a living process or a lease holds. */
  readonly held: readonly string[];
  /** Layers that nobody holds, and at which nobody is: nothing of them should be mounted. */
  readonly idle: readonly string[];
}

const NOTHING = { driver: null, unreadable: null, rebooted: false, interrupted: [], ended: [], held: [], idle: [] };

/**
 * Looks at the books under a driver's root without opening it: what healing would find there. `undefined` where there are no books.
 *
 * Takes time proportional to the number of layers, some microseconds each; takes no lock and changes nothing. What others do meanwhile
 * may be seen half done. Where koffi does not load nobody can tell who lives, and all holds count as living and all layers as busy.
 */
export function examineBooks(root: string): BooksExamination | undefined {
  const layout = bookLayout(resolve(root));
  try {
    const format = readFormat(layout);
    return format === undefined ? undefined : examine(layout, format.driver);
  } catch (error) {
    // Gone meanwhile, or never whole: a person should look, and no look may end in an error for it.
    const unreadable = isStorageError(error) ? error.message : `The books in ${root} cannot be read: ${String(error)}.`;
    return { ...NOTHING, unreadable };
  }
}

function examine(layout: BookLayout, driver: string): BooksExamination {
  const locks = LockGlance.open(layout.locks);
  const processes = LockGlance.open(layout.processes);
  try {
    const isBusy = (id: string): boolean => locks?.isHeld(id) ?? true;
    const isAlive = (token: string): boolean => processes?.isHeld(token) ?? true;
    const holds = [...heldIds(layout)].flatMap((id) => listHolds(layout, id).map((hold) => ({ id, ...hold })));
    const living = holds.filter(({ kind, token }) => kind === 'lease' || isAlive(token));
    const held = new Set(living.map(({ id }) => id));
    return {
      driver,
      unreadable: null,
      rebooted: readIfThere(layout.boot)?.trim() !== bootId(),
      interrupted: inFlight(layout).filter((id) => !isBusy(id)),
      ended: holds.filter((hold) => !living.includes(hold)).map(({ id, pid }) => ({ id, pid })),
      held: [...held],
      idle: readdirSync(layout.records)
        .map(recordId)
        .filter((id) => !held.has(id) && !isBusy(id)),
    };
  } finally {
    locks?.close();
    processes?.close();
  }
}

/** Layers of which the books say that somebody is making, changing or removing them, or writing their record anew. */
function inFlight({ pending, changing, removing, asides }: BookLayout): readonly string[] {
  const files = [...readdirSync(removing), ...readdirSync(asides)].map(recordId);
  return [...new Set([...readdirSync(pending), ...readdirSync(changing), ...files])];
}
