import { createHash } from 'node:crypto';
import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  type Stats,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { isErrno, writeFileAtomicSync } from '@graphdriver/host';
import { type ProbeSubject, surroundings } from './probe-surroundings.ts';

/*
 * What a probe found out is true until the machine, the root or the process's rights change, and costs mounts to find out again.
 * It is kept in a file per question, beside all that it depends on; where any of that has changed the file says nothing.
 */

const OTHERS_MAY_WRITE = 0o022;
const LONGEST = 64 * 1024;
/** As many files as are kept: more would only be of roots that nobody asks about any more. */
const MOST_FILES = 64;

/**
 * What was remembered of a subject, unless anything that it depends on has changed. Takes 0.2 ms, and makes no call that needs koffi.
 *
 * Nothing is believed that another user can have written.
 * `GRAPHDRIVER_PROBE_CACHE` in the environment: `off`, and nothing is remembered, and nothing was; or a directory of one's own for it.
 */
export function recall(subject: ProbeSubject): unknown {
  for (const folder of cacheFolders()) {
    const found = attempt(() => readEntry(folder, subject));
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Remembers an answer, which must be plain data, until the machine is next started or what it depends on changes. Never fails. */
export function remember(subject: ProbeSubject, answer: unknown): void {
  for (const folder of cacheFolders()) {
    if (attempt(() => writeEntry(folder, subject, answer)) === true) return;
  }
}

/** On file systems that do not outlive the machine's run: root's, and the user's own, which the root of a user namespace has too. */
function cacheFolders(): readonly string[] {
  const wanted = process.env['GRAPHDRIVER_PROBE_CACHE'];
  if (wanted === 'off') return [];
  if (wanted?.startsWith('/') === true) return [wanted];
  const own = process.env['XDG_RUNTIME_DIR'] ?? '';
  const above = [...(process.geteuid?.() === 0 ? ['/run'] : []), ...(own.startsWith('/') ? [own] : [])];
  return above.map((path) => join(path, 'graphdriver', 'probes'));
}

function readEntry(folder: string, subject: ProbeSubject): unknown {
  requireOwnFolder(folder);
  // Whatever it is, what does not fit is not used.
  const found = JSON.parse(readOwnFile(join(folder, fileName(subject)))) as {
    given?: unknown;
    answer?: unknown;
  } | null;
  return found?.given === JSON.stringify(surroundings(subject)) ? found.answer : undefined;
}

function writeEntry(folder: string, subject: ProbeSubject, answer: unknown): true {
  // Not `recursive`: Node then never comes back from a place like /proc.
  for (const directory of [dirname(folder), folder]) makeMissing(directory);
  requireOwnFolder(folder);
  const given = JSON.stringify(surroundings(subject));
  writeFileAtomicSync(join(folder, fileName(subject)), JSON.stringify({ given, answer }));
  prune(folder);
  return true;
}

function fileName(subject: ProbeSubject): string {
  const { driver, about, root, mountWith, settings } = subject;
  const hash = createHash('sha256')
    .update(JSON.stringify([root, mountWith, settings]))
    .digest('hex');
  return `${driver}-${about}-${hash.slice(0, 24)}.json`;
}

function makeMissing(directory: string): void {
  try {
    mkdirSync(directory, 0o700);
  } catch (error) {
    if (!isErrno(error, 'EEXIST')) throw error;
  }
}

/** @throws errno errors, and where somebody else can have written to the folder */
function requireOwnFolder(folder: string): void {
  const stats = lstatSync(folder);
  requireOwn(stats, folder);
  if (!stats.isDirectory()) throw new NotOurs(folder);
}

function readOwnFile(path: string): string {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const stats = fstatSync(fd);
    requireOwn(stats, path);
    if (!stats.isFile() || stats.size > LONGEST) throw new NotOurs(path);
    return readFileSync(fd, 'utf8');
  } finally {
    closeSync(fd);
  }
}

function requireOwn(stats: Stats, path: string): void {
  const isOwn = stats.uid === process.geteuid?.() && !stats.isSymbolicLink() && (stats.mode & OTHERS_MAY_WRITE) === 0;
  if (!isOwn) throw new NotOurs(path);
}

class NotOurs extends Error {
  constructor(path: string) {
    super(`${path} is not ours alone to write.`);
  }
}

/** A cache that cannot be read or written is none. */
function attempt<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch (error) {
    if (isErrno(error) || error instanceof SyntaxError || error instanceof NotOurs) return undefined;
    throw error;
  }
}

/** Takes away the oldest files of a crowd, those of crashes among them. */
function prune(folder: string): void {
  const names = readdirSync(folder);
  if (names.length <= MOST_FILES) return;
  const byAge = names
    .map((name) => ({ name, time: lstatSync(join(folder, name), { throwIfNoEntry: false })?.mtimeMs ?? 0 }))
    .sort((a, b) => a.time - b.time);
  for (const { name } of byAge.slice(0, names.length - MOST_FILES / 2)) rmSync(join(folder, name), { force: true });
}
