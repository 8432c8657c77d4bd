import { constants } from 'node:os';
import { getSystemErrorMap } from 'node:util';
import { isStorageError, StorageError, type StorageErrorCode } from '@graphdriver/core';
import { displayPath, type FilePath } from './file-path.ts';

// libuv does not know these, and Node then reports them as "Unknown system error -122".
const BEYOND_LIBUV: readonly (readonly [number, string, string])[] = [
  [117, 'EUCLEAN', 'structure needs cleaning'],
  [116, 'ESTALE', 'stale file handle'],
  [122, 'EDQUOT', 'disk quota exceeded'],
];

// Asked once: each call makes a map of all of them anew.
const systemErrors = getSystemErrorMap();

const namesByNumber = new Map<number, string>([
  ...Object.entries(constants.errno).map(([name, number]): [number, string] => [number, name]),
  ...[...systemErrors].map(([number, [name]]): [number, string] => [-number, name]),
  ...BEYOND_LIBUV.map(([number, name]): [number, string] => [number, name]),
]);

/** An error as `node:fs` throws it: `code` has the name, `errno` the negative number. */
export interface ErrnoError extends Error {
  readonly code: string;
  readonly errno: number;
  readonly syscall: string;
  readonly path?: string;
}

/** The error of a system call that failed with `errno` (a positive number, as in C). */
export function errnoError(call: string, errno: number, path?: FilePath): ErrnoError {
  const code = namesByNumber.get(errno) ?? `E${errno}`;
  const about =
    systemErrors.get(-errno)?.[1] ?? BEYOND_LIBUV.find(([number]) => number === errno)?.[2] ?? 'system error';
  const where = path === undefined ? '' : ` '${displayPath(path)}'`;
  const facts = { code, errno: -errno, syscall: call };
  return Object.assign(
    new Error(`${code}: ${about}, ${call}${where}`),
    path === undefined ? facts : { ...facts, path: displayPath(path) },
  );
}

/** The number in C of an errno name as in `ENOSPC`; `undefined` for what is none. */
export function errnoNumber(code: string): number | undefined {
  for (const [number, name] of namesByNumber) if (name === code) return number;
  return undefined;
}

/** Tells whether `error` comes from a system call that failed with one of `codes`, or with any where none is given. */
export function isErrno(error: unknown, ...codes: string[]): error is ErrnoError {
  const code = errnoCode(error);
  return code !== undefined && (codes.length === 0 || codes.includes(code));
}

/** The name of the errno that a system call failed with, also where Node only says UNKNOWN; `undefined` for any other error. */
export function errnoCode(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code, errno } = error as { code?: unknown; errno?: unknown }; // What Node adds to an Error is in no type of its own.
  if (typeof errno !== 'number' || typeof code !== 'string') return undefined;
  return namesByNumber.get(-errno) ?? code;
}

const STORAGE_CODES: Readonly<Record<string, readonly [StorageErrorCode, string?]>> = {
  ENOSPC: ['OUT_OF_SPACE', 'Free space or inodes on the file system.'],
  EDQUOT: ['QUOTA_EXCEEDED', 'Remove files, or grant a larger quota.'],
  EACCES: ['PERMISSION_DENIED', 'Run as a user that may do this, as root in most cases.'],
  EPERM: ['PERMISSION_DENIED', 'Run as a user that may do this, as root in most cases.'],
  EROFS: [
    'UNSUITABLE_FILESYSTEM',
    'Mount the file system for writing (mount -o remount,rw). Where the kernel has made it read-only, dmesg says why.',
  ],
  EMFILE: ['SYSTEM_CALL_FAILED', 'Let this process open more files (ulimit -n): 1,024 are enough for 500 layers.'],
};

/**
 * What a caller of the contract gets to see of `error`: a `StorageError` that says what failed, with `error` as its cause.
 *
 * A `StorageError` passes unchanged; an `AbortError`, or the reason that `signal` was aborted with, becomes `ABORTED`.
 * `what` is a sentence: "Could not make the layer x."
 */
export function toStorageError(error: unknown, what: string, signal?: AbortSignal): StorageError {
  if (isStorageError(error)) return error;
  if (isAbort(error, signal)) return new StorageError('ABORTED', what, { cause: error });
  const errno = errnoCode(error);
  const [code, hint] = (errno === undefined ? undefined : STORAGE_CODES[errno]) ?? ['SYSTEM_CALL_FAILED'];
  const options = { cause: error, details: errno === undefined ? {} : { errno } };
  return new StorageError(code, withReason(what, error), hint === undefined ? options : { ...options, hint });
}

function isAbort(error: unknown, signal: AbortSignal | undefined): boolean {
  if (signal?.aborted === true && error === signal.reason) return true;
  return error instanceof Error && error.name === 'AbortError';
}

function withReason(what: string, error: unknown): string {
  return error instanceof Error && error.message !== '' ? `${what.replace(/\.$/, '')}: ${error.message}.` : what;
}
