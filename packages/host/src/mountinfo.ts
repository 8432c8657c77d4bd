import { readFileSync, realpathSync } from 'node:fs';
import { cString } from './c-string.ts';
import { isErrno } from './errno.ts';
import { type FilePath, pathBytes } from './file-path.ts';
import { AT_FDCWD, libc, libcRefusal } from './libc.ts';

/** A line of `/proc/self/mountinfo` (proc_pid_mountinfo(5)). Paths have one character per byte: `Buffer.from(path, 'latin1')`. */
export interface MountEntry {
  readonly id: number;
  readonly parent: number;
  /** `major:minor` of the files in it. */
  readonly device: string;
  /** What part of the file system is the root of this mount. */
  readonly root: string;
  readonly mountPoint: string;
  /** Flags of this mount, as in `rw`, `nosuid`. */
  readonly options: readonly string[];
  /** As in `shared:2`, `master:1`; empty for a private mount. */
  readonly propagation: readonly string[];
  readonly type: string;
  readonly source: string;
  /** Options of the file system, as in `lowerdir=…`; commas in them are not told apart from those between them. */
  readonly superOptions: readonly string[];
}

/** Reads the text of a mountinfo file, decoded as latin1. Lines that it does not understand are left out. */
export function parseMountinfo(text: string): MountEntry[] {
  const entries: MountEntry[] = [];
  for (const line of text.split('\n')) {
    const entry = parseLine(line);
    if (entry !== undefined) entries.push(entry);
  }
  return entries;
}

function parseLine(line: string): MountEntry | undefined {
  const fields = line.split(' ');
  const separator = fields.indexOf('-', 6);
  const [id, parent, device, root, mountPoint, options] = fields;
  const [type, source, superOptions] = fields.slice(separator + 1);
  if (separator < 0 || device === undefined || root === undefined || mountPoint === undefined || options === undefined)
    return undefined;
  if (type === undefined || source === undefined || superOptions === undefined) return undefined;
  return {
    id: Number(id),
    parent: Number(parent),
    device,
    root: unescapeOctal(root),
    mountPoint: unescapeOctal(mountPoint),
    options: options.split(','),
    propagation: fields.slice(6, separator),
    type: unescapeOctal(type),
    source: unescapeOctal(source),
    superOptions: superOptions.split(',').map(unescapeOctal),
  };
}

/** Space, tab, newline, backslash and `#` stand in mountinfo as three octal digits. */
function unescapeOctal(field: string): string {
  if (!field.includes('\\')) return field;
  return field.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}

/** All mounts in this process's mount namespace, in the order of mounting where nothing was moved. Takes 1 ms for some 500. */
export function readMounts(): MountEntry[] {
  return parseMountinfo(readFileSync('/proc/self/mountinfo', 'latin1'));
}

const AT_SYMLINK_NOFOLLOW = 0x100;
const AT_NO_AUTOMOUNT = 0x800;
const MOUNT_ROOT = 0x2000n;
const STATX_SIZE = 256;
const ATTRIBUTES = 8;
const ATTRIBUTES_MASK = 56;
const statx = Buffer.alloc(STATX_SIZE);

/** Tells whether something is mounted at `path`, without following a symbolic link there. False where nothing is. 2 µs from Linux 5.8 on. */
export function isMountPoint(path: FilePath): boolean {
  if (
    libcRefusal() === undefined &&
    libc().statx(AT_FDCWD, cString(path), AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT, 0, statx) === 0
  ) {
    const known = statx.readBigUInt64LE(ATTRIBUTES_MASK);
    if ((known & MOUNT_ROOT) !== 0n) return (statx.readBigUInt64LE(ATTRIBUTES) & MOUNT_ROOT) !== 0n;
  }
  // An old kernel, or a file system that no longer answers (a dead FUSE daemon): the table still has it.
  return mountAt(path) !== undefined;
}

/** The mounts at `path` and beneath, in the order of the table: unmount them from the last to the first. */
export function mountsUnder(path: FilePath): MountEntry[] {
  const top = resolvedParent(path);
  if (top === undefined) return [];
  const inside = top === '/' ? '/' : `${top}/`;
  return readMounts().filter(({ mountPoint }) => mountPoint === top || mountPoint.startsWith(inside));
}

/** The uppermost mount at `path` itself, or `undefined` where nothing is mounted there. */
export function mountAt(path: FilePath): MountEntry | undefined {
  const wanted = resolvedParent(path);
  return readMounts().findLast(({ mountPoint }) => mountPoint === wanted);
}

/** The path as the mount table writes it: absolute, links in its directories resolved; the last component may no longer answer. */
function resolvedParent(path: FilePath): string | undefined {
  const bytes = pathBytes(path).toString('latin1').replace(/\/+$/, '');
  if (bytes === '') return '/';
  const slash = bytes.lastIndexOf('/');
  const name = bytes.slice(slash + 1);
  const directory = slash < 0 ? '.' : bytes.slice(0, slash + 1);
  try {
    if (name === '.' || name === '..') return realpathSync.native(Buffer.from(bytes, 'latin1'), 'latin1');
    const parent = realpathSync.native(Buffer.from(directory, 'latin1'), 'latin1');
    return parent === '/' ? `/${name}` : `${parent}/${name}`;
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return undefined;
    throw error;
  }
}
