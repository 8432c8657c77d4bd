import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SettingSpec } from '@graphdriver/core';
import { expect, onTestFinished, test } from 'vitest';
import { type ManagedDriver, openManagedDriver, probeRoot, settingsOf, storedSettings } from '../src/index.ts';
import { PlainBackend, plainCapabilities } from './fixture/plain-backend.mjs';
import { scratchRoot } from './scratch-root.ts';

const known: readonly SettingSpec[] = [
  { key: 'colour', values: ['white', 'black'], summary: 'Paints.' },
  { key: 'size', values: null, summary: 'Measures.' },
];

/** Opens a root with a driver that knows two settings. */
async function open(root: string, settings?: Readonly<Record<string, string>>): Promise<ManagedDriver> {
  const backend = Object.assign(new PlainBackend(root), { settings: known });
  const driver = await openManagedDriver(backend, settings === undefined ? { root } : { root, settings });
  onTestFinished(() => driver.close());
  return driver;
}

function effective(root: string, settings?: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return settingsOf({ driver: 'plain', root, settings, known });
}

test('a root keeps the settings it was made with, and is opened with them when none are given', async () => {
  const root = scratchRoot();
  expect(storedSettings(root)).toBeUndefined();
  await open(root, { colour: 'black' });
  await open(root);
  await open(root, { colour: 'black' });
  expect(storedSettings(root)).toEqual({ colour: 'black' });
  expect(effective(root)).toEqual({ colour: 'black' });
});

test('other settings than those of the root are refused, and change nothing', async () => {
  const root = scratchRoot();
  await open(root, { colour: 'black' });
  for (const settings of [{ colour: 'white' }, { size: '3' }]) {
    await expect(open(root, settings)).rejects.toMatchObject({ code: 'UNSUPPORTED', hint: expect.any(String) });
    expect(() => effective(root, settings)).toThrow(expect.objectContaining({ code: 'UNSUPPORTED' }));
  }
  expect(storedSettings(root)).toEqual({ colour: 'black' });
});

test('a root that was made without settings, or before there were any, has the defaults', async () => {
  const root = scratchRoot();
  await open(root);
  writeFileSync(join(root, '.graphdriver/format.json'), '{"format":1,"driver":"plain"}\n');
  expect(effective(root)).toEqual({});
  await open(root, { colour: 'white' });
  await expect(open(root, { colour: 'black' })).rejects.toMatchObject({ code: 'UNSUPPORTED' });
});

test('settings that nobody knows, and values that none takes, are mistakes of the caller', async () => {
  const root = scratchRoot();
  for (const settings of [{ taste: 'sweet' }, { colour: 'red' }, { size: 3 }, 'black']) {
    // What a call from JavaScript can be.
    await expect(open(root, settings as never)).rejects.toThrow(TypeError);
  }
  expect(storedSettings(root)).toBeUndefined();
});

test('a setting that a later release has made a root with is refused as newer', async () => {
  const root = scratchRoot();
  await open(root);
  writeFileSync(join(root, '.graphdriver/format.json'), '{"format":1,"driver":"plain","settings":{"taste":"sweet"}}');
  await expect(open(root)).rejects.toMatchObject({ code: 'NEWER_FORMAT' });
});

test.each(['[]', '"on"', '{"colour":1}', 'null'])(
  'stored settings that are none, as %s, are a corrupt root',
  async (text) => {
    const root = scratchRoot();
    await open(root);
    writeFileSync(join(root, '.graphdriver/format.json'), `{"format":1,"driver":"plain","settings":${text}}`);
    await expect(open(root)).rejects.toMatchObject({ code: 'CORRUPT_ROOT' });
  },
);

test('of several that make one root at once with different settings one decides, and the others are refused', async () => {
  const root = scratchRoot();
  const attempts = await Promise.allSettled(
    ['black', 'white', 'black', 'white'].map((colour) => open(root, { colour })),
  );
  const stored = storedSettings(root);
  const outcomes = attempts.map(({ status }, index) => [status, index % 2 === 0 ? 'black' : 'white']);
  for (const [status, colour] of outcomes) expect(status === 'fulfilled').toBe(colour === stored?.['colour']);
  expect(readFileSync(join(root, '.graphdriver/format.json'), 'utf8')).toContain('"format":1');
});

test('a probe reports settings that the root refuses as a failed check', async () => {
  const root = scratchRoot();
  await open(root, { colour: 'black' });
  const request = { driver: 'plain', settings: known, unsuitable: () => null, capabilities: () => plainCapabilities };
  const refused = await probeRoot({ ...request, options: { root, settings: { colour: 'white' } } });
  expect(refused.usable).toBe(false);
  expect(refused.checks.find(({ check }) => check === 'settings')).toMatchObject({ passed: false, required: true });
  const taken = await probeRoot({ ...request, options: { root, settings: { colour: 'black' } } });
  expect(taken.usable).toBe(true);
  expect(taken.checks.map(({ check }) => check)).not.toContain('settings');
});
