import type { BigIntStats } from 'node:fs';
import type { BytePath, NodeType } from '@graphdriver/archive';
import { StoreError } from '../../store-error.ts';
import { textPath } from './clean-path.ts';

/** The states in which files were found, by path. */
export type Stamps = Map<BytePath, string>;

/** Two equal stamps of one path mean that nothing about the file has changed in between. */
export function stampOf(stat: BigIntStats): string {
  return `${stat.dev}:${stat.ino}:${stat.mode}:${stat.size}:${stat.mtimeNs}:${stat.ctimeNs}`;
}

/** What kind of thing a file is. */
export function nodeKind(stat: BigIntStats): NodeType {
  if (stat.isFile()) return 'file';
  if (stat.isDirectory()) return 'directory';
  if (stat.isSymbolicLink()) return 'symlink';
  if (stat.isCharacterDevice()) return 'character';
  if (stat.isBlockDevice()) return 'block';
  return stat.isFIFO() ? 'fifo' : 'socket';
}

/** The error for a source that somebody changes while it is copied: the cache would remember one state and the layer hold another. */
export function changedMeanwhile(path: BytePath): StoreError {
  return new StoreError('BUILD_FAILED', `/${textPath(path)} of the source was changed while it was read.`, {
    hint: 'Build again when nobody writes to it.',
    details: { path: textPath(path) },
  });
}
