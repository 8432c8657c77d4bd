import { readFile } from 'node:fs/promises';
import { StorageError } from '@graphdriver/core';
import { toStorageError, writeFileAtomic } from '@graphdriver/host';

/** A kind of file that measurements are kept in. */
export interface FileKind {
  /** What one of them is called in errors, as in `benchmark result`. */
  readonly noun: string;
  /** What its `format` says. */
  readonly format: string;
  /** The newest version that is read. */
  readonly version: number;
  /** Says what is wrong with a value that is to be one of them, or `undefined` where nothing is. Looks at every field. */
  findFault(value: unknown): string | undefined;
  /** Brings what an earlier release wrote up to the present version, before its faults are looked for. */
  upgrade?(value: Readonly<Record<string, unknown>>): unknown;
}

/**
 * Writes a file, all of it or nothing.
 *
 * @throws {StorageError} `PERMISSION_DENIED`, `OUT_OF_SPACE`, `SYSTEM_CALL_FAILED`
 */
export async function writeMeasured(path: string, text: string, { noun }: FileKind): Promise<void> {
  try {
    await writeFileAtomic(path, text, { durable: true });
  } catch (error) {
    throw toStorageError(error, `The ${noun} could not be written to ${path}`);
  }
}

/**
 * Reads a file and looks at every field.
 *
 * @throws {StorageError} `FILE_NOT_FOUND`, `NEWER_FORMAT`, `INVALID_ARCHIVE` with the place of the fault
 */
export async function readMeasured(path: string, kind: FileKind): Promise<unknown> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT')
      throw new StorageError('FILE_NOT_FOUND', `There is no ${kind.noun} ${path}.`, { cause: error });
    throw toStorageError(error, `The ${kind.noun} ${path} could not be read`);
  });
  return parseMeasured(text, path, kind);
}

/** {@link readMeasured} of a text; `name` is what the errors call it. */
export function parseMeasured(text: string, name: string, kind: FileKind): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw invalid(name, kind, 'it is not JSON', error);
  }
  if (typeof value !== 'object' || value === null) throw invalid(name, kind, 'it is not an object');
  const fields: Readonly<Record<string, unknown>> = { ...value };
  const { format, version } = fields;
  if (format !== kind.format) throw invalid(name, kind, 'it does not say that it is one');
  if (typeof version === 'number' && version > kind.version) {
    throw new StorageError(
      'NEWER_FORMAT',
      `${name} has format version ${version}; this release reads up to ${kind.version}.`,
      { hint: 'Read it with the release that wrote it, or a later one.' },
    );
  }
  const upgraded = kind.upgrade === undefined ? value : kind.upgrade(fields);
  const fault = kind.findFault(upgraded);
  if (fault !== undefined) throw invalid(name, kind, fault);
  return upgraded;
}

/** JSON with one line per sample, so that files are small and line tools can count and compare. */
export function formatSamples<Result extends { readonly samples: readonly unknown[] }>(result: Result): string {
  const { samples, ...rest } = result;
  const head = JSON.stringify(rest, undefined, 2).replace(/\n\}$/, '');
  const lines = samples.map((sample) => `    ${JSON.stringify(sample)}`);
  return `${head},\n  "samples": [${lines.length === 0 ? '' : `\n${lines.join(',\n')}\n  `}]\n}\n`;
}

function invalid(name: string, { noun }: FileKind, fault: string, cause?: unknown): StorageError {
  return new StorageError(
    'INVALID_ARCHIVE',
    `${name} is not a ${noun}: ${fault}.`,
    cause === undefined ? {} : { cause },
  );
}
