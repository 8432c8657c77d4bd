import { readFile } from 'node:fs/promises';
import { isStorageError, StorageError } from '@graphdriver/core';
import { toStorageError } from '@graphdriver/host';
import { parsePicks } from '../picks/picks-file.ts';
import { parseResult } from '../result-file.ts';
import { parseRows } from '../rows/rows-file.ts';
import { examineResult, type ResultExamination } from './examine-result.ts';

/** What a file turned out to be. */
export interface FileExamination extends ResultExamination {
  readonly file: string;
  readonly format: 'graphdriver-bench' | 'graphdriver-rows' | 'graphdriver-picks' | null;
  /** No faults. Remarks do not make a file invalid. */
  readonly valid: boolean;
  /** What it was measured on, as in `Linux 6.18, 2 × AMD EPYC`; empty where that cannot be read. */
  readonly machine: string;
}

/**
 * Reads a file that `bench run`, `bench rows` or `bench picks` wrote, and says what is wrong with it.
 *
 * @throws {StorageError} `FILE_NOT_FOUND`, `PERMISSION_DENIED`, and `NEWER_FORMAT` for what a later release has to judge
 */
export async function validateFile(path: string): Promise<FileExamination> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT')
      throw new StorageError('FILE_NOT_FOUND', `There is no file ${path}.`, { cause: error });
    throw toStorageError(error, `The file ${path} could not be read`);
  });
  try {
    const named = /"format"\s*:\s*"(graphdriver-(?:rows|picks))"/.exec(text.slice(0, 1000))?.[1];
    if (named === 'graphdriver-rows' || named === 'graphdriver-picks') {
      const { environment, complete } = named === 'graphdriver-rows' ? parseRows(text, path) : parsePicks(text, path);
      const remarks = complete ? [] : ['The run was ended early.'];
      return examined(path, named, { faults: [], remarks }, machineOf(environment));
    }
    const result = parseResult(text, path);
    return examined(path, 'graphdriver-bench', examineResult(result), machineOf(result.environment));
  } catch (error) {
    if (!isStorageError(error, 'INVALID_ARCHIVE')) throw error;
    return examined(path, null, { faults: [error.message], remarks: [] }, '');
  }
}

function examined(
  file: string,
  format: FileExamination['format'],
  { faults, remarks }: ResultExamination,
  machine: string,
): FileExamination {
  return { file, format, valid: faults.length === 0, machine, faults, remarks };
}

function machineOf({
  kernel,
  cpu,
}: {
  readonly kernel: string;
  readonly cpu: { readonly model: string; readonly count: number };
}): string {
  return `Linux ${kernel}, ${cpu.count} × ${cpu.model}`;
}
