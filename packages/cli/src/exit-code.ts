import type { StorageErrorCode } from '@graphdriver/core';
import type { StoreErrorCode } from '@graphdriver/store';
import { type CodedError, isCodedError } from './coded-error.ts';

/** What the program ends with. The numbers are API. */
export const EXIT = { done: 0, failed: 1, usage: 2, prerequisite: 3, notFound: 4, interrupted: 130 } as const;

type Code = StorageErrorCode | StoreErrorCode;

const PREREQUISITE: ReadonlySet<string> = new Set<Code>([
  'PREREQUISITE_MISSING',
  'UNSUITABLE_FILESYSTEM',
  'PERMISSION_DENIED',
  'UNSUPPORTED',
  'NEWER_FORMAT',
]);
const NOT_FOUND: ReadonlySet<string> = new Set<Code>([
  'LAYER_NOT_FOUND',
  'PARENT_NOT_FOUND',
  'FILE_NOT_FOUND',
  'HOLDER_NOT_FOUND',
  'IMAGE_NOT_FOUND',
  'CONTAINER_NOT_FOUND',
  'VOLUME_NOT_FOUND',
]);
const USAGE: ReadonlySet<string> = new Set<Code>(['INVALID_REFERENCE', 'INVALID_NAME', 'AMBIGUOUS_ID']);

/** The exit code that tells a script why a command failed. */
export function exitCodeFor(error: unknown): number {
  if (error instanceof TypeError) return EXIT.usage;
  if (!isCodedError(error)) return EXIT.failed;
  if (error.code === 'ABORTED') return EXIT.interrupted;
  if (error.code === 'RUNTIME_FAILED') return notStartedCode(error);
  if (NOT_FOUND.has(error.code)) return EXIT.notFound;
  if (USAGE.has(error.code)) return EXIT.usage;
  return PREREQUISITE.has(error.code) ? EXIT.prerequisite : EXIT.failed;
}

/** As a shell and Docker tell it: 127 where there is no such program, 126 where it cannot be executed, 125 for what is wrong before that. */
function notStartedCode({ details }: CodedError): number {
  const exitCode = details['exitCode'];
  return typeof exitCode === 'number' ? exitCode : 125;
}
