/**
 * Every reason for which a driver refuses or fails, chosen by what the caller can do about it.
 *
 * The codes are API: they are only ever added to.
 * The messages are for people and may change in any release.
 *
 * - `LAYER_NOT_FOUND`, `PARENT_NOT_FOUND`, `FILE_NOT_FOUND`, `HOLDER_NOT_FOUND`: name another one.
 * - `LAYER_EXISTS`: choose another id, or use the layer that is there.
 * - `LAYER_IN_USE`: end the use (a mount, a child layer, an open file) and try again.
 * - `LAYER_COMMITTED`: the layer can no longer change: make a child of it.
 * - `PARENT_NOT_COMMITTED`: commit the parent first.
 * - `INVALID_ARCHIVE`: the archive is broken, hostile, or says what the layer format cannot.
 * - `UNREPRESENTABLE`: the layer holds a file that no layer archive can carry (a real file named `.wh.x`).
 * - `OUT_OF_SPACE`, `QUOTA_EXCEEDED`: free or grant space.
 * - `DEPTH_EXCEEDED`: the chain of layers is longer than the driver can mount.
 * - `PREREQUISITE_MISSING`, `UNSUITABLE_FILESYSTEM`, `PERMISSION_DENIED`: this driver is not for this host as it stands.
 * - `UNSUPPORTED`: this driver never promised it: see its capabilities.
 * - `CORRUPT_LAYER`, `CORRUPT_ROOT`: what is on disk is not what the driver wrote.
 * - `NEWER_FORMAT`: a later release wrote this root: use that release.
 * - `ABORTED`, `TIMED_OUT`: the caller's signal or the limit ended it; the state is as before.
 * - `CLOSED`: the driver was closed.
 * - `COMMAND_FAILED`, `SYSTEM_CALL_FAILED`: the machine refused; the cause says how.
 */
export const STORAGE_ERROR_CODES = [
  'LAYER_NOT_FOUND',
  'PARENT_NOT_FOUND',
  'FILE_NOT_FOUND',
  'HOLDER_NOT_FOUND',
  'LAYER_EXISTS',
  'LAYER_IN_USE',
  'LAYER_COMMITTED',
  'PARENT_NOT_COMMITTED',
  'INVALID_ARCHIVE',
  'UNREPRESENTABLE',
  'OUT_OF_SPACE',
  'QUOTA_EXCEEDED',
  'DEPTH_EXCEEDED',
  'PREREQUISITE_MISSING',
  'UNSUITABLE_FILESYSTEM',
  'PERMISSION_DENIED',
  'UNSUPPORTED',
  'CORRUPT_LAYER',
  'CORRUPT_ROOT',
  'NEWER_FORMAT',
  'ABORTED',
  'TIMED_OUT',
  'CLOSED',
  'COMMAND_FAILED',
  'SYSTEM_CALL_FAILED',
] as const;

/** One of {@link STORAGE_ERROR_CODES}. */
export type StorageErrorCode = (typeof STORAGE_ERROR_CODES)[number];

/** What a {@link StorageError} carries beside its code and message. */
export interface StorageErrorOptions {
  /** What the user can do about it, as one or two sentences. */
  readonly hint?: string;
  /** The error underneath. */
  readonly cause?: unknown;
  /** Facts for programs: paths, ids, exit codes, stderr. */
  readonly details?: Readonly<Record<string, unknown>>;
}

/**
 * The one error class of the project.
 *
 * The message says in one sentence what failed and on what; `hint` has the remedy and `cause` the original.
 * Recognise it with {@link isStorageError}, which also works across two copies of this package.
 * A wrong argument is not a `StorageError` but a `TypeError`.
 */
export class StorageError extends Error {
  override readonly name = 'StorageError';
  readonly code: StorageErrorCode;
  readonly hint: string | undefined;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: StorageErrorCode, message: string, options: StorageErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint;
    this.details = options.details ?? {};
  }
}

/** Tells whether `error` is a {@link StorageError}, and one with `code` where that is given. */
export function isStorageError(error: unknown, code?: StorageErrorCode): error is StorageError {
  if (!(error instanceof Error) || error.name !== 'StorageError') return false;
  const found = (error as { code?: unknown }).code; // The name says whose error it is; the code is then a string.
  return code === undefined ? typeof found === 'string' : found === code;
}

/** Throws `ABORTED` with the signal's reason as the cause, if `signal` has been aborted. */
export function throwIfAborted(signal: AbortSignal | undefined, what: string): void {
  if (signal?.aborted === true) {
    throw new StorageError('ABORTED', `${what} was aborted.`, { cause: signal.reason });
  }
}
