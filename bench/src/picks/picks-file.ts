import { type FileKind, parseMeasured, readMeasured, writeMeasured } from '../measured-file.ts';
import { PICKS_VERSION, type PicksResult } from './picks-result.ts';
import { findPicksFault } from './picks-shape.ts';

const PICKS: FileKind = {
  noun: 'file of picks',
  format: 'graphdriver-picks',
  version: PICKS_VERSION,
  findFault: findPicksFault,
};

/**
 * Writes picks as JSON, all of it or nothing.
 *
 * @throws {StorageError} `PERMISSION_DENIED`, `OUT_OF_SPACE`, `SYSTEM_CALL_FAILED`
 */
export async function writePicks(path: string, result: PicksResult): Promise<void> {
  await writeMeasured(path, `${JSON.stringify(result, undefined, 2)}\n`, PICKS);
}

/**
 * Reads what {@link writePicks} wrote, and looks at every field.
 *
 * @throws {StorageError} `FILE_NOT_FOUND`, `NEWER_FORMAT`, `INVALID_ARCHIVE` with the place of the fault
 */
export async function readPicks(path: string): Promise<PicksResult> {
  return (await readMeasured(path, PICKS)) as PicksResult; // findPicksFault has looked at every field.
}

/** {@link readPicks} of a text; `name` is what the errors call it. */
export function parsePicks(text: string, name: string): PicksResult {
  return parseMeasured(text, name, PICKS) as PicksResult; // findPicksFault has looked at every field.
}
