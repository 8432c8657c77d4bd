import type { Change, ChangeKind } from '@graphdriver/core';
import { pathBytes } from './byte-path.ts';
import type { BytePath, TreeNode } from './tree.ts';

/** One difference between two trees. */
export interface TreeChange {
  readonly kind: ChangeKind;
  readonly path: BytePath;
  /** What it is in the upper tree; absent from a `delete`. */
  readonly node?: TreeNode;
  /** What it is in the lower tree; absent from an `add`. */
  readonly base?: TreeNode;
}

/** A difference as the contract tells it. */
export function changeOf({ kind, path }: TreeChange): Change {
  const rawPath = pathBytes(`/${path}`);
  const text = rawPath.toString();
  return Buffer.from(text).equals(rawPath) ? { kind, path: text } : { kind, path: text, rawPath };
}
