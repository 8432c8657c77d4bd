import { createHash } from 'node:crypto';

/*
 * How a branch writes down what it hides and where it looks: names that are never shown and cannot be made through a mount.
 * The first four are AUFS's, and those of layer archives; the others are this driver's own.
 */

/** `.wh.NAME` hides NAME in all branches below. */
const WHITEOUT = '.wh.';
const OWN = '.wh..wh.';
/** In a directory: nothing of the branches below shows in it. */
export const OPAQUE = '.wh..wh..opq';
/** In the top directory: where files wait for their other names, each called by its inode number. */
export const PSEUDO_LINKS = '.wh..wh.plnk';
/** In a directory: a symbolic link whose target is the path that the directory has, from the top, in the branches below. */
export const REDIRECT = '.wh..wh..rdr';
/** In the top directory: what files of the branches below have lost, each called by its inode number. */
export const LOST_NAMES = '.wh..wh.lost';
/** In the top directory: directories of this branch have a {@link REDIRECT}. */
export const MOVED = '.wh..wh.moved';
/** A whiteout of a name that is too long to have four bytes more: a symbolic link that says the name, called by its hash. */
const LONG_WHITEOUT = '.wh..wh.long.';

/** The attribute of a file that was copied up: the inode number that it had, as a decimal. */
export const NUMBER_XATTR = 'trusted.graphdriver.ino';
/** Attributes that are the driver's own: neither shown nor changed through a mount, nor part of any diff. */
export const OWN_XATTRS = 'trusted.graphdriver.';

/** What a file is allowed to do when it is run. The kernel asks for it at the first write to a file. */
export const CAPABILITY = 'security.capability';

const LONGEST_NAME = 255;

/** The name of the whiteout of `name`. */
export function whiteoutOf(name: string): string {
  if (!isLong(name)) return WHITEOUT + name;
  return LONG_WHITEOUT + createHash('sha256').update(name, 'latin1').digest('hex');
}

/** Tells whether the whiteout of `name` is a symbolic link that says it. */
export function isLong(name: string): boolean {
  return name.length + WHITEOUT.length > LONGEST_NAME;
}

/** Tells whether a name is a mark, which no mount shows. */
export function isMark(name: string): boolean {
  return name.startsWith(WHITEOUT);
}

/** What a name in a branch means. */
export type Meaning =
  | { readonly kind: 'opaque' | 'redirect' | 'long-whiteout' | 'own' }
  | { readonly kind: 'whiteout'; readonly of: string };

const OPAQUE_MARK: Meaning = { kind: 'opaque' };
const REDIRECT_MARK: Meaning = { kind: 'redirect' };
const LONG_MARK: Meaning = { kind: 'long-whiteout' };
const OWN_MARK: Meaning = { kind: 'own' };

/** What the mark called `name` means. */
export function meaningOf(name: string): Meaning {
  if (!name.startsWith(OWN)) return { kind: 'whiteout', of: name.slice(WHITEOUT.length) };
  if (name === OPAQUE) return OPAQUE_MARK;
  if (name === REDIRECT) return REDIRECT_MARK;
  return name.startsWith(LONG_WHITEOUT) ? LONG_MARK : OWN_MARK;
}
