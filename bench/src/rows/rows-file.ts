import { readFile } from 'node:fs/promises';
import { StorageError } from '@graphdriver/core';
import { toStorageError, writeFileAtomic } from '@graphdriver/host';
import { ROWS_VERSION, type RowsResult } from './rows-result.ts';
import { findRowsFault } from './rows-shape.ts';

/**
 * Writes rows as JSON, one sample per line, all of it or nothing.
 *
 * @throws {StorageError} `PERMISSION_DENIED`, `OUT_OF_SPACE`, `SYSTEM_CALL_FAILED`
 */
export async function writeRows(path: string, result: RowsResult): Promise<void> {
  try {
    await writeFileAtomic(path, formatRows(result), { durable: true });
  } catch (error) {
    throw toStorageError(error, `The rows could not be written to ${path}`);
  }
}

/**
 * Reads what {@link writeRows} wrote, and looks at every field.
 *
 * @throws {StorageError} `FILE_NOT_FOUND`, `NEWER_FORMAT`, `INVALID_ARCHIVE` with the place of the fault
 */
export async function readRows(path: string): Promise<RowsResult> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT')
      throw new StorageError('FILE_NOT_FOUND', `There is no file of rows ${path}.`, { cause: error });
    throw toStorageError(error, `The rows in ${path} could not be read`);
  });
  return parseRows(text, path);
}

/** {@link readRows} of a text; `name` is what the errors call it. */
export function parseRows(text: string, name: string): RowsResult {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw invalid(name, 'it is not JSON', error);
  }
  if (typeof value !== 'object' || value === null) throw invalid(name, 'it is not an object');
  const { format, version } = value as { format?: unknown; version?: unknown }; // Any object can be asked; the answers are looked at.
  if (format !== 'graphdriver-rows') throw invalid(name, 'it does not say that it is one');
  if (typeof version === 'number' && version > ROWS_VERSION) {
    throw new StorageError(
      'NEWER_FORMAT',
      `${name} has format version ${version}; this release reads up to ${ROWS_VERSION}.`,
      { hint: 'Read it with the release that wrote it, or a later one.' },
    );
  }
  const fault = findRowsFault(value);
  if (fault !== undefined) throw invalid(name, fault);
  return value as RowsResult; // findRowsFault has looked at every field.
}

/** JSON with one line per sample. */
export function formatRows(result: RowsResult): string {
  const { samples, ...rest } = result;
  const head = JSON.stringify(rest, undefined, 2).replace(/\n\}$/, '');
  const lines = samples.map((sample) => `    ${JSON.stringify(sample)}`);
  return `${head},\n  "samples": [${lines.length === 0 ? '' : `\n${lines.join(',\n')}\n  `}]\n}\n`;
}

function invalid(name: string, fault: string, cause?: unknown): StorageError {
  return new StorageError(
    'INVALID_ARCHIVE',
    `${name} is not a file of rows: ${fault}.`,
    cause === undefined ? {} : { cause },
  );
}
