import { expect, test } from 'vitest';
import { opened, snapshot } from './scratch-root.ts';

/** Calls as a program in JavaScript could make them. */
type Loose = Record<string, (...args: unknown[]) => Promise<unknown>>;

test.each([
  ['create', ['']],
  ['create', ['.x']],
  ['create', ['a/b']],
  ['create', [7]],
  ['create', ['x'.repeat(129)]],
  ['create', ['y', { parent: '../x' }]],
  ['create', ['y', { parnet: 'x' }]],
  ['create', ['y', { labels: { a: 1 } }]],
  ['create', ['y', { labels: ['a'] }]],
  ['create', ['y', { labels: 'a' }]],
  ['create', ['y', { labels: null }]],
  ['create', ['y', { forkOf: 'a/b' }]],
  ['create', ['y', { forkOf: null }]],
  ['create', ['y', { forkOf: 'x', parent: 'x' }]],
  ['create', ['y', { quota: null }]],
  ['create', ['y', { quota: { bytes: 0 } }]],
  ['create', ['y', { quota: { bytes: 1.5 } }]],
  ['create', ['y', { quota: { size: 1 } }]],
  ['create', ['y', { signal: {} }]],
  ['create', ['y', null]],
  ['commit', ['x', { labels: {} }]],
  ['commit', [undefined]],
  ['remove', ['x', { force: true }]],
  ['get', ['x', { readonly: true }]],
  ['get', ['x', { readOnly: 1 }]],
  ['get', ['x', { holder: 'a b' }]],
  ['get', ['x', { mountLabel: '' }]],
  ['get', ['x', { idMap: null }]],
  ['put', ['x', {}]],
  ['put', ['x', { holder: 'a', detach: null }]],
  ['put', ['x']],
  ['put', ['x', { holder: 'a', detach: 'yes' }]],
  ['describeMount', ['x', { holder: 'a' }]],
  ['setLabels', ['x', undefined]],
  ['setLabels', ['x', { a: null }]],
  ['usage', ['x', { fast: true }]],
  ['holders', ['/']],
  ['stat', ['']],
  ['exists', ['.']],
  ['metadata', [null]],
])('%s of %j is a TypeError and changes nothing', async (call, args) => {
  const { driver, root } = await opened();
  await driver.create('x');
  const before = snapshot(root);
  const loose = driver as unknown as Loose; // What TypeScript would refuse is the subject here.
  await expect(loose[call]?.call(driver, ...args)).rejects.toBeInstanceOf(TypeError);
  expect(snapshot(root)).toEqual(before);
});

test('options that are there but undefined are as if they were left out', async () => {
  const { driver } = await opened();
  const loose = driver as unknown as Loose; // As above.
  await loose['create']?.call(driver, 'x', { parent: undefined, labels: undefined, signal: undefined });
  await loose['get']?.call(driver, 'x', { holder: undefined, readOnly: undefined, mountLabel: undefined });
  expect(await driver.holders('x')).toEqual([{ name: null, pid: process.pid, live: true }]);
});

test('labels are copied when they are given', async () => {
  const { driver } = await opened();
  const labels = { colour: 'red' };
  const making = driver.create('x', { labels });
  labels.colour = 'blue';
  expect((await making).labels).toEqual({ colour: 'red' });
});
