import { tmpdir } from 'node:os';
import { throwIfAborted } from '@graphdriver/core';
import { makeDirectory } from '@graphdriver/host';
import { readEnvironment, readFilesystem } from '../environment.ts';
import { firstFailure } from '../first-failure.ts';
import { type BaseArchive, makeBaseArchive } from './base-archive.ts';
import type { Row } from './row.ts';
import { rowPrograms } from './row-programs.ts';
import { scratchIn } from './row-scratch.ts';
import { FULL_SIZES, type RowSizes } from './row-sizes.ts';
import type { RowProgram, RowStage } from './row-stage.ts';
import { ROWS_VERSION, type RowRecord, type RowSample, type RowSkip, type RowsResult } from './rows-result.ts';

/** How far a run is. */
export interface RowsProgress {
  readonly row: Row;
  /** Rows that are done. */
  readonly done: number;
  readonly total: number;
  /** Share of the row at work that is done, from 0 to 1; its preparation, such as 10,000 layers to be made, counts as nothing. */
  readonly fraction: number;
}

/** Options of {@link runRows}. */
export interface RowsOptions {
  /** Ids of the rows to measure, or what they begin with up to a slash; all of them unless given. */
  readonly only?: readonly string[];
  /** An existing directory to work in, best on ext4; the system's temporary one unless given. */
  readonly directory?: string;
  /** The command line to be measured, as in `['node', 'main.js']`; those rows are skipped without it. */
  readonly program?: readonly string[];
  /** The tar archive of a root file system to unpack and copy; a Debian root is made unless given, or files are generated. */
  readonly archive?: string;
  /** Whether a Debian root may be fetched from a mirror, which takes some 20 s; true unless given. */
  readonly debian?: boolean;
  /** Deviations from {@link FULL_SIZES}, for a quick look or a test: the targets are meant for the full ones. */
  readonly sizes?: Partial<RowSizes>;
  /** Of generated files and of resampling; 1 unless given. */
  readonly seed?: number;
  readonly onProgress?: (progress: RowsProgress) => void;
  /** Ends the run early: the result then has what was measured until then, and `complete` is false. */
  readonly signal?: AbortSignal;
}

/**
 * Measures rows one after another in this process, and returns all samples.
 *
 * Takes some eight minutes for all rows. A row that cannot be measured is in `skips` with its reason and does not spoil the others.
 * Everything that was made is removed before this returns.
 *
 * @throws {TypeError} where `only` names no row; {StorageError} `ABORTED` if `signal` was aborted before anything began
 */
export async function runRows(options: RowsOptions = {}): Promise<RowsResult> {
  throwIfAborted(options.signal, 'The measurement');
  const sizes = { ...FULL_SIZES, ...options.sizes };
  const programs = chosen(rowPrograms(sizes), options.only);
  const directory = options.directory ?? tmpdir();
  const startedAt = new Date().toISOString();
  const environment = await readEnvironment();
  const run = new RowsRun(programs, { ...options, directory }, sizes);
  await run.measure();
  return {
    format: 'graphdriver-rows',
    version: ROWS_VERSION,
    startedAt,
    endedAt: new Date().toISOString(),
    complete: options.signal?.aborted !== true,
    seed: options.seed ?? 1,
    environment,
    filesystem: readFilesystem(directory),
    rows: run.rows,
    samples: run.samples,
    skips: run.skips,
  };
}

function chosen(programs: readonly RowProgram[], only: readonly string[] | undefined): readonly RowProgram[] {
  if (only === undefined || only.length === 0) return programs;
  const matches = (id: string, name: string): boolean => id === name || id.startsWith(`${name}/`);
  const stray = only.find((name) => !programs.some(({ row }) => matches(row.id, name)));
  if (stray !== undefined) throw new TypeError(`There is no row ${stray}. ${hintFor(stray, programs)}`);
  return programs.filter(({ row }) => only.some((name) => matches(row.id, name)));
}

function hintFor(stray: string, programs: readonly RowProgram[]): string {
  const ids = programs.map(({ row }) => row.id);
  const last = stray.slice(stray.lastIndexOf('/') + 1);
  const likely = ids.filter((id) => last !== '' && id.includes(last));
  if (likely.length > 0) return `Is it one of these? ${likely.join(', ')}.`;
  return `They begin with ${[...new Set(ids.map((id) => id.split('/')[0]))].join(', ')}.`;
}

class RowsRun {
  readonly rows: RowRecord[] = [];
  readonly samples: RowSample[] = [];
  readonly skips: RowSkip[] = [];
  readonly #programs: readonly RowProgram[];
  readonly #options: RowsOptions & { readonly directory: string };
  readonly #sizes: RowSizes;
  readonly #signal: AbortSignal;
  #archive: Promise<BaseArchive> | undefined;

  constructor(programs: readonly RowProgram[], options: RowsOptions & { readonly directory: string }, sizes: RowSizes) {
    this.#programs = programs;
    this.#options = options;
    this.#sizes = sizes;
    this.#signal = options.signal ?? new AbortController().signal;
  }

  async measure(): Promise<void> {
    await using scratch = scratchIn(this.#options.directory);
    for (const [index, program] of this.#programs.entries()) {
      if (this.#signal.aborted) return;
      const place = `${scratch.path}/row-${index}`;
      await this.#measureRow(program, place, scratch.path, index);
    }
  }

  async #measureRow({ row, ...program }: RowProgram, directory: string, shared: string, done: number): Promise<void> {
    const facts: string[] = [];
    const progress = (fraction: number): void =>
      this.#options.onProgress?.({ row, done, total: this.#programs.length, fraction });
    const stage: RowStage = {
      directory,
      sizes: this.#sizes,
      seed: this.#options.seed ?? 1,
      signal: this.#signal,
      program: this.#options.program ?? null,
      archive: () => this.#makeArchive(shared),
      note: (fact) => {
        if (!facts.includes(fact)) facts.push(fact);
      },
      progress,
    };
    progress(0);
    makeDirectory(directory);
    this.rows.push({ ...row, facts });
    try {
      const refusal = await program.refusal(stage);
      if (refusal !== null) this.skips.push({ row: row.id, reason: refusal });
      else this.samples.push(...(await program.measure(stage)).map((reading) => ({ row: row.id, ...reading })));
    } catch (error) {
      if (!this.#signal.aborted) this.skips.push({ row: row.id, reason: firstFailure(error) });
    }
    progress(1);
  }

  /** Made in the run's own folder, for the first row that asks. */
  #makeArchive(shared: string): Promise<BaseArchive> {
    this.#archive ??= this.#makeArchiveIn(`${shared}/archive`);
    return this.#archive;
  }

  async #makeArchiveIn(directory: string): Promise<BaseArchive> {
    makeDirectory(directory);
    const { archive, debian = true, seed = 1 } = this.#options;
    return await makeBaseArchive({
      directory,
      debian,
      bytes: this.#sizes.treeBytes,
      files: this.#sizes.treeFiles,
      seed,
      signal: this.#signal,
      ...(archive === undefined ? {} : { given: archive }),
    });
  }
}
