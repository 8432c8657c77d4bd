import assert from 'node:assert/strict';
import type { Driver } from '@graphdriver/core';
import type { Check } from '../check.ts';
import { put } from '../staging/files.ts';
import { diffBytes, editLayer, makeLayer, streamOf } from '../staging/layers.ts';
import { rawTar } from '../staging/raw-tar.ts';
import { longestBlock, workingDirectories } from '../staging/watch.ts';

/** Milliseconds. The contract says "a few"; a busy host adds its own, and what blocks for good takes longer than this. */
const BOUND = 250;
/** A host that others use may stop any process for a while, but hardly three times at the same place. */
const ATTEMPTS = 3;
const FILES = 1200;

/** What calls do to the process that makes them. */
export const considerateCallChecks: readonly Check[] = [
  {
    id: 'concurrency/the-event-loop-goes-on',
    title: 'no call on a layer of more than a thousand files keeps the event loop from turning',
    async run({ driver, patience }) {
      const bound = BOUND * patience;
      const archive = rawTar(
        Array.from({ length: FILES }, (_, index) => ({
          name: `directory-${index % 40}/file-${index}`,
          content: 'content',
        })),
      );
      const longest = new Map<string, number>();
      for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
        for (const [what, act] of longCalls(driver, archive)) {
          longest.set(what, Math.min(longest.get(what) ?? Number.POSITIVE_INFINITY, await longestBlock(act)));
        }
        if ([...longest.values()].every((time) => time < bound)) break;
      }
      for (const [what, time] of longest) {
        assert.ok(time < bound, `${what} blocked the event loop for ${Math.round(time)} ms, ${ATTEMPTS} times over`);
      }
    },
  },
  {
    id: 'concurrency/the-working-directory-stays',
    title: 'no call changes the working directory of the process, not even for a moment',
    async run({ driver }) {
      const seen = await workingDirectories(async () => {
        await makeLayer(driver, 'base', (root) => put(root, 'file'));
        await driver.create('layer', { parent: 'base' });
        await editLayer(driver, 'layer', (root) => put(root, 'directory/more'));
        await driver.applyDiff('layer', streamOf(rawTar([{ name: 'applied' }])));
        await driver.changes('layer');
        await diffBytes(driver, 'layer');
        await driver.usage('layer');
        await driver.remove('layer');
      });
      assert.deepEqual(seen, [process.cwd()]);
    },
  },
];

/** What takes long on a large layer, in an order that works and leaves nothing. */
function longCalls(driver: Driver, archive: Uint8Array): readonly (readonly [string, () => Promise<unknown>])[] {
  return [
    ['create', () => driver.create('base')],
    ['applyDiff', () => driver.applyDiff('base', streamOf(archive))],
    ['usage', () => driver.usage('base')],
    ['commit', () => driver.commit('base')],
    ['create of a child', () => driver.create('child', { parent: 'base' })],
    ['changes', () => driver.changes('child')],
    ['diff', () => diffBytes(driver, 'base')],
    ['reclaimable', () => driver.reclaimable('base')],
    ['remove of the child', () => driver.remove('child')],
    ['remove', () => driver.remove('base')],
  ];
}
