import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { chmodSync, closeSync, ftruncateSync, linkSync, openSync } from 'node:fs';
import { join } from 'node:path';
import type { Usage } from '@graphdriver/core';
import type { Check } from '../check.ts';
import { put } from '../staging/files.ts';
import { assertRefused, editLayer, makeLayer, makeWritable } from '../staging/layers.ts';
import { comesTrue } from '../staging/soon.ts';

const MEGABYTE = 1 << 20;

/** What directories, books and rounding to blocks may add. */
const SLACK = 128 * 1024;

/** What a layer is said to take, and to give back. */
export const usageChecks: readonly Check[] = [
  {
    id: 'usage/counts-what-the-layer-adds',
    title: "the usage of a layer is that of its own files, not of its parent's",
    covers: ['containerd:Usage', 'containers/storage:ReadWriteDiskUsage'],
    run: async ({ driver }) => {
      await makeLayer(driver, 'base', (root) => put(root, 'old', randomBytes(3 * MEGABYTE)));
      await makeWritable(driver, 'layer', undefined, 'base');
      const empty = await driver.usage('layer');
      assertAbout(empty, 0, 'an empty layer');
      await editLayer(driver, 'layer', (root) => {
        put(root, 'new', randomBytes(MEGABYTE));
        for (let index = 0; index < 10; index++) put(root, `many/${index}`);
      });
      const usage = await driver.usage('layer');
      assertAbout(usage, MEGABYTE, 'a layer with one megabyte');
      assert.ok(usage.inodes - empty.inodes >= 12 && usage.inodes - empty.inodes <= 13, `${usage.inodes} inodes`);
      assertAbout(await driver.usage('base'), 3 * MEGABYTE, 'the base');
    },
  },
  {
    id: 'usage/counts-what-is-replaced',
    title: 'a lower file that is changed counts with its new size',
    run: async ({ driver }) => {
      await makeLayer(driver, 'base', (root) => put(root, 'file', randomBytes(MEGABYTE)));
      await makeWritable(driver, 'layer', (root) => put(root, 'file', randomBytes(2 * MEGABYTE)), 'base');
      assertAbout(await driver.usage('layer'), 2 * MEGABYTE, 'a layer that replaces a file');
    },
  },
  {
    id: 'usage/is-recorded-at-commit',
    title: 'the usage of a committed layer stays the same whatever its children do',
    run: async ({ driver }) => {
      await makeLayer(driver, 'base', (root) => put(root, 'file', randomBytes(MEGABYTE)));
      const recorded = await driver.usage('base');
      assertAbout(recorded, MEGABYTE, 'the base');
      await makeLayer(driver, 'child', (root) => put(root, 'file', randomBytes(2 * MEGABYTE)), 'base');
      await makeWritable(driver, 'sibling', (root) => chmodSync(join(root, 'file'), 0o600), 'base');
      assert.deepEqual(await driver.usage('base'), recorded);
      await driver.remove('sibling');
      await driver.remove('child');
      assert.deepEqual(await driver.usage('base'), recorded);
    },
  },
  {
    id: 'usage/counts-hard-links-once',
    title: 'a file with several names counts once',
    run: async ({ driver }) => {
      await makeWritable(driver, 'layer', (root) => {
        put(root, 'first', randomBytes(MEGABYTE));
        for (let index = 0; index < 5; index++) linkSync(join(root, 'first'), join(root, `link-${index}`));
      });
      const usage = await driver.usage('layer');
      assertAbout(usage, MEGABYTE, 'a file of six names');
      assert.ok(usage.inodes <= 3, `${usage.inodes} inodes`);
    },
  },
  {
    id: 'usage/tells-apparent-from-allocated',
    title: 'a sparse file counts in full as apparent, and with its blocks as allocated',
    run: async ({ driver }) => {
      await makeWritable(driver, 'layer', (root) => {
        const file = openSync(join(root, 'sparse'), 'w');
        ftruncateSync(file, 64 * MEGABYTE);
        closeSync(file);
      });
      const { apparent, allocated } = await driver.usage('layer');
      assert.ok(Math.abs(apparent - 64 * MEGABYTE) < SLACK, `${apparent} apparent bytes`);
      assert.ok(allocated < MEGABYTE, `${allocated} allocated bytes`);
    },
  },
  {
    id: 'usage/reclaimable-is-what-removing-gives-back',
    title: 'removing a layer gives back at least its own data, and no less than before once its children are gone',
    run: async ({ driver }) => {
      await makeLayer(driver, 'base', (root) => put(root, 'file', randomBytes(2 * MEGABYTE)));
      const alone = await driver.reclaimable('base');
      // What a file system keeps of a layer beside its files goes, too.
      assert.ok(alone > 2 * MEGABYTE - SLACK && alone < 2 * MEGABYTE + MEGABYTE / 4, `${alone} reclaimable bytes`);
      await makeWritable(driver, 'child', (root) => put(root, 'own', randomBytes(MEGABYTE)), 'base');
      assert.ok((await driver.reclaimable('child')) > MEGABYTE - SLACK, 'the child would give back less than it has');
      await driver.remove('child');
      const isAsBefore = async (): Promise<boolean> => Math.abs((await driver.reclaimable('base')) - alone) < SLACK;
      assert.ok(await comesTrue(isAsBefore), 'another number without the child');
      await assertRefused(driver.reclaimable('child'), 'LAYER_NOT_FOUND', 'reclaimable of a removed layer');
      await assertRefused(driver.usage('child'), 'LAYER_NOT_FOUND', 'usage of a removed layer');
    },
  },
];

function assertAbout({ apparent, allocated }: Usage, bytes: number, what: string): void {
  assert.ok(Math.abs(apparent - bytes) < SLACK, `${what} has ${apparent} apparent bytes, not about ${bytes}`);
  assert.ok(Math.abs(allocated - bytes) < SLACK, `${what} has ${allocated} allocated bytes, not about ${bytes}`);
}
