import { readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { StorageError } from '@graphdriver/core';
import { toStorageError } from '@graphdriver/host';
import { isCopyUp } from '../bench-case.ts';
import type { BenchResult } from '../bench-result.ts';
import { parseResult } from '../result-file.ts';
import { parseRows } from '../rows/rows-file.ts';
import type { RowsResult } from '../rows/rows-result.ts';
import type { ReportSource } from './report-model.ts';

/** What a page has room for. A whole grid has 7 targets, 170 cases and 1,000 cells, in 2 MB. */
const LIMITS = {
  bytes: 64 * 1024 ** 2,
  targets: 32,
  cells: 20_000,
  rows: 500,
  skips: 20_000,
  text: 2_000,
  label: 120,
} as const;

/**
 * Reads the files that a report is made of: what `bench run`, `bench self` and `bench rows` wrote, whichever is which.
 *
 * They may be anybody's: besides their shape it looks that they are not larger than a page has room for.
 *
 * @throws {StorageError} `FILE_NOT_FOUND`, `NEWER_FORMAT`, `PERMISSION_DENIED`, and `INVALID_ARCHIVE` with what is wrong where
 */
export async function readReportSources(paths: readonly string[]): Promise<readonly ReportSource[]> {
  const sources: ReportSource[] = [];
  for (const path of paths) {
    const name = basename(path).replace(/\.json$/, '');
    const taken = sources.filter((one) => one.name === name || one.name.startsWith(`${name} (`)).length;
    sources.push({ name: taken === 0 ? name : `${name} (${taken + 1})`, result: await readAny(path) });
  }
  return sources;
}

async function readAny(path: string): Promise<BenchResult | RowsResult> {
  const contents = await readBounded(path);
  const rows = /"format"\s*:\s*"graphdriver-rows"/.test(contents.slice(0, 1000));
  const result = rows ? parseRows(contents, path) : parseResult(contents, path);
  const excess = result.format === 'graphdriver-rows' ? excessOfRows(result) : excessOfGrid(result);
  if (excess !== undefined) throw tooMuch(path, excess);
  return result;
}

async function readBounded(path: string): Promise<string> {
  try {
    const { size } = await stat(path);
    if (size > LIMITS.bytes) throw tooMuch(path, `${size} bytes`);
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof StorageError) throw error;
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
      throw new StorageError('FILE_NOT_FOUND', `There is no result file ${path}.`, { cause: error });
    }
    throw toStorageError(error, `The result file ${path} could not be read`);
  }
}

function excessOfGrid({ targets, cases, skips, environment, startedAt, endedAt }: BenchResult): string | undefined {
  const grid = Object.values(cases).filter(isCopyUp);
  const factors = [
    new Set(grid.map(({ size }) => size)).size,
    new Set(grid.map(({ layers }) => layers)).size,
    2 * new Set(grid.map(({ directories }) => directories)).size,
  ];
  const cells =
    Math.max(
      factors.reduce((product, count) => product * count, 1),
      Object.keys(cases).length,
    ) * targets.length;
  if (targets.length > LIMITS.targets) return `${targets.length} targets`;
  if (cells > LIMITS.cells) return `${cells} cells`;
  if (skips.length > LIMITS.skips) return `${skips.length} skipped cases`;
  if (targets.some(({ label, driver }) => label.length > LIMITS.label || driver.length > LIMITS.label))
    return 'a long name of a target';
  const texts = [environment, startedAt, endedAt, ...targets, ...skips];
  return texts.some(hasLongText) ? 'a long text' : undefined;
}

function excessOfRows({ rows, skips, environment, filesystem, startedAt, endedAt }: RowsResult): string | undefined {
  if (rows.length > LIMITS.rows) return `${rows.length} rows`;
  if (rows.some(({ id }) => id.length > LIMITS.label)) return 'a long name of a row';
  return [environment, filesystem, startedAt, endedAt, ...rows, ...skips].some(hasLongText) ? 'a long text' : undefined;
}

function hasLongText(value: unknown): boolean {
  return JSON.stringify(value).length > 4 * LIMITS.text;
}

function tooMuch(path: string, what: string): StorageError {
  return new StorageError('INVALID_ARCHIVE', `${path} has ${what}, more than a report has room for.`, {
    hint: 'Measure fewer things in one run, or make a report of several files.',
  });
}
