import { readFile } from 'node:fs/promises';
import { StorageError } from '@graphdriver/core';
import { toStorageError, writeFileAtomic } from '@graphdriver/host';
import { PICKS_VERSION, type PicksResult } from './picks-result.ts';
import { findPicksFault } from './picks-shape.ts';

/**
 * Writes picks as JSON, all of it or nothing.
 *
 * @throws {StorageError} `PERMISSION_DENIED`, `OUT_OF_SPACE`, `SYSTEM_CALL_FAILED`
 */
export async function writePicks(path: string, result: PicksResult): Promise<void> {
  try {
    await writeFileAtomic(path, `${JSON.stringify(result, undefined, 2)}\n`, { durable: true });
  } catch (error) {
    throw toStorageError(error, `The picks could not be written to ${path}`);
  }
}

/**
 * Reads what {@link writePicks} wrote, and looks at every field.
 *
 * @throws {StorageError} `FILE_NOT_FOUND`, `NEWER_FORMAT`, `INVALID_ARCHIVE` with the place of the fault
 */
export async function readPicks(path: string): Promise<PicksResult> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT')
      throw new StorageError('FILE_NOT_FOUND', `There is no file of picks ${path}.`, { cause: error });
    throw toStorageError(error, `The picks in ${path} could not be read`);
  });
  return parsePicks(text, path);
}

/** {@link readPicks} of a text; `name` is what the errors call it. */
export function parsePicks(text: string, name: string): PicksResult {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw invalid(name, 'it is not JSON', error);
  }
  if (typeof value !== 'object' || value === null) throw invalid(name, 'it is not an object');
  const { format, version } = value as { format?: unknown; version?: unknown }; // Any object can be asked; the answers are looked at.
  if (format !== 'graphdriver-picks') throw invalid(name, 'it does not say that it is one');
  if (typeof version === 'number' && version > PICKS_VERSION) {
    throw new StorageError(
      'NEWER_FORMAT',
      `${name} has format version ${version}; this release reads up to ${PICKS_VERSION}.`,
      { hint: 'Read it with the release that wrote it, or a later one.' },
    );
  }
  const fault = findPicksFault(value);
  if (fault !== undefined) throw invalid(name, fault);
  return value as PicksResult; // findPicksFault has looked at every field.
}

function invalid(name: string, fault: string, cause?: unknown): StorageError {
  return new StorageError(
    'INVALID_ARCHIVE',
    `${name} is not a file of picks: ${fault}.`,
    cause === undefined ? {} : { cause },
  );
}
