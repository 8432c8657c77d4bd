import { makedev } from '@graphdriver/host';
import type { ExtendedHeader } from './extended-header.ts';
import { invalidArchive, shown } from './invalid-archive.ts';
import { layerPath, symlinkTarget } from './layer-path.ts';
import type { TarEntry, TarEntryType } from './tar-entry.ts';
import type { TarHeader } from './tar-header.ts';

const TYPES: ReadonlyMap<string, TarEntryType> = new Map<string, TarEntryType>([
  ['\0', 'file'],
  ['0', 'file'],
  ['7', 'file'],
  ['S', 'file'],
  ['1', 'hardlink'],
  ['2', 'symlink'],
  ['3', 'character'],
  ['4', 'block'],
  ['5', 'directory'],
  ['6', 'fifo'],
]);

const SECOND = 1_000_000_000n;
/** The greatest user and group id; the one after it means "do not change" to chown(2). */
const GREATEST_ID = 0xffff_fffe;
const GREATEST_MAJOR = 0xfff;
const GREATEST_MINOR = 0xf_ffff;

/** What the headers say of a member. `size` is that of the data which the archive holds: less than the file's where that is sparse. */
export type TarMember = Omit<TarEntry, 'content' | 'segments'>;

/**
 * Puts together what a member's header and its extended headers say of it.
 *
 * @throws {StorageError} `INVALID_ARCHIVE` for unknown types, for names that lead out of the tree, and for numbers that no system takes
 */
export function tarMember(header: TarHeader, extended: ExtendedHeader | undefined): TarMember {
  const name = extended?.text('GNU.sparse.name') ?? extended?.text('path') ?? extended?.longName ?? header.name;
  const path = layerPath(name);
  const type = typeOf(header, name);
  // Links, directories and devices carry no data, whatever their size says; GNU tar and Go read it so.
  const stored = type === 'file' ? (extended?.count('size') ?? header.size) : 0;
  if (stored < 0 || header.size < 0) throw invalidArchive(`The size of ${shown(path)} is below zero.`);
  if (type === 'directory' && header.typeFlag !== '5' && header.size > 0)
    throw invalidArchive(`${shown(path)} is a directory with data.`);
  return {
    path,
    type,
    mode: header.mode & 0o7777,
    uid: ownerId(extended?.count('uid') ?? header.uid, path),
    gid: ownerId(extended?.count('gid') ?? header.gid, path),
    size: stored,
    mtime: extended?.time('mtime') ?? BigInt(header.mtime) * SECOND,
    linkTarget: linkTargetOf(type, extended?.text('linkpath') ?? extended?.longLink ?? header.linkName, path),
    rdev: type === 'character' || type === 'block' ? deviceNumber(header, path) : 0,
    xattrs: extended?.xattrs() ?? NO_XATTRS,
  };
}

const NO_XATTRS: ReadonlyMap<string, Buffer> = new Map();

function typeOf(header: TarHeader, name: string): TarEntryType {
  const type = TYPES.get(header.typeFlag);
  if (type === undefined) {
    throw invalidArchive(
      `The archive has ${shown(name)} as a member of type ${shown(header.typeFlag)}, which layers do not have.`,
    );
  }
  // Before there was a type for them, directories were files whose names end in a slash.
  return type === 'file' && name.endsWith('/') ? 'directory' : type;
}

function linkTargetOf(type: TarEntryType, target: string, path: string): string {
  if (type === 'symlink') return symlinkTarget(target, path);
  return type === 'hardlink' ? layerPath(target) : '';
}

function ownerId(id: number, path: string): number {
  if (id < 0 || id > GREATEST_ID) throw invalidArchive(`The owner of ${shown(path)} is ${id}, which is no id.`);
  return id;
}

function deviceNumber(header: TarHeader, path: string): number {
  const { major, minor } = header;
  if (major < 0 || major > GREATEST_MAJOR || minor < 0 || minor > GREATEST_MINOR) {
    throw invalidArchive(`The device ${shown(path)} has the number ${major}:${minor}, which is none.`);
  }
  return makedev(major, minor);
}
