/**
 * Every reason for which a command is refused or fails, chosen by what the caller can do about it.
 *
 * The codes are API: they are only ever added to. The messages are for people and may change in any release.
 *
 * - `NOT_INSTALLED`: there is no command `zfs` or `zpool`.
 * - `NOT_RUNNING`: the kernel module is not loaded, or the zfs-fuse daemon does not run.
 * - `PERMISSION_DENIED`: become root, or let an administrator delegate the operation (`zfs allow`).
 * - `UNSUPPORTED`: the installed version cannot do it; `capabilities` says so beforehand.
 * - `DATASET_NOT_FOUND` (also a snapshot or a bookmark), `PARENT_NOT_FOUND`, `POOL_NOT_FOUND`, `HOLD_NOT_FOUND`: name another one.
 * - `DATASET_EXISTS` (also a snapshot or a bookmark), `POOL_EXISTS`, `HOLD_EXISTS`: choose another name, or use what is there.
 * - `DATASET_BUSY`, `POOL_BUSY`: end the use (a mount, an open file, another command) and try again.
 * - `HAS_CHILDREN`, `HAS_CLONES`, `HAS_HOLDS`: it cannot go before these go; `details.dependents` names them where zfs does.
 * - `NEWER_SNAPSHOTS`: a rollback would lose them; `details.dependents` names them.
 * - `NOT_A_CLONE`: there is nothing to promote.
 * - `NOT_MOUNTABLE`: the dataset's own properties say that it is not to be mounted (`legacy`, `none`, `canmount=off`).
 * - `MOUNTPOINT_NOT_EMPTY`: files lie where it would be mounted.
 * - `POOL_UNAVAILABLE`: devices are missing or faulted.
 * - `DEVICE_UNUSABLE`: a device is missing, too small, or belongs to another pool.
 * - `OUT_OF_SPACE`, `QUOTA_EXCEEDED`: free or grant space.
 * - `READ_ONLY`: the dataset or the pool is read-only.
 * - `INVALID_NAME`, `INVALID_PROPERTY`: the name, or the property or its value, is none.
 * - `INVALID_STREAM`: a broken or truncated stream. `STREAM_MISMATCH`: a good one that does not fit this destination.
 * - `TIMED_OUT`, `ABORTED`: the limit or the caller's signal ended the command; what it had done by then stays done.
 * - `UNEXPECTED_OUTPUT`: zfs printed what this package does not understand: a defect here, please report it.
 * - `COMMAND_FAILED`: none of these; `details.stderr` has its words.
 */
export const ZFS_ERROR_CODES = [
  'NOT_INSTALLED',
  'NOT_RUNNING',
  'PERMISSION_DENIED',
  'UNSUPPORTED',
  'DATASET_NOT_FOUND',
  'PARENT_NOT_FOUND',
  'POOL_NOT_FOUND',
  'HOLD_NOT_FOUND',
  'DATASET_EXISTS',
  'POOL_EXISTS',
  'HOLD_EXISTS',
  'DATASET_BUSY',
  'POOL_BUSY',
  'HAS_CHILDREN',
  'HAS_CLONES',
  'HAS_HOLDS',
  'NEWER_SNAPSHOTS',
  'NOT_A_CLONE',
  'NOT_MOUNTABLE',
  'MOUNTPOINT_NOT_EMPTY',
  'POOL_UNAVAILABLE',
  'DEVICE_UNUSABLE',
  'OUT_OF_SPACE',
  'QUOTA_EXCEEDED',
  'READ_ONLY',
  'INVALID_NAME',
  'INVALID_PROPERTY',
  'INVALID_STREAM',
  'STREAM_MISMATCH',
  'TIMED_OUT',
  'ABORTED',
  'UNEXPECTED_OUTPUT',
  'COMMAND_FAILED',
] as const;

/** One of {@link ZFS_ERROR_CODES}. */
export type ZfsErrorCode = (typeof ZFS_ERROR_CODES)[number];

/** Facts for programs. A refusal before any command was run has none of the first four. */
export interface ZfsErrorDetails {
  readonly command?: string;
  readonly args?: readonly string[];
  /** Missing where a signal ended the command. */
  readonly exitCode?: number;
  readonly stderr?: string;
  /** What stands in the way, by name: children, clones, newer snapshots. */
  readonly dependents?: readonly string[];
  /** `true` where the dataset was made all the same, and only its mount failed. */
  readonly created?: boolean;
  /** The properties that were set before the one that failed, where they are set one by one. */
  readonly applied?: readonly string[];
}

/** What a {@link ZfsError} carries beside its code and message. */
export interface ZfsErrorOptions {
  /** What the user can do about it, as one or two sentences. */
  readonly hint?: string;
  readonly cause?: unknown;
  readonly details?: ZfsErrorDetails;
}

/**
 * The one error class of this package.
 *
 * The message says in one sentence what failed and on what; `hint` has the remedy and `cause` the original.
 * Recognise it with {@link isZfsError}, which also works across two copies of this package.
 * An argument of the wrong type is not a `ZfsError` but a `TypeError`.
 */
export class ZfsError extends Error {
  override readonly name = 'ZfsError';
  readonly code: ZfsErrorCode;
  readonly hint: string | undefined;
  readonly details: ZfsErrorDetails;

  constructor(code: ZfsErrorCode, message: string, options: ZfsErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint;
    this.details = options.details ?? {};
  }
}

/** Tells whether `error` is a {@link ZfsError}, and one with one of `codes` where any are given. */
export function isZfsError(error: unknown, ...codes: readonly ZfsErrorCode[]): error is ZfsError {
  if (!(error instanceof Error) || error.name !== 'ZfsError') return false;
  const found = (error as { code?: unknown }).code; // The name says whose error it is; the code is then a string.
  return codes.length === 0 ? typeof found === 'string' : codes.some((code) => code === found);
}
