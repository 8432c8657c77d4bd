import { isStorageError } from '@graphdriver/core';
import { isErrno, toStorageError } from '@graphdriver/host';
import { isStoreError, StoreError, type StoreErrorCode } from '../store-error.ts';

/** Where in a Dockerfile something stands. */
export interface DockerfilePlace {
  /** From 1. Of an instruction over several lines the first. */
  readonly line: number;
  /** The line as it stands in the file. */
  readonly source: string;
}

/** The longest piece of a line that a message repeats: a line may have megabytes. */
const SHOWN = 200;

/** An error about a place in a Dockerfile: the message begins with the line's number and ends with the line. */
export function errorAt(
  place: DockerfilePlace,
  code: StoreErrorCode,
  what: string,
  more: { readonly hint?: string; readonly cause?: unknown; readonly details?: Readonly<Record<string, unknown>> } = {},
): StoreError {
  const shown = place.source.length > SHOWN ? `${place.source.slice(0, SHOWN)}…` : place.source;
  return new StoreError(code, `Dockerfile line ${place.line}: ${what}\n  ${shown.trim()}`, {
    ...more,
    details: { ...more.details, line: place.line, source: place.source },
  });
}

/** The error for what a Dockerfile says wrongly. */
export function invalidAt(place: DockerfilePlace, what: string, hint?: string): StoreError {
  return errorAt(place, 'INVALID_DOCKERFILE', what, hint === undefined ? {} : { hint });
}

/** The error for what Docker knows and this builder does not carry out. */
export function unsupportedAt(place: DockerfilePlace, what: string, hint?: string): StoreError {
  return errorAt(place, 'UNSUPPORTED_INSTRUCTION', what, hint === undefined ? {} : { hint });
}

/** The error for a step that failed. */
export function failedAt(place: DockerfilePlace, what: string, cause?: unknown): StoreError {
  return errorAt(place, 'BUILD_FAILED', what, cause === undefined ? {} : { cause });
}

/** What is not about the step but about the machine. */
const MACHINE_CODES: readonly string[] = ['OUT_OF_SPACE', 'QUOTA_EXCEEDED', 'PERMISSION_DENIED'];

/**
 * Adds the place to an error of a step. What comes from the store and its driver with a code of its own is passed on as it is, and a full disk
 * is told as the driver would.
 */
export function placed(error: unknown, place: DockerfilePlace): unknown {
  if (isStoreError(error) && error.code === 'BUILD_FAILED' && error.details['line'] === undefined) {
    const { message, hint, cause, details } = error;
    return errorAt(place, 'BUILD_FAILED', message, { ...(hint === undefined ? {} : { hint }), cause, details });
  }
  if (isStorageError(error) || isStoreError(error)) return error;
  if (!isErrno(error)) return error;
  const known = toStorageError(error, `Step ${place.source.trim().slice(0, SHOWN)} failed.`);
  return MACHINE_CODES.includes(known.code) ? known : failedAt(place, error.message, error);
}
