import { invalidArchive, shown } from './invalid-archive.ts';
import type { TarEntry } from './tar-entry.ts';
import type { BytePath } from './tree.ts';

/** What a file's name starts with when it stands for a deletion: the rest is the name that is gone. */
export const WHITEOUT_PREFIX = '.wh.';
/** The name of a file that stands for the deletion of everything else that its directory had. */
export const OPAQUE_MARKER = '.wh..wh..opq';

/** What a member of a layer archive is about. */
export interface MemberName {
  /**
   * `node`: something to make. `whiteout`: the deletion of `name`. `opaque`: the deletion of all that `directory` had.
   * `books`: what the aufs kernel module kept for itself in the top directory and old archives still carry; nothing to do.
   */
  readonly kind: 'node' | 'whiteout' | 'opaque' | 'books';
  readonly directory: BytePath;
  readonly name: string;
}

const AUFS_BOOKS = new Set(['.wh..wh.aufs', '.wh..wh.orph', '.wh..wh.plnk']);

/**
 * Tells what a member is about by its name.
 *
 * @throws {StorageError} `INVALID_ARCHIVE` for names that start like a whiteout's and are none: `.wh.`, `.wh..`, `.wh...`,
 *   `.wh..wh.x`, a directory `.wh.x`; and for whiteouts that are no empty files
 */
export function memberName(entry: TarEntry): MemberName {
  const slash = entry.path.lastIndexOf('/');
  const directory = slash < 0 ? '' : entry.path.slice(0, slash);
  const name = entry.path.slice(slash + 1);
  if (!entry.path.includes(WHITEOUT_PREFIX)) return { kind: 'node', directory, name };
  const [top = ''] = entry.path.split('/', 1);
  if (AUFS_BOOKS.has(top)) return { kind: 'books', directory, name };
  if (`/${directory}`.includes(`/${WHITEOUT_PREFIX}`))
    throw invalidArchive(`The archive has ${shown(entry.path)} under a whiteout.`);
  if (!name.startsWith(WHITEOUT_PREFIX)) return { kind: 'node', directory, name };
  // Whiteouts of aufs are hard links of each other, and so they stand in archives made from it.
  if ((entry.type !== 'file' && entry.type !== 'hardlink') || entry.size > 0) {
    throw invalidArchive(`The whiteout ${shown(entry.path)} is not an empty file.`);
  }
  if (name === OPAQUE_MARKER) return { kind: 'opaque', directory, name };
  const hidden = name.slice(WHITEOUT_PREFIX.length);
  if (hidden === '' || hidden === '.' || hidden === '..' || hidden.startsWith(WHITEOUT_PREFIX)) {
    throw invalidArchive(`The whiteout ${shown(entry.path)} names nothing that a layer can have.`);
  }
  return { kind: 'whiteout', directory, name: hidden };
}
