import assert from 'node:assert/strict';
import { type BigIntStats, lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { errnoCode } from '@graphdriver/host';
import { asOwner, asStranger, tick } from './scene.ts';

/** Fails unless `action` fails with `code`, or one of them where the manual leaves the choice, and leaves everything in the case's directory as it was. */
export function refuses(code: string | readonly string[], action: () => unknown): void {
  const before = everything();
  const outcome = outcomeOf(action);
  assert.ok([code].flat().includes(outcome), `It ended with ${outcome} and not with ${code}.`);
  assert.deepEqual(everything(), before, `what there was before the call that failed with ${outcome}`);
}

/** The same of a call by the ordinary user. */
export function refusesOwner(code: string, action: () => unknown): void {
  refuses(code, () => asOwner(action));
}

/** The same of a call by somebody else. */
export function refusesStranger(code: string, action: () => unknown): void {
  refuses(code, () => asStranger(action));
}

/** What a call ended with: the name of an errno, or `success`. */
export function outcomeOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    const code = errnoCode(error);
    if (code === undefined) throw error;
    return code;
  }
  return 'success';
}

/** A file as lstat(2) tells of it. */
export function look(path: string): BigIntStats {
  return lstatSync(path, { bigint: true });
}

/** Permission, set-id and sticky bits. */
export function modeOf(path: string): number {
  return Number(look(path).mode) & 0o7777;
}

export function ownerOf(path: string): readonly [uid: number, gid: number] {
  const { uid, gid } = look(path);
  return [Number(uid), Number(gid)];
}

export function linksOf(path: string): number {
  return Number(look(path).nlink);
}

/** Fails unless the link count of a directory is 1, which says that it counts nothing, or counts the directory and those in it. */
export function assertDirectoryLinks(...paths: readonly string[]): void {
  for (const path of paths) {
    const inside = namesIn(path).filter((name) => look(`${path}/${name}`).isDirectory()).length;
    const links = linksOf(path);
    assert.ok(links === 1 || links === inside + 2, `${path} has ${links} links and ${inside} directories in it`);
  }
}

export function textOf(path: string): string {
  return readFileSync(path, 'latin1');
}

/** Names in a directory, sorted. */
export function namesIn(path: string): readonly string[] {
  return readdirSync(path).toSorted();
}

export function exists(path: string): boolean {
  return outcomeOf(() => look(path)) === 'success';
}

/** Which of its times a call moves. */
export type Moves = 'ctime' | 'mtime and ctime' | 'neither';

/** Fails unless `action` moves exactly these times of the files that `moves` names; a file is found again under `after` where it is renamed. */
export function assertMoves(
  moves: Readonly<Record<string, Moves>>,
  action: () => void,
  after: Readonly<Record<string, string>> = {},
): void {
  const before = Object.keys(moves).map((path) => [path, look(path)] as const);
  tick();
  action();
  for (const [path, old] of before) {
    const now = look(after[path] ?? path);
    assert.equal(now.mtimeNs > old.mtimeNs, moves[path] === 'mtime and ctime', `the mtime of ${path} moves`);
    assert.equal(now.ctimeNs > old.ctimeNs, moves[path] !== 'neither', `the ctime of ${path} moves`);
  }
}

/** All that a failing call must not change, by path. Times of access are left out: looking moves them. */
function everything(directory = '.', found: Map<string, unknown> = new Map()): Map<string, unknown> {
  for (const name of readdirSync(directory)) {
    const path = `${directory}/${name}`;
    const { ino, mode, nlink, uid, gid, rdev, size, mtimeNs, ctimeNs } = look(path);
    const target = outcomeOf(() => readlinkSync(path)) === 'success' ? readlinkSync(path) : null;
    found.set(path, { ino, mode, nlink, uid, gid, rdev, size, mtimeNs, ctimeNs, target });
    if (look(path).isDirectory()) everything(path, found);
  }
  return found;
}
