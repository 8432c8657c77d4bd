import { type BenchResult, RESULT_VERSION } from './bench-result.ts';
import { type FileKind, formatSamples, parseMeasured, readMeasured, writeMeasured } from './measured-file.ts';
import { findFault } from './result-shape.ts';
import { upgradeResult } from './result-upgrade.ts';

const RESULTS: FileKind = {
  noun: 'benchmark result',
  format: 'graphdriver-bench',
  version: RESULT_VERSION,
  findFault,
  upgrade: upgradeResult,
};

/**
 * Writes a result as JSON, one sample per line, all of it or nothing.
 *
 * @throws {StorageError} `PERMISSION_DENIED`, `OUT_OF_SPACE`, `SYSTEM_CALL_FAILED`
 */
export async function writeResult(path: string, result: BenchResult): Promise<void> {
  await writeMeasured(path, formatResult(result), RESULTS);
}

/**
 * Reads what {@link writeResult} wrote, and looks at every field. What an earlier release wrote is brought up to the present format.
 *
 * @throws {StorageError} `FILE_NOT_FOUND`, `NEWER_FORMAT`, `INVALID_ARCHIVE` with the place of the fault
 */
export async function readResult(path: string): Promise<BenchResult> {
  return (await readMeasured(path, RESULTS)) as BenchResult; // findFault has looked at every field.
}

/** {@link readResult} of a text; `name` is what the errors call it. */
export function parseResult(text: string, name: string): BenchResult {
  return parseMeasured(text, name, RESULTS) as BenchResult; // findFault has looked at every field.
}

/** JSON with one line per sample, so that files are small and line tools can count and compare. */
export function formatResult(result: BenchResult): string {
  return formatSamples(result);
}
