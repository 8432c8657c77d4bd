import { randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import {
  createDirectory,
  exchangeFiles,
  isErrno,
  removeTree,
  renameFile,
  toStorageError,
  writeFileAtomicSync,
} from '@graphdriver/host';
import { PAGE_MARK } from './page.ts';
import type { PngRenderer } from './render-png.ts';
import type { Report } from './report.ts';

/** How to write a report. */
export interface WriteReportOptions {
  /** Draws the charts as PNG as well. */
  readonly png?: PngRenderer;
  readonly signal?: AbortSignal;
  /** Told after each chart. */
  readonly onProgress?: (done: number, all: number) => void;
}

/** What a report's directory holds, and nothing else. */
const ENTRIES: readonly string[] = ['charts', 'index.html', 'tables'];

/**
 * Writes a report: `index.html`, `charts/` and `tables/`, all of it or nothing. It is made in a directory beside, which then takes the
 * place of `directory`; an earlier report there is replaced, anything else is left alone.
 *
 * @throws {TypeError} where the directory holds something else than a report
 * @throws {StorageError} `PERMISSION_DENIED`, `OUT_OF_SPACE`, `ABORTED`, `SYSTEM_CALL_FAILED`; nothing is left beside
 */
export async function writeReport(directory: string, report: Report, options: WriteReportOptions = {}): Promise<void> {
  const target = resolve(directory);
  await contentOf(target);
  const aside = join(dirname(target), `.${basename(target)}.${randomBytes(6).toString('hex')}.part`);
  try {
    createDirectory(aside, 0o755);
    await fill(aside, report, options);
    // Looked at again: drawing takes seconds.
    if ((await contentOf(target)) === 'report') exchangeFiles(aside, target);
    else renameFile(aside, target);
  } catch (error) {
    if (error instanceof TypeError) throw error;
    throw toStorageError(error, `The report could not be written to ${directory}`, options.signal);
  } finally {
    await removeTree(aside);
  }
}

/** Tells what is in the way. */
async function contentOf(target: string): Promise<'nothing' | 'report'> {
  const names = await readdir(target).catch((error: unknown) => {
    if (isErrno(error, 'ENOENT')) return [];
    if (isErrno(error, 'ENOTDIR')) throw new TypeError(`${target} is no directory.`);
    throw toStorageError(error, `The directory ${target} could not be read`);
  });
  if (names.length === 0) return 'nothing';
  const page = await readFile(join(target, 'index.html'), 'utf8').catch(() => '');
  if (names.every((name) => ENTRIES.includes(name)) && page.slice(0, 500).includes(PAGE_MARK)) return 'report';
  throw new TypeError(
    `${target} holds something else than a report: name another directory, or one that does not exist.`,
  );
}

async function fill(directory: string, { page, charts, tables }: Report, options: WriteReportOptions): Promise<void> {
  const { png, signal, onProgress } = options;
  for (const name of ['charts', 'tables']) createDirectory(join(directory, name), 0o755);
  for (const [name, content] of Object.entries(tables)) writeFileAtomicSync(join(directory, 'tables', name), content);
  for (const [index, { name, svg }] of charts.entries()) {
    signal?.throwIfAborted();
    writeFileAtomicSync(join(directory, 'charts', name), svg);
    if (png !== undefined) {
      writeFileAtomicSync(join(directory, 'charts', name.replace(/svg$/, 'png')), await png(svg));
    }
    onProgress?.(index + 1, charts.length);
  }
  writeFileAtomicSync(join(directory, 'index.html'), page);
}
