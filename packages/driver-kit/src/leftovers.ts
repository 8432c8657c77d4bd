import { existsSync } from 'node:fs';
import { isErrno, removeDirectory, unlinkFile } from '@graphdriver/host';
import { type BookLayout, childPath, childrenPath, pendingPath, removingPath } from './book-layout.ts';
import { forgetChanging } from './changing.ts';
import type { OpenRoot } from './open-root.ts';
import { readIfThere } from './records.ts';

/*
 * A layer that is being made has a file in `pending`, which in the end becomes its record by one rename.
 * A layer that is being removed has its record in `removing`, where one rename has put it.
 * So whoever finds such a file, and gets the layer's lock, knows what to undo or to finish.
 */

/** Undoes or finishes what a crash has left of a layer's making or removal. Costs two system calls where nothing is left. The layer is locked. */
export async function finishLeftovers(root: OpenRoot, id: string): Promise<void> {
  if (existsSync(removingPath(root.layout, id))) await finishRemoval(root, id);
  if (existsSync(pendingPath(root.layout, id))) await undoCreation(root, id);
}

/** Removes all that there is of a layer whose record is in `removing`. Repeating it is safe. The layer is locked. */
export async function finishRemoval(root: OpenRoot, id: string): Promise<void> {
  const path = removingPath(root.layout, id);
  const parent = parentIn(readIfThere(path) ?? '');
  await root.backend.unmake(id);
  forgetChanging(root, id);
  if (existsSync(childrenPath(root.layout, id))) removeDirectory(childrenPath(root.layout, id));
  if (parent !== undefined) strikeOutChild(root.layout, parent, id);
  unlinkFile(path);
}

/** Removes all that there is of a layer whose making failed or was ended by a crash. Repeating it is safe. The layer is locked. */
export async function undoCreation(root: OpenRoot, id: string): Promise<void> {
  const path = pendingPath(root.layout, id);
  const parent = parentIn(readIfThere(path) ?? '');
  await root.backend.unmake(id);
  if (parent !== undefined) strikeOutChild(root.layout, parent, id);
  unlinkFile(path);
}

/** Strikes out a child, where it is entered. */
export function strikeOutChild(layout: BookLayout, parent: string, child: string): void {
  try {
    unlinkFile(childPath(layout, parent, child));
  } catch (error) {
    if (!isErrno(error, 'ENOENT')) throw error;
  }
}

/** What a pending layer's file says until it becomes the record. */
export function pendingText(id: string, parent: string | undefined): string {
  return JSON.stringify({ id, parents: parent === undefined ? [] : [parent] });
}

/** The parent in a record or pending file. After a loss of power the text may be anything: the entry is then struck out when the parent goes. */
function parentIn(text: string): string | undefined {
  try {
    const { parents } = JSON.parse(text) as { parents?: unknown }; // Looked at here.
    const first: unknown = Array.isArray(parents) ? parents[0] : undefined;
    return typeof first === 'string' ? first : undefined;
  } catch {
    return undefined;
  }
}
