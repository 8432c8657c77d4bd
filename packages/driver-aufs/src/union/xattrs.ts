import type { SetXattrRequest } from '@graphdriver/fuse';
import { changeModeAt, readXattrAt, removeXattrAt, writeXattrAt } from '@graphdriver/host';
import type { Sending } from './asker.ts';
import type { UnionNode } from './nodes.ts';
import { noteNode } from './note-node.ts';
import type { Union } from './union.ts';

const S_ISGID = 0o2000;

/** What is to be set, or the name of what is to be removed. */
export type XattrChange = SetXattrRequest | { readonly name: string };

/** Sets an attribute of a node in the writable branch, or removes it where there is nothing but its name. */
export function changeXattr(union: Union, node: UnionNode, change: XattrChange, sending: Sending): void {
  const { fd, name } = { ...union.spotOf(node) };
  const isDone = isOnce(change) && begin(union, node, change, sending) === 'done';
  if (!('value' in change)) {
    if (!isDone) removeXattrAt(fd, name, change.name);
  } else {
    const { value, create, replace, killSgid } = change;
    const manner = create ? 'create' : replace ? 'replace' : 'set';
    if (!isDone) writeXattrAt(fd, name, change.name, value, manner);
    if (killSgid) dropSetGroup(union, node);
  }
  if (node.kind === 'directory') node.hasDefaultAcl = undefined;
  else node.lacksCapability = false;
}

/** Whether a change fails where it was made before. */
function isOnce(change: XattrChange): boolean {
  return !('value' in change) || change.create;
}

/** Before a change that can be made once: writes down that it is begun, unless it would fail. Or finds that another daemon has made it. */
function begin(union: Union, node: UnionNode, change: XattrChange, { id, isResent }: Sending): 'done' | 'to-do' {
  const { book } = union;
  if (book === undefined) return 'to-do';
  const { fd, name } = union.spotOf(node);
  const [isThere, isToBe] = [readXattrAt(fd, name, change.name) !== undefined, 'value' in change];
  if (isThere !== isToBe) {
    // The next daemon has to know what this one is asked about.
    noteNode(book, node);
    book.begin(id, node.ino);
    book.settle(node.id);
    return 'to-do';
  }
  return isResent && book.begunBy(id) === node.ino ? 'done' : 'to-do';
}

function dropSetGroup(union: Union, node: UnionNode): void {
  const { mode } = union.look(node);
  if ((mode & S_ISGID) === 0) return;
  const { fd, name } = union.spotOf(node);
  changeModeAt(fd, name, mode & ~S_ISGID & 0o7777);
}
