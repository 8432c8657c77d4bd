import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { examineBooks } from '../src/index.ts';
import { opened, scratchRoot, snapshot } from './scratch-root.ts';
import { killedAt, startWorker } from './worker.ts';

test('where there is no root there are no books, and none are made', () => {
  const root = scratchRoot();
  expect(examineBooks(root)).toBeUndefined();
  expect(existsSync(root)).toBe(false);
});

test('a root at rest has idle layers and nothing else', async () => {
  const { driver, root } = await opened();
  await driver.create('x');
  const before = snapshot(root);
  expect(examineBooks(root)).toMatchObject({ unreadable: null, rebooted: false, interrupted: [], ended: [], held: [] });
  expect(examineBooks(root)?.idle).toEqual(['x']);
  expect(snapshot(root)).toEqual(before);
});

test('a layer is held while it is mounted, and its hold has ended when its process was killed', async () => {
  const { driver, root } = await opened();
  await driver.create('x');
  const worker = startWorker(root);
  await worker.call('get', 'x');
  expect(examineBooks(root)).toMatchObject({ held: ['x'], idle: [], ended: [] });
  await worker.kill();
  expect(examineBooks(root)).toMatchObject({ held: [], idle: ['x'], ended: [{ id: 'x', pid: worker.pid }] });
});

test('a layer whose making was killed is interrupted until the root is opened', async () => {
  for (let step = 1; ; step += 1) {
    const root = scratchRoot();
    if (!(await killedAt(root, 'create', step))) expect.fail('No step leaves a layer half made.');
    const found = examineBooks(root)?.interrupted ?? [];
    if (found.length === 0) continue;
    expect(found).toHaveLength(1);
    await opened(root);
    expect(examineBooks(root)?.interrupted).toEqual([]);
    return;
  }
});

test('books that are broken are told of, and are no error', async () => {
  const { driver, root } = await opened();
  await driver.close();
  writeFileSync(join(root, '.graphdriver/format.json'), 'junk');
  expect(examineBooks(root)).toMatchObject({ driver: null, unreadable: expect.any(String), idle: [] });
});

test('a root that was last opened before the host was started has rebooted', async () => {
  const { root } = await opened();
  writeFileSync(join(root, '.graphdriver/boot'), 'another\n');
  expect(examineBooks(root)?.rebooted).toBe(true);
});
