import { readFile } from 'node:fs/promises';
import { StorageError } from '@graphdriver/core';
import { toStorageError, writeFileAtomic } from '@graphdriver/host';
import { type BenchResult, RESULT_VERSION } from './bench-result.ts';
import { findFault } from './result-shape.ts';
import { upgradeResult } from './result-upgrade.ts';

/**
 * Writes a result as JSON, one sample per line, all of it or nothing.
 *
 * @throws {StorageError} `PERMISSION_DENIED`, `OUT_OF_SPACE`, `SYSTEM_CALL_FAILED`
 */
export async function writeResult(path: string, result: BenchResult): Promise<void> {
  try {
    await writeFileAtomic(path, formatResult(result), { durable: true });
  } catch (error) {
    throw toStorageError(error, `The result could not be written to ${path}`);
  }
}

/**
 * Reads what {@link writeResult} wrote, and looks at every field. What an earlier release wrote is brought up to the present format.
 *
 * @throws {StorageError} `FILE_NOT_FOUND`, `NEWER_FORMAT`, `INVALID_ARCHIVE` with the place of the fault
 */
export async function readResult(path: string): Promise<BenchResult> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT')
      throw new StorageError('FILE_NOT_FOUND', `There is no result file ${path}.`, { cause: error });
    throw toStorageError(error, `The result file ${path} could not be read`);
  });
  return parseResult(text, path);
}

/** {@link readResult} of a text; `name` is what the errors call it. */
export function parseResult(text: string, name: string): BenchResult {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw invalid(name, 'it is not JSON', error);
  }
  if (typeof value !== 'object' || value === null) throw invalid(name, 'it is not an object');
  const { format, version } = value as { format?: unknown; version?: unknown }; // Any object can be asked; the answers are looked at.
  if (format !== 'graphdriver-bench') throw invalid(name, 'it does not say that it is one');
  if (typeof version === 'number' && version > RESULT_VERSION) {
    throw new StorageError(
      'NEWER_FORMAT',
      `${name} has format version ${version}; this release reads up to ${RESULT_VERSION}.`,
      { hint: 'Read it with the release that wrote it, or a later one.' },
    );
  }
  const upgraded = upgradeResult({ ...value });
  const fault = findFault(upgraded);
  if (fault !== undefined) throw invalid(name, fault);
  return upgraded as unknown as BenchResult; // findFault has looked at every field.
}

/** JSON with one line per sample, so that files are small and line tools can count and compare. */
export function formatResult(result: BenchResult): string {
  const { samples, ...rest } = result;
  const head = JSON.stringify(rest, undefined, 2).replace(/\n\}$/, '');
  const lines = samples.map((sample) => `    ${JSON.stringify(sample)}`);
  return `${head},\n  "samples": [${lines.length === 0 ? '' : `\n${lines.join(',\n')}\n  `}]\n}\n`;
}

function invalid(name: string, fault: string, cause?: unknown): StorageError {
  return new StorageError(
    'INVALID_ARCHIVE',
    `${name} is not a benchmark result: ${fault}.`,
    cause === undefined ? {} : { cause },
  );
}
