import { type FileKind, formatSamples, parseMeasured, readMeasured, writeMeasured } from '../measured-file.ts';
import { ROWS_VERSION, type RowsResult } from './rows-result.ts';
import { findRowsFault } from './rows-shape.ts';

const ROWS: FileKind = {
  noun: 'file of rows',
  format: 'graphdriver-rows',
  version: ROWS_VERSION,
  findFault: findRowsFault,
};

/**
 * Writes rows as JSON, one sample per line, all of it or nothing.
 *
 * @throws {StorageError} `PERMISSION_DENIED`, `OUT_OF_SPACE`, `SYSTEM_CALL_FAILED`
 */
export async function writeRows(path: string, result: RowsResult): Promise<void> {
  await writeMeasured(path, formatRows(result), ROWS);
}

/**
 * Reads what {@link writeRows} wrote, and looks at every field.
 *
 * @throws {StorageError} `FILE_NOT_FOUND`, `NEWER_FORMAT`, `INVALID_ARCHIVE` with the place of the fault
 */
export async function readRows(path: string): Promise<RowsResult> {
  return (await readMeasured(path, ROWS)) as RowsResult; // findRowsFault has looked at every field.
}

/** {@link readRows} of a text; `name` is what the errors call it. */
export function parseRows(text: string, name: string): RowsResult {
  return parseMeasured(text, name, ROWS) as RowsResult; // findRowsFault has looked at every field.
}

/** JSON with one line per sample. */
export function formatRows(result: RowsResult): string {
  return formatSamples(result);
}
