import { constants, lstatSync } from 'node:fs';
import { dirname } from 'node:path';
import {
  closeFile,
  isErrno,
  makeDirectory,
  openFile,
  removeDirectory,
  setTimes,
  unlinkFile,
  writeFileAtomicSync,
} from '@graphdriver/host';
import type { MountPlan } from './mount-plan.ts';
import { hasShape, isString, listOf, oneOf, optional, readRecord, type Shape } from './record-shape.ts';
import { resolveInRoot } from './root-path.ts';

interface MadePoint {
  /** As the container names it. */
  readonly path: string;
  readonly kind: 'directory' | 'file';
}

interface ParentTimes {
  readonly path: string;
  /** Its time of modification before something was made in it, and after. */
  readonly before: string;
  readonly after?: string | undefined;
}

interface MountPointRecord {
  readonly rootfs: string;
  /** Outermost first. */
  readonly made: readonly MadePoint[];
  readonly parents: readonly ParentTimes[];
}

const MADE: Shape<MadePoint> = { path: isString, kind: oneOf('directory', 'file') };
const PARENT: Shape<ParentTimes> = { path: isString, before: isString, after: optional(isString) };
const SHAPE: Shape<MountPointRecord> = {
  rootfs: isString,
  made: listOf((made) => hasShape(made, MADE)),
  parents: listOf((parent) => hasShape(parent, PARENT)),
};

/**
 * Makes the places that mounts need and an image lacks, so that they can be taken away again: otherwise each container would show
 * them as changes that nobody has made.
 *
 * What is made is written to the file `note` first, and {@link removeMountPoints} undoes it, also after a crash.
 */
export function makeMountPoints(rootfs: string, plan: MountPlan, note: string): void {
  const made: MadePoint[] = [];
  for (const { target, kind, missing, inRoot } of [...plan.kernel, ...plan.binds]) {
    if (!inRoot) continue;
    for (const [index, path] of lastPaths(target, missing).entries())
      if (!made.some((other) => other.path === path))
        made.push({ path, kind: index === missing - 1 ? kind : 'directory' });
  }
  if (made.length === 0) return;
  const isMade = new Set(made.map(({ path }) => path));
  const outer = [...new Set(made.map(({ path }) => dirname(path)).filter((path) => !isMade.has(path)))];
  const before = outer.map((path) => ({ path, before: String(changeTime(rootfs, path)) }));
  const write = (parents: readonly ParentTimes[]): void =>
    writeFileAtomicSync(note, JSON.stringify({ rootfs, made, parents } satisfies MountPointRecord));
  write(before);
  for (const { path, kind } of made) makeOne(resolveInRoot(rootfs, path).host, kind);
  write(before.map((parent) => ({ ...parent, after: String(changeTime(rootfs, parent.path)) })));
}

/**
 * Takes away what {@link makeMountPoints} has made and nobody has used, and gives the directories their times back where nothing else
 * was changed in them. Without the note nothing is to be done. The container has ended.
 */
export function removeMountPoints(note: string): void {
  const books = readRecord<MountPointRecord>(note, SHAPE);
  if (books === undefined) return;
  const untouched = books.parents.filter(({ path, after }) => after === String(changeTime(books.rootfs, path)));
  for (const { path, kind } of books.made.toReversed()) {
    const { host, visible, stat } = resolveInRoot(books.rootfs, path);
    // A program in the container may have put a link where a directory was.
    if (visible !== path || stat === undefined) continue;
    removeOne(host, kind, stat.isDirectory(), stat.size);
  }
  for (const { path, before } of untouched) setTimes(resolveInRoot(books.rootfs, path).host, { mtime: BigInt(before) });
  unlinkFile(note);
}

/** What {@link makeMountPoints} has made for the run that goes on: paths as the container names them. Nothing where there is no note. */
export function madeMountPoints(note: string): ReadonlySet<string> {
  return new Set((readRecord<MountPointRecord>(note, SHAPE)?.made ?? []).map(({ path }) => path));
}

/** The last `count` directories on the way to a path, the path itself being the last. */
function lastPaths(path: string, count: number): string[] {
  const parts = path.split('/').slice(1);
  return Array.from({ length: count }, (_, index) => `/${parts.slice(0, parts.length - count + index + 1).join('/')}`);
}

function makeOne(host: string, kind: 'directory' | 'file'): void {
  if (kind === 'directory') makeDirectory(host, 0o755);
  else closeFile(openFile(host, constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY, 0o644));
}

function removeOne(host: string, kind: 'directory' | 'file', isDirectory: boolean, size: number): void {
  try {
    if (kind === 'directory' && isDirectory) removeDirectory(host);
    else if (kind === 'file' && !isDirectory && size === 0) unlinkFile(host);
  } catch (error) {
    // Somebody has put something there: it is a change now.
    if (!isErrno(error, 'ENOTEMPTY', 'EEXIST', 'ENOENT')) throw error;
  }
}

function changeTime(rootfs: string, path: string): bigint | undefined {
  const { host, visible, stat } = resolveInRoot(rootfs, path);
  return stat === undefined || visible !== path ? undefined : lstatSync(host, { bigint: true }).mtimeNs;
}
