import assert from 'node:assert/strict';
import { linkSync, mkdirSync, rmSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { Check } from '../check.ts';
import { canonicalDiff } from '../oracle/canonical-diff.ts';
import { expectedChanges, expectedSize, NOTHING } from '../oracle/expected-changes.ts';
import { put } from '../staging/files.ts';
import {
  assertRefused,
  assertView,
  changeLines,
  diffBytes,
  makeLayer,
  makeWritable,
  snapshotLayer,
  streamOf,
} from '../staging/layers.ts';
import { assertSameBytes, makePlain, makeScenario, type Scenario, settled } from '../staging/scenario.ts';
import { LATER } from '../staging/times.ts';

const SCENARIO: Scenario = {
  stage: (root) => {
    for (const path of ['etc/a', 'etc/b', 'usr/bin/c', 'lib/d']) put(root, path, `content of ${path}`);
    linkSync(join(root, 'etc/a'), join(root, 'lib/a'));
  },
  edit: (root) => {
    put(root, 'etc/b', 'another b');
    put(root, 'etc/new');
    unlinkSync(join(root, 'usr/bin/c'));
    put(root, 'usr/new');
  },
};

/** Diffs against something else than the parent, and diffs of layers that hardly have one. */
export const diffBaseChecks: readonly Check[] = [
  {
    id: 'diff/against-nothing',
    title: 'against `null` every file of the view is an `add`, and the archive alone makes the whole view',
    covers: ['moby:DriverTestDiffApply'],
    run: async (context) => {
      const { driver } = context;
      await makeScenario(context, SCENARIO);
      const plain = await makePlain(context, SCENARIO);
      const view = await snapshotLayer(context, 'layer');
      const changes = expectedChanges(view, NOTHING).filter((line) => line !== 'C /');
      assert.deepEqual(await changeLines(driver, 'layer', { base: null }), changes);
      assert.equal(await driver.diffSize('layer', { base: null }), expectedSize(view, changes));
      const archive = await diffBytes(driver, 'layer', { base: null });
      assertSameBytes(archive, await canonicalDiff(plain.upper, await context.scratch()), 'the archive');
      await driver.create('whole');
      await driver.applyDiff('whole', streamOf(archive));
      await assertView(context, 'whole', view);
    },
  },
  {
    id: 'diff/a-parentless-layer-is-compared-with-nothing',
    title: 'the diff of a layer without a parent is its diff against `null`',
    run: async ({ driver }) => {
      await makeWritable(driver, 'base', SCENARIO.stage);
      assert.deepEqual(await changeLines(driver, 'base'), await changeLines(driver, 'base', { base: null }));
      assertSameBytes(await diffBytes(driver, 'base'), await diffBytes(driver, 'base', { base: null }), 'the archive');
      assert.ok((await changeLines(driver, 'base')).length > 5, 'nothing was found in a layer with seven files');
    },
  },
  {
    id: 'diff/against-a-grandparent',
    title: 'against a layer further down the diff adds up all that happened since',
    run: async (context) => {
      const { driver } = context;
      await makeScenario(context, SCENARIO);
      await driver.commit('layer');
      await makeWritable(
        driver,
        'top',
        (root) => {
          put(root, 'usr/bin/c', 'content of usr/bin/c, again');
          rmSync(join(root, 'lib'), { recursive: true });
        },
        'layer',
      );
      const [upper, lower] = [await snapshotLayer(context, 'top'), await snapshotLayer(context, 'base')];
      assert.deepEqual(await changeLines(driver, 'top', { base: 'base' }), expectedChanges(upper, lower));
      await driver.create('copy', { parent: 'base' });
      await driver.applyDiff('copy', streamOf(await diffBytes(driver, 'top', { base: 'base' })));
      await assertView(context, 'copy', upper);
    },
  },
  {
    id: 'diff/against-a-sibling-and-a-child',
    title: 'against a sibling or a child the diff leads from that layer to this one',
    run: async (context) => {
      const { driver } = context;
      await makeScenario(context, SCENARIO);
      await driver.commit('layer');
      await makeLayer(driver, 'sibling', (root) => put(root, 'etc/of-the-sibling'), 'base');
      for (const [id, base] of [
        ['layer', 'sibling'],
        ['base', 'layer'],
      ] as const) {
        const [upper, lower] = [await snapshotLayer(context, id), await snapshotLayer(context, base)];
        assert.deepEqual(
          await changeLines(driver, id, { base }),
          expectedChanges(upper, lower),
          `${id} against ${base}`,
        );
        await makeWritable(driver, `${id}-again`, undefined, base);
        await driver.applyDiff(`${id}-again`, streamOf(await diffBytes(driver, id, { base })));
        await assertView(context, `${id}-again`, upper);
      }
    },
  },
  {
    id: 'diff/against-itself',
    title: 'against itself a layer has no changes, an archive without entries and the size 0',
    run: async (context) => {
      const { driver } = context;
      await makeScenario(context, SCENARIO);
      assert.deepEqual(await driver.changes('layer', { base: 'layer' }), []);
      assert.equal(await driver.diffSize('layer', { base: 'layer' }), 0);
      const archive = await diffBytes(driver, 'layer', { base: 'layer' });
      assert.ok(
        archive.every((byte) => byte === 0),
        'the archive has an entry',
      );
    },
  },
  {
    id: 'diff/of-an-untouched-layer',
    title: 'a new layer has no changes, and its archive makes nothing',
    run: async (context) => {
      const { driver } = context;
      await makeLayer(driver, 'base', SCENARIO.stage);
      await driver.create('layer', { parent: 'base' });
      assert.deepEqual(await driver.changes('layer'), []);
      assert.equal(await driver.diffSize('layer'), 0);
      const archive = await diffBytes(driver, 'layer');
      assert.ok(
        archive.every((byte) => byte === 0),
        'the archive has an entry',
      );
      assert.deepEqual(await driver.applyDiff('layer', streamOf(archive)), { size: 0 });
    },
  },
  {
    id: 'diff/of-a-committed-layer-is-that-of-the-writable-one',
    title: 'committing a layer changes neither its changes nor a byte of its archive',
    run: async (context) => {
      const { driver } = context;
      await makeScenario(context, SCENARIO);
      const [changes, archive] = [await changeLines(driver, 'layer'), await diffBytes(driver, 'layer')];
      await driver.commit('layer');
      assert.deepEqual(await changeLines(driver, 'layer'), changes);
      assertSameBytes(await diffBytes(driver, 'layer'), archive, 'the archive');
      assert.equal(changes.length, 7);
    },
  },
  {
    id: 'diff/the-same-change-gives-the-same-bytes',
    title:
      'two layers with the same change, made in another order and by detours, have the same archive, each time it is asked for',
    covers: ['moby:layer TestTarStreamStability'],
    run: async (context) => {
      const { driver } = context;
      await makeScenario(context, SCENARIO);
      const detour = (root: string) => {
        put(root, 'usr/new');
        put(root, 'etc/passing');
        put(root, 'etc/new', 'not yet');
        mkdirSync(join(root, 'etc/passing-too'));
        put(root, 'usr/bin/c', 'touched before it goes');
        unlinkSync(join(root, 'usr/bin/c'));
        put(root, 'etc/b', 'b in between');
        rmSync(join(root, 'etc/passing-too'), { recursive: true });
        put(root, 'etc/b', 'another b');
        unlinkSync(join(root, 'etc/passing'));
        put(root, 'etc/new');
      };
      await makeWritable(driver, 'detour', settled(context, detour, LATER), 'base');
      const archive = await diffBytes(driver, 'layer');
      assertSameBytes(await diffBytes(driver, 'layer'), archive, 'the second archive');
      assertSameBytes(await diffBytes(driver, 'detour'), archive, 'the archive of the other layer');
    },
  },
  {
    id: 'diff/unknown-layers-are-refused',
    title: 'a diff of, or against, a layer that is not there fails with LAYER_NOT_FOUND when it is first read',
    run: async ({ driver }) => {
      await makeWritable(driver, 'layer');
      await assertRefused(diffBytes(driver, 'missing'), 'LAYER_NOT_FOUND', 'diff');
      await assertRefused(
        diffBytes(driver, 'layer', { base: 'missing' }),
        'LAYER_NOT_FOUND',
        'diff against a missing base',
      );
      await assertRefused(driver.changes('missing'), 'LAYER_NOT_FOUND', 'changes');
      await assertRefused(
        driver.changes('layer', { base: 'missing' }),
        'LAYER_NOT_FOUND',
        'changes against a missing base',
      );
      await assertRefused(driver.diffSize('missing'), 'LAYER_NOT_FOUND', 'diffSize');
      await assertRefused(driver.applyDiff('missing', streamOf(Buffer.alloc(1024))), 'LAYER_NOT_FOUND', 'applyDiff');
    },
  },
];
