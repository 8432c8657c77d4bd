import { type CallOptions, isStorageError, type LayerDriver, type Mount, StorageError } from '@graphdriver/core';
import { compareTrees } from './compare-trees.ts';
import type { DiffSource, OpenView } from './diff-source.ts';
import { directoryTree } from './directory-tree.ts';
import { emptyTree } from './empty-tree.ts';
import { KeyedTurns } from './keyed-turns.ts';
import { nanoseconds } from './layer-diffs.ts';
import { packDiff } from './pack-diff.ts';
import { SpoolFile } from './spool-file.ts';
import type { Touched, Tree } from './tree.ts';
import type { TreeChange } from './tree-change.ts';
import { unpackLayer } from './unpack-layer.ts';
import type { UnpackTarget } from './unpack-target.ts';

/** Views and targets for diffs, from mounts alone. See `withNaiveDiff` for what that costs. */
export class NaiveDiffSource implements DiffSource {
  readonly #driver: LayerDriver;
  readonly #turns = new KeyedTurns();

  constructor(driver: LayerDriver) {
    this.#driver = driver;
  }

  openView(id: string, options: CallOptions): Promise<OpenView> {
    return this.#turns.run(id, async () => {
      const mount = await this.#mountForReading(id, options);
      try {
        return { tree: directoryTree(mount.path), [Symbol.asyncDispose]: () => mount[Symbol.asyncDispose]() };
      } catch (error) {
        await mount[Symbol.asyncDispose]();
        throw error;
      }
    });
  }

  touched(): Promise<Touched | null> {
    return Promise.resolve(null);
  }

  apply<T>(id: string, options: CallOptions, write: (target: UnpackTarget) => Promise<T>): Promise<T> {
    return this.#turns.run(id, async () => {
      await this.#refuseCommitted(id);
      await this.#refuseHeld(id, 0);
      await using mount = await this.#driver.get(id, options);
      // Whoever came in between the questions and our own hold would write to the layer, see the half of it, or have committed it.
      await this.#refuseCommitted(id);
      await this.#refuseHeld(id, 1);
      return await this.#writeOrRestore(mount, options, write);
    });
  }

  async #writeOrRestore<T>(
    mount: Mount,
    options: CallOptions,
    write: (target: UnpackTarget) => Promise<T>,
  ): Promise<T> {
    const target: UnpackTarget = { root: mount.path, whiteouts: 'remove', lower: null };
    const view = directoryTree(mount.path);
    const { parent, createdAt } = await this.#driver.stat(mount.id);
    await using base = await this.#openBase(parent);
    const unchangedSince = nanoseconds(createdAt);
    const timestampGranularity = this.#driver.capabilities.timestampGranularity;
    const before = compareTrees(view, base.tree, { unchangedSince, timestampGranularity, ...options });
    using saved = await SpoolFile.of(packDiff(before, options));
    try {
      return await write(target);
    } catch (error) {
      await restore(target, base.tree, saved, error);
      throw error;
    }
  }

  async #openBase(parent: string | null): Promise<OpenView> {
    if (parent !== null) return await this.openView(parent, {});
    return { tree: emptyTree, [Symbol.asyncDispose]: () => Promise.resolve() };
  }

  async #mountForReading(id: string, options: CallOptions): Promise<Mount> {
    const readOnly = this.#driver.capabilities.readOnlyViews;
    try {
      return await this.#driver.get(id, { ...options, readOnly });
    } catch (error) {
      // A layer that is held without durability is mounted like that or not at all.
      if (!isStorageError(error, 'LAYER_IN_USE')) throw error;
      return await this.#driver.get(id, { ...options, readOnly, volatile: true });
    }
  }

  async #refuseCommitted(id: string): Promise<void> {
    const { kind } = await this.#driver.stat(id);
    if (kind === 'writable') return;
    throw new StorageError('LAYER_COMMITTED', `The layer ${id} is committed and takes no archive.`, {
      hint: 'Make a child of it and apply the archive there.',
    });
  }

  async #refuseHeld(id: string, own: number): Promise<void> {
    const holders = (await this.#driver.holders(id)).filter((holder) => holder.live);
    if (holders.length <= own) return;
    throw new StorageError('LAYER_IN_USE', `The layer ${id} is held and takes no archive meanwhile.`, {
      hint: 'Give it back everywhere and try again.',
      details: { holders },
    });
  }
}

/** Makes the tree at `target` the base again, and then what it was. Nothing aborts it. */
async function restore(target: UnpackTarget, base: Tree, saved: SpoolFile, reason: unknown): Promise<void> {
  try {
    // What was added goes first: the disk may be full of it.
    const undo = (): AsyncGenerator<TreeChange> => compareTrees(base, directoryTree(target.root));
    await unpackLayer(packDiff(deletionsIn(undo())), target);
    await unpackLayer(packDiff(undo()), target);
    await unpackLayer(saved.read(), target);
  } catch (error) {
    throw new StorageError(
      'CORRUPT_LAYER',
      'An archive was half applied to a layer, and that could not be taken back.',
      {
        hint: 'Remove the layer.',
        cause: error,
        details: { reason },
      },
    );
  }
}

async function* deletionsIn(changes: AsyncIterable<TreeChange>): AsyncGenerator<TreeChange> {
  for await (const change of changes) if (change.kind === 'delete') yield change;
}
