import { isErrno, removeDirectory, unlinkFile } from '@graphdriver/host';
import { type BookLayout, childPath, childrenPath, pendingPath, recordPath, removingPath } from './book-layout.ts';
import { forgetChanging } from './changing.ts';
import { hasName, readNote } from './notes.ts';
import type { OpenRoot } from './open-root.ts';

/*
 * A layer that is being made has a note in `pending`, which goes when its record is there: where both are, the layer is made.
 * A layer that is being removed has its record in `removing`, where one rename has put it.
 * So whoever finds one of them, and gets the layer's lock, knows what to undo or to finish.
 */

/** Undoes or finishes what a crash has left of a layer's making or removal. Costs two system calls where nothing is left. The layer is locked. */
export async function finishLeftovers(root: OpenRoot, id: string): Promise<void> {
  if (hasName(removingPath(root.layout, id))) await finishRemoval(root, id);
  const pending = pendingPath(root.layout, id);
  if (!hasName(pending)) return;
  if (hasName(recordPath(root.layout, id))) unlinkFile(pending);
  else await undoCreation(root, id);
}

/** Removes all that there is of a layer whose record is in `removing`. Repeating it is safe. The layer is locked. */
export async function finishRemoval(root: OpenRoot, id: string): Promise<void> {
  await removeFilesAndNote(root, id, removingPath(root.layout, id));
}

/** Removes all that there is of a layer, and at last the note that says what there was. */
export async function removeFilesAndNote(root: OpenRoot, id: string, path: string): Promise<void> {
  const parent = parentIn(readNote(path) ?? '');
  await root.backend.unmake(id);
  forgetChanging(root, id);
  if (hasName(childrenPath(root.layout, id))) removeDirectory(childrenPath(root.layout, id));
  if (parent !== undefined) strikeOutChild(root.layout, parent, id);
  unlinkFile(path);
}

/** Removes all that there is of a layer whose making failed or was ended by a crash. Repeating it is safe. The layer is locked. */
export async function undoCreation(root: OpenRoot, id: string): Promise<void> {
  const path = pendingPath(root.layout, id);
  const parent = parentIn(readNote(path) ?? '');
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

/** What a pending layer's note says. */
export function pendingText(id: string, parent: string | undefined): string {
  return JSON.stringify({ id, parents: parent === undefined ? [] : [parent] });
}

/** The parent in a record or a pending layer's note. After a loss of power the text may be anything: the entry is then struck out when the parent goes. */
function parentIn(text: string): string | undefined {
  try {
    const { parents } = JSON.parse(text) as { parents?: unknown }; // Looked at here.
    const first: unknown = Array.isArray(parents) ? parents[0] : undefined;
    return typeof first === 'string' ? first : undefined;
  } catch {
    return undefined;
  }
}
