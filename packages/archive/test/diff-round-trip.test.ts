import { mkdirSync } from 'node:fs';
import { copyTree } from '@graphdriver/host';
import { scratchRoot } from '@graphdriver/testkit';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compareTrees, diffSizeOf, directoryTree, packDiff, type TreeChange, unpackLayer } from '../src/index.ts';
import { applyEdits, edits } from './support/random-edits.ts';
import { snapshotOf } from './support/tree-snapshot.ts';

const now = (): bigint => BigInt(Date.now()) * 1_000_000n;

test('applying the difference of two trees to a copy of the first gives the second', async () => {
  await fc.assert(
    fc.asyncProperty(edits(40), edits(25), async (before, after) => {
      await using scratch = await scratchRoot();
      const [a, copy, b] = [`${scratch.path}/a`, `${scratch.path}/copy`, `${scratch.path}/b`];
      mkdirSync(a);
      applyEdits(a, before);
      await copyTree(a, copy);
      await copyTree(a, b);
      const unchangedSince = now();
      applyEdits(b, after);

      const changes = (): AsyncIterable<TreeChange> =>
        compareTrees(directoryTree(b), directoryTree(a), { unchangedSince });
      const applied = await unpackLayer(packDiff(changes()), { root: copy, whiteouts: 'remove', lower: null });

      expect(snapshotOf(directoryTree(copy))).toEqual(snapshotOf(directoryTree(b)));
      expect(applied.size).toBe(await diffSizeOf(changes()));
    }),
    { numRuns: Number(process.env['GRAPHDRIVER_TEST_RUNS'] ?? 100) },
  );
});
