import { readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { isErrno, makeSymlink, renameFile, unlinkFile } from '@graphdriver/host';
import type { Books } from '../books.ts';

/*
 * A driver layer that is being made or removed has a mark: a symbolic link named by it, which points to its owner in the books.
 *
 * The mark is there before the driver is called and goes after the books have been changed. So whoever finds one whose lock is free
 * knows that somebody was ended in between, and what to look at. One system call makes it, wholly or not at all.
 *
 * On a full disk things must still be removed. A link whose text has less than 60 bytes takes no block on ext4, so that of an id as much
 * is written down as tells it from all others.
 */

/** Marks a driver layer, or points its mark to another owner. */
export function writeMark(books: Books, driverLayer: string, owner: string): void {
  const path = markPath(books, driverLayer);
  const text = shortened(owner);
  try {
    makeSymlink(text, path);
  } catch (error) {
    if (!isErrno(error, 'EEXIST')) throw error;
    // The name cannot be another layer's: `+` is in no id.
    const aside = `${path}+`;
    forget(aside);
    makeSymlink(text, aside);
    renameFile(aside, path);
  }
}

/** Takes the mark away, where there is one. */
export function removeMark(books: Books, driverLayer: string): void {
  forget(markPath(books, driverLayer));
}

/** All driver layers that are marked. */
export function markedLayers(books: Books): readonly string[] {
  return readdirSync(books.layout.marks);
}

/** Whose the driver layer is; `undefined` where it is not marked. */
export function markOf(books: Books, driverLayer: string): string | undefined {
  try {
    return completed(books, readlinkSync(markPath(books, driverLayer)));
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined;
    throw error;
  }
}

function shortened(owner: string): string {
  return owner.replace('sha256:', '').replace(/(?<=^(?:container|layer):[0-9a-f]{40})[0-9a-f]+$/, '');
}

/** The owner's whole name, if there is such a row; any other name has no row. */
function completed(books: Books, text: string): string {
  const [, kind, digits] = /^(container|layer):([0-9a-f]{40})$/.exec(text) ?? [];
  if (kind === undefined || digits === undefined) return text;
  const [key] = kind === 'container' ? books.containers.keys(digits, 1) : books.layers.keys(`sha256:${digits}`, 1);
  return key === undefined ? text : `${kind}:${key}`;
}

function markPath(books: Books, driverLayer: string): string {
  return join(books.layout.marks, driverLayer);
}

function forget(path: string): void {
  try {
    unlinkFile(path);
  } catch (error) {
    if (!isErrno(error, 'ENOENT')) throw error;
  }
}
