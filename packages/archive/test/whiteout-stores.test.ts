import { mkdirSync } from 'node:fs';
import { isStorageError } from '@graphdriver/core';
import { copyTree, createMounter, removeTree } from '@graphdriver/host';
import { machineLock, privilegeReason, requireOrSkip, scratchRoot } from '@graphdriver/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { OverlayNotation } from '../src/branch-notation.ts';
import { directoryTree } from '../src/directory-tree.ts';
import type { TarEntry } from '../src/tar-entry.ts';
import { unpackLayer } from '../src/unpack-layer.ts';
import type { UnpackTarget } from '../src/unpack-target.ts';
import { deletion, members, nodes } from './support/random-archive.ts';
import { applyEdits, edits } from './support/random-edits.ts';
import { archiveOf, streamOf } from './support/tar-bytes.ts';
import { type NodeSnapshot, snapshotOf } from './support/tree-snapshot.ts';

const reason = requireOrSkip('archive', privilegeReason());
const mounter = createMounter();

type Outcome = 'INVALID_ARCHIVE' | Record<string, NodeSnapshot>;

/** Directories for one run, empty: the kernel's overlay of `lower` and `upper` can be mounted at `view`. */
class Scene {
  readonly lower: string;
  readonly upper: string;
  readonly copy: string;
  readonly #work: string;
  readonly #view: string;
  readonly #notation: OverlayNotation;

  constructor(path: string, notation: OverlayNotation) {
    this.#notation = notation;
    this.lower = `${path}/lower`;
    this.upper = `${path}/upper`;
    this.copy = `${path}/copy`;
    this.#work = `${path}/work`;
    this.#view = `${path}/view`;
  }

  async reset(): Promise<void> {
    await removeTree(this.copy);
    await removeTree(this.lower);
    mkdirSync(this.lower);
    await this.resetUpper();
  }

  async resetUpper(): Promise<void> {
    for (const path of [this.upper, this.#work, this.#view]) {
      await removeTree(path);
      mkdirSync(path);
    }
  }

  async mounted<T>(use: (view: string) => T | Promise<T>): Promise<T> {
    const options = [
      ['lowerdir', this.lower],
      ['upperdir', this.upper],
      ['workdir', this.#work],
      ['index', 'off'],
      ...(this.#notation === 'overlay' ? [['redirect_dir', 'off'] as const] : [['userxattr'] as const]),
    ] as const;
    await mounter.mount({ type: 'overlay', source: 'overlay', target: this.#view, options });
    try {
      return await use(this.#view);
    } finally {
      await mounter.unmount(this.#view);
    }
  }

  async intoUpper(entries: readonly TarEntry[]): Promise<Outcome> {
    const target: UnpackTarget = { root: this.upper, whiteouts: this.#notation, lower: directoryTree(this.lower) };
    return (await refused(entries, target)) ?? (await this.mounted((view) => snapshotOf(directoryTree(view))));
  }

  async intoCopy(entries: readonly TarEntry[]): Promise<Outcome> {
    const refusal = await refused(entries, { root: this.copy, whiteouts: 'remove', lower: null });
    return refusal ?? snapshotOf(directoryTree(this.copy));
  }
}

async function refused(entries: readonly TarEntry[], target: UnpackTarget): Promise<'INVALID_ARCHIVE' | undefined> {
  try {
    await unpackLayer(streamOf(await archiveOf(...entries)), target);
    return undefined;
  } catch (error) {
    if (isStorageError(error, 'INVALID_ARCHIVE')) return 'INVALID_ARCHIVE';
    throw error;
  }
}

/** Hard links of one lower file do not survive copy_up, in no overlay, so the tree underneath has none. */
const singleNames = edits(25).map((sequence) => sequence.filter(({ what }) => what !== 'link'));

const notations: readonly OverlayNotation[] = ['overlay', 'overlay-user'];

describe.skipIf(reason !== null).each(notations)(
  'a deletion in the view and in an upper directory of notation %s',
  (notation) => {
    it('show the same tree over an empty upper directory', async () => {
      await using _lock = await machineLock();
      await using scratch = await scratchRoot();
      const scene = new Scene(scratch.path, notation);
      await fc.assert(
        fc.asyncProperty(singleNames, members, async (below, entries) => {
          await scene.reset();
          applyEdits(scene.lower, below);
          await copyTree(scene.lower, scene.copy);
          expect(await scene.intoUpper(entries)).toEqual(await scene.intoCopy(entries));
        }),
        { numRuns: 200 },
      );
    });

    it('show the same tree over an upper directory in which containers have been at work', async () => {
      await using _lock = await machineLock();
      await using scratch = await scratchRoot();
      const scene = new Scene(scratch.path, notation);
      await fc.assert(
        fc.asyncProperty(singleNames, singleNames, members, async (below, above, entries) => {
          await scene.reset();
          applyEdits(scene.lower, below);
          await scene.mounted(async (view) => {
            applyEdits(view, above);
            await copyTree(view, scene.copy);
          });
          expect(await scene.intoUpper(entries)).toEqual(await scene.intoCopy(entries));
        }),
        { numRuns: 150 },
      );
    });

    it('hide nothing that the archive itself brings, wherever in it the deletions stand', async () => {
      await using _lock = await machineLock();
      await using scratch = await scratchRoot();
      const scene = new Scene(scratch.path, notation);
      const positions = fc.array(fc.nat(100), { minLength: 4, maxLength: 4 });
      await fc.assert(
        fc.asyncProperty(
          singleNames,
          nodes,
          fc.array(deletion, { maxLength: 4 }),
          positions,
          async (below, made, deletions, at) => {
            const scattered = [...made];
            for (const [index, entry] of deletions.entries())
              scattered.splice((at[index] ?? 0) % (scattered.length + 1), 0, entry);
            const outcomes: Outcome[] = [];
            await scene.reset();
            applyEdits(scene.lower, below);
            for (const entries of [[...deletions, ...made], [...made, ...deletions], scattered]) {
              await scene.resetUpper();
              outcomes.push(await scene.intoUpper(entries));
            }
            // A member that needs a parent which only a deletion takes out of the way depends on the order; most do not.
            fc.pre(!outcomes.includes('INVALID_ARCHIVE'));
            expect(outcomes[1]).toEqual(outcomes[0]);
            expect(outcomes[2]).toEqual(outcomes[0]);
          },
        ),
        { numRuns: 60 },
      );
    });
  },
);
