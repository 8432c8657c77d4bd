import {
  type ApplyResult,
  assertLayerId,
  type CallOptions,
  type Change,
  type DiffOptions,
  type LayerDiffs,
  type LayerDriver,
  type LayerFile,
  type LayerRecord,
  refuseUnknownKeys,
  throwIfAborted,
} from '@graphdriver/core';
import { toStorageError } from '@graphdriver/host';
import { compareTrees } from './compare-trees.ts';
import { diffSizeOf } from './diff-size.ts';
import type { DiffSource, OpenView } from './diff-source.ts';
import { emptyTree } from './empty-tree.ts';
import { InputArchive } from './input-archive.ts';
import { filePathOf, openFileIn } from './layer-file.ts';
import { packDiff } from './pack-diff.ts';
import { changeOf, type TreeChange } from './tree-change.ts';
import { unpackLayer } from './unpack-layer.ts';

const DIFF_OPTIONS = ['base', 'signal'];
const CALL_OPTIONS = ['signal'];

/** The diff half of the contract, made from the views and targets that a driver lends. */
export class SourcedDiffs implements LayerDiffs {
  readonly #driver: LayerDriver;
  readonly #source: DiffSource;

  constructor(driver: LayerDriver, source: DiffSource) {
    this.#driver = driver;
    this.#source = source;
  }

  diff(id: string, options: DiffOptions = {}): AsyncIterable<Uint8Array> {
    checkArguments(id, options, 'diff');
    return this.#pack(id, options);
  }

  async changes(id: string, options: DiffOptions = {}): Promise<readonly Change[]> {
    checkArguments(id, options, 'changes');
    return await asStorageError(`The changes of the layer ${id} could not be read.`, options, async () => {
      const changes: Change[] = [];
      for await (const change of this.#compare(id, options)) changes.push(changeOf(change));
      return changes;
    });
  }

  async diffSize(id: string, options: DiffOptions = {}): Promise<number> {
    checkArguments(id, options, 'diffSize');
    const what = `The size of the layer ${id}'s diff could not be read.`;
    return await asStorageError(what, options, () => diffSizeOf(this.#compare(id, options)));
  }

  async applyDiff(id: string, archive: AsyncIterable<Uint8Array>, options: CallOptions = {}): Promise<ApplyResult> {
    const input = new InputArchive(archive);
    try {
      assertLayerId(id);
      refuseUnknownKeys(options, CALL_OPTIONS, 'applyDiff');
      throwIfAborted(options.signal, `Applying an archive to the layer ${id}`);
      return await asStorageError(`The archive could not be applied to the layer ${id}.`, options, () =>
        this.#source.apply(id, options, (target) => unpackLayer(input, target, options)),
      );
    } finally {
      await input.close();
    }
  }

  async openLayerFile(id: string, path: string | Uint8Array, options: CallOptions = {}): Promise<LayerFile> {
    assertLayerId(id);
    refuseUnknownKeys(options, CALL_OPTIONS, 'openLayerFile');
    return await asStorageError(`The file could not be opened in the layer ${id}.`, options, async () => {
      throwIfAborted(options.signal, `Opening a file of the layer ${id}`);
      const view = await this.#source.openView(id, options);
      try {
        return openFileIn(view, filePathOf(path), options.signal);
      } catch (error) {
        await view[Symbol.asyncDispose]();
        throw error;
      }
    });
  }

  async *#pack(id: string, options: DiffOptions): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      for await (const chunk of packDiff(this.#compare(id, options), callOptions(options))) {
        throwIfAborted(options.signal, `Reading the diff of the layer ${id}`);
        yield chunk;
      }
    } catch (error) {
      throw toStorageError(error, `The diff of the layer ${id} could not be read.`, options.signal);
    }
  }

  async *#compare(id: string, options: DiffOptions): AsyncGenerator<TreeChange, void, undefined> {
    throwIfAborted(options.signal, `Reading the diff of the layer ${id}`);
    const record = await this.#driver.stat(id);
    const base = options.base === undefined ? record.parent : options.base;
    if (base === id) return;
    await using upper = await this.#source.openView(id, callOptions(options));
    if (base === null) {
      yield* compareTrees(upper.tree, emptyTree, callOptions(options));
      return;
    }
    await using lower = await this.#source.openView(base, callOptions(options));
    yield* base === record.parent
      ? this.#compareWithParent(record, upper, lower, options)
      : this.#compareWith(upper, lower, options);
  }

  async *#compareWithParent(
    record: LayerRecord,
    upper: OpenView,
    lower: OpenView,
    options: DiffOptions,
  ): AsyncGenerator<TreeChange> {
    yield* compareTrees(upper.tree, lower.tree, {
      touched: await this.#source.touched(record.id),
      unchangedSince: nanoseconds(record.createdAt),
      timestampGranularity: this.#driver.capabilities.timestampGranularity,
      signal: options.signal,
    });
  }

  /** Nothing is known about when two layers that are not parent and child were alike: all contents are compared. */
  #compareWith(upper: OpenView, lower: OpenView, options: DiffOptions): AsyncGenerator<TreeChange> {
    return compareTrees(upper.tree, lower.tree, { signal: options.signal });
  }
}

/** A time of a record, RFC 3339, in nanoseconds since 1970. */
export function nanoseconds(time: string): bigint {
  return BigInt(Date.parse(time)) * 1_000_000n;
}

function checkArguments(id: string, options: DiffOptions, what: string): void {
  assertLayerId(id);
  refuseUnknownKeys(options, DIFF_OPTIONS, what);
  if (options.base !== undefined && options.base !== null) assertLayerId(options.base, 'base');
}

function callOptions({ signal }: CallOptions): CallOptions {
  return signal === undefined ? {} : { signal };
}

async function asStorageError<T>(what: string, { signal }: CallOptions, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    // Wrong arguments are the caller's mistake and stay what they are.
    throw error instanceof TypeError ? error : toStorageError(error, what, signal);
  }
}
