import { chmodSync, lchownSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { asUser, makeNode, type UserIdentity } from '@graphdriver/host';

/** An ordinary user, of two groups. */
export const USER: UserIdentity = { uid: 70_001, gid: 70_001, groups: [70_001, 70_010] };
/** Another group of {@link USER}. */
export const SHARED_GROUP = 70_010;
/** Somebody whom the files of {@link USER} are no business of. */
export const STRANGER: UserIdentity = { uid: 70_002, gid: 70_002, groups: [] };
export const CONTENT = 'content of the file';

const S_IFIFO = 0o010000;

/** How something is staged: root's unless told. */
export interface Looks {
  readonly mode?: number;
  readonly owner?: UserIdentity;
  readonly gid?: number;
}

/** A file, 0644 unless told, with {@link CONTENT} unless told. */
export function file(path: string, looks: Looks & { readonly content?: string } = {}): void {
  writeFileSync(path, looks.content ?? CONTENT);
  give(path, 0o644, looks);
}

/** A directory, 0755 unless told. */
export function folder(path: string, looks: Looks = {}): void {
  mkdirSync(path);
  give(path, 0o755, looks);
}

/** A fifo, 0644 unless told. */
export function fifo(path: string, looks: Looks = {}): void {
  makeNode(path, S_IFIFO | 0o644, 0);
  give(path, 0o644, looks);
}

/** A symbolic link. */
export function symlink(target: string, path: string): void {
  symlinkSync(target, path);
}

/** Does something as {@link USER}. */
export function asOwner<T>(action: () => T): T {
  return asUser(USER, action);
}

/** Does something as {@link STRANGER}. */
export function asStranger<T>(action: () => T): T {
  return asUser(STRANGER, action);
}

const sleeper = new Int32Array(new SharedArrayBuffer(4));
/** The kernel's clock for the times of files may stand still for ten milliseconds. */
const TICK = 12;

/** Lets so much time pass that a file changed before and one changed after have different times. */
export function tick(): void {
  Atomics.wait(sleeper, 0, 0, TICK);
}

function give(path: string, usual: number, { mode = usual, owner, gid = owner?.gid ?? 0 }: Looks): void {
  lchownSync(path, owner?.uid ?? 0, gid);
  chmodSync(path, mode);
}
