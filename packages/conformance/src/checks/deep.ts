import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Capabilities } from '@graphdriver/core';
import type { Check } from '../check.ts';
import { snapshotTree } from '../oracle/tree-snapshot.ts';
import { put, textOf } from '../staging/files.ts';
import { assertView, makeLayer, viewing } from '../staging/layers.ts';
import { LATER, settleTimes } from '../staging/times.ts';

const DEPTH = 128;

/** Chains as long as engines make them, and lists of changes at every depth of a path. */
export const deepChecks: readonly Check[] = [
  {
    id: 'deep/reads-through-a-long-chain',
    title:
      'the top of a chain of 128 layers shows the newest version of a file, a file of every layer, and the first one',
    covers: ['moby:DriverTestDeepLayerRead', 'moby:aufs TestMountMoreThan42Layers'],
    run: async (context) => {
      const { driver } = context;
      const depth = depthOf(context.capabilities);
      await makeLayer(driver, 'layer-0', (root) => put(root, 'base', 'of the first layer'));
      for (let index = 1; index < depth; index++) {
        const write = (root: string) => {
          put(root, 'top', `${index}`);
          put(root, `layer-${index}/own`, `${index}`);
        };
        await makeLayer(driver, `layer-${index}`, write, `layer-${index - 1}`);
      }
      await viewing(context, `layer-${depth - 1}`, (root) => {
        assert.equal(textOf(root, 'top'), `${depth - 1}`);
        assert.equal(textOf(root, 'base'), 'of the first layer');
        for (let index = 1; index < depth; index++) assert.equal(textOf(root, `layer-${index}/own`), `${index}`);
      });
    },
  },
  {
    id: 'deep/a-long-chain-equals-a-plain-directory',
    title:
      'every sixteenth layer of a chain of 128 that adds, overwrites and deletes equals a plain directory, and so it does at the end',
    covers: ['containerd:check128LayersMount'],
    run: async (context) => {
      const { driver } = context;
      const depth = depthOf(context.capabilities);
      const plain = await context.scratch();
      for (let index = 0; index < depth; index++) {
        const edit = (root: string) => editRound(root, index);
        await makeLayer(driver, `layer-${index}`, edit, index === 0 ? undefined : `layer-${index - 1}`);
        edit(plain);
        if (index % 16 === 15) await assertView(context, `layer-${index}`, await snapshotTree(plain));
      }
      await assertView(context, `layer-${depth - 1}`, await snapshotTree(plain));
    },
  },
];

/** One layer of room is left for drivers that show a committed layer only through a child. */
function depthOf({ maxDepth }: Capabilities): number {
  return Math.min(DEPTH, maxDepth === null ? DEPTH : maxDepth - 1);
}

function editRound(root: string, index: number): void {
  put(root, `top-${index}`);
  put(root, `shared/${index % 8}`, `round ${index}`);
  put(root, `round-${index}/file`);
  if (index >= 5) rmSync(join(root, `round-${index - 5}`), { recursive: true });
  if (index >= 3 && index % 3 === 0) rmSync(join(root, `top-${index - 3}`));
  settleTimes(root, LATER + BigInt(index) * 1_000_000_000n);
}
