import { closeSync, constants, openSync, readlinkSync } from 'node:fs';
import { closeFile, copyFileData, createFile, makeNode, makeSymlink } from '@graphdriver/host';
import { pathBytes } from './byte-path.ts';
import type { DirectoryState } from './directory-state.ts';
import { attributesOf, removeInheritedAcl, setFileAttributes, setNodeAttributes } from './node-attributes.ts';
import type { NodeType, TreeNode } from './tree.ts';

/** Type bits for mknod(2). */
export const TYPE_BITS: Readonly<Record<Exclude<NodeType, 'file' | 'directory' | 'symlink'>, number>> = {
  character: constants.S_IFCHR,
  block: constants.S_IFBLK,
  fifo: constants.S_IFIFO,
  // node:fs has no constant for it.
  socket: 0o140000,
};

/** What {@link copyUp} copies, and where to. */
export interface CopyUpRequest {
  readonly node: TreeNode;
  readonly parent: DirectoryState;
  readonly name: string;
  readonly location: Buffer;
  readonly signal: AbortSignal | undefined;
}

/** Makes an exact copy of a node of the tree underneath, anything but a directory, so that it can get another name. */
export async function copyUp(request: CopyUpRequest): Promise<void> {
  const { node, parent, name, location } = request;
  const from = pathBytes(node.location);
  if (node.type === 'directory') throw new TypeError('A directory is not copied up for a hard link.');
  if (node.type === 'file') {
    await copyUpFile(request);
  } else {
    if (node.type === 'symlink') makeSymlink(readlinkSync(from, 'buffer'), location);
    else makeNode(location, TYPE_BITS[node.type] | 0o600, node.rdev);
    if (parent.passesOnAcl) removeInheritedAcl(location);
    setNodeAttributes(location, attributesOf(node));
  }
  parent.markBorrowed(name);
}

async function copyUpFile({ node, parent, location, signal }: CopyUpRequest): Promise<void> {
  const source = openSync(pathBytes(node.location), constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    const copy = createFile(location, 0o600);
    try {
      await copyFileData(source, copy, node.size, signal === undefined ? {} : { signal });
      if (parent.passesOnAcl) removeInheritedAcl(location);
      setFileAttributes(copy, location, attributesOf(node));
    } finally {
      closeFile(copy);
    }
  } finally {
    closeSync(source);
  }
}
