/**
 * Every reason of its own for which a store refuses or fails, chosen by what the caller can do about it.
 *
 * What a driver refuses, and what the file system does, comes as the `StorageError` that it is.
 * The codes are API: they are only ever added to. The messages are for people and may change in any release.
 *
 * - `IMAGE_NOT_FOUND`, `CONTAINER_NOT_FOUND`, `VOLUME_NOT_FOUND`, `LAYER_NOT_FOUND`: name another one.
 * - `AMBIGUOUS_ID`: the start of an id fits several: write more of it.
 * - `NAME_IN_USE`: choose another name, or remove what has it.
 * - `IMAGE_IN_USE`, `VOLUME_IN_USE`: remove the containers that need it first.
 * - `CONTAINER_RUNNING`: stop it first. `CONTAINER_NOT_RUNNING`: start it first.
 * - `INVALID_REFERENCE`, `INVALID_NAME`: what was given is no name that an image, or a container or volume, can have.
 * - `INVALID_IMAGE`: a layout, index, manifest or configuration is broken, or says what this release does not know.
 * - `DIGEST_MISMATCH`: content is not what its digest says.
 * - `INVALID_DOCKERFILE`: `details.line` says where. `UNSUPPORTED_INSTRUCTION`: the instruction is known, and not carried out.
 * - `BUILD_FAILED`: a step of a build ended with an error. `RUNTIME_FAILED`: a process could not be run.
 * - `CORRUPT_STORE`: what is on disk is not what a store wrote.
 * - `NEWER_FORMAT`: a later release wrote this store: use that release.
 * - `STORE_MOVED`: the store is on its way to another folder, or is there: use it there, or finish the move or give it up.
 * - `ABORTED`: the caller's signal ended it; the state is as before. `TIMED_OUT`: a limit did.
 * - `CLOSED`: the store was closed.
 */
export const STORE_ERROR_CODES = [
  'IMAGE_NOT_FOUND',
  'CONTAINER_NOT_FOUND',
  'VOLUME_NOT_FOUND',
  'LAYER_NOT_FOUND',
  'AMBIGUOUS_ID',
  'NAME_IN_USE',
  'IMAGE_IN_USE',
  'VOLUME_IN_USE',
  'CONTAINER_RUNNING',
  'CONTAINER_NOT_RUNNING',
  'INVALID_REFERENCE',
  'INVALID_NAME',
  'INVALID_IMAGE',
  'DIGEST_MISMATCH',
  'INVALID_DOCKERFILE',
  'UNSUPPORTED_INSTRUCTION',
  'BUILD_FAILED',
  'RUNTIME_FAILED',
  'CORRUPT_STORE',
  'NEWER_FORMAT',
  'STORE_MOVED',
  'ABORTED',
  'TIMED_OUT',
  'CLOSED',
] as const;

/** One of {@link STORE_ERROR_CODES}. */
export type StoreErrorCode = (typeof STORE_ERROR_CODES)[number];

/** What a {@link StoreError} carries beside its code and message. */
export interface StoreErrorOptions {
  /** What the user can do about it, as one or two sentences. */
  readonly hint?: string;
  /** The error underneath. */
  readonly cause?: unknown;
  /** Facts for programs: ids, names, lines, digests. */
  readonly details?: Readonly<Record<string, unknown>>;
}

/**
 * What a store has to say that no driver could.
 *
 * The message says in one sentence what failed and on what; `hint` has the remedy and `cause` the original.
 * Recognise it with {@link isStoreError}, which also works across two copies of this package.
 */
export class StoreError extends Error {
  override readonly name = 'StoreError';
  readonly code: StoreErrorCode;
  readonly hint: string | undefined;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: StoreErrorCode, message: string, options: StoreErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint;
    this.details = options.details ?? {};
  }
}

/** Tells whether `error` is a {@link StoreError}, and one with `code` where that is given. */
export function isStoreError(error: unknown, code?: StoreErrorCode): error is StoreError {
  if (!(error instanceof Error) || error.name !== 'StoreError') return false;
  const found = (error as { code?: unknown }).code; // The name says whose error it is; the code is then a string.
  return code === undefined ? typeof found === 'string' : found === code;
}

/** Throws `ABORTED` with the signal's reason as the cause, if `signal` has been aborted. `what` begins a sentence: "Loading an image". */
export function refuseAborted(signal: AbortSignal | undefined, what: string): void {
  if (signal?.aborted === true) throw new StoreError('ABORTED', `${what} was aborted.`, { cause: signal.reason });
}
