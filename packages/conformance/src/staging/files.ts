import {
  chmodSync,
  closeSync,
  constants,
  lchownSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { errnoCode } from '@graphdriver/host';
import { bytePath } from './byte-path.ts';

/** What a new file or directory is like, where it matters. */
export interface Looks {
  /** Exact, whatever the umask. */
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
}

/** Writes a file with the exact mode (0644 unless given), and makes the directories above it (0755). Its content is its path unless given. */
export function put(root: string, path: string, content: string | Uint8Array = path, looks: Looks = {}): void {
  if (path.includes('/')) makeDirectories(root, dirname(path));
  writeFileSync(bytePath(root, path), content);
  look(root, path, { mode: 0o644, ...looks });
}

/** Makes a directory, and those above it, with the exact mode (0755 unless given). */
export function makeDirectories(root: string, path: string, looks: Looks = {}): void {
  mkdirSync(bytePath(root, path), { recursive: true, mode: 0o755 });
  if (looks.mode !== undefined || looks.uid !== undefined || looks.gid !== undefined) look(root, path, looks);
}

/** Sets owner and mode, in the order that keeps set-id bits. */
export function look(root: string, path: string, looks: Looks): void {
  const place = bytePath(root, path);
  if (looks.uid !== undefined || looks.gid !== undefined) lchownSync(place, looks.uid ?? 0, looks.gid ?? 0);
  if (looks.mode !== undefined) chmodSync(place, looks.mode);
}

/** A file's content as text, one character per byte. */
export function textOf(root: string, path: string): string {
  return readFileSync(bytePath(root, path), 'latin1');
}

/** Tells whether there is anything of this name, a dangling link included. */
export function isThere(root: string, path: string): boolean {
  return lstatSync(bytePath(root, path), { throwIfNoEntry: false }) !== undefined;
}

/** The code of the error that `act` throws, as in `EROFS`, or `null` where it does not throw. */
export function errorCodeOf(act: () => unknown): string | null {
  try {
    act();
    return null;
  } catch (error) {
    // Node knows no name for EDQUOT.
    return errnoCode(error) ?? (error instanceof Error && 'code' in error ? String(error.code) : String(error));
  }
}

/** Opens a file for reading and writing and closes it again, without writing. */
export function openForWriting(root: string, path: string): void {
  closeSync(openSync(bytePath(root, path), constants.O_RDWR));
}
