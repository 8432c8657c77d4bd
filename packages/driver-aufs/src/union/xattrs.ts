import type { SetXattrRequest } from '@graphdriver/fuse';
import { changeModeAt, removeXattrAt, writeXattrAt } from '@graphdriver/host';
import type { UnionNode } from './nodes.ts';
import type { Union } from './union.ts';

const S_ISGID = 0o2000;

/** Sets an attribute of a node in the writable branch, or removes it where there is nothing but its name. */
export function changeXattr(union: Union, node: UnionNode, change: SetXattrRequest | { readonly name: string }): void {
  const { fd, name } = { ...union.spotOf(node) };
  if (!('value' in change)) removeXattrAt(fd, name, change.name);
  else {
    const { value, create, replace, killSgid } = change;
    writeXattrAt(fd, name, change.name, value, create ? 'create' : replace ? 'replace' : 'set');
    if (killSgid) dropSetGroup(union, node);
  }
  if (node.kind === 'directory') node.hasDefaultAcl = undefined;
  else node.lacksCapability = false;
}

function dropSetGroup(union: Union, node: UnionNode): void {
  const { mode } = union.look(node);
  if ((mode & S_ISGID) === 0) return;
  const { fd, name } = union.spotOf(node);
  changeModeAt(fd, name, mode & ~S_ISGID & 0o7777);
}
