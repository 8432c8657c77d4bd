import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ProbeReport } from '@graphdriver/core';
import { createMounter } from '@graphdriver/host';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { cachedProbe, type ProbeSubject, recall, remember } from '../src/index.ts';
import { plainCapabilities } from './fixture/plain-backend.mjs';
import { opened, scratchRoot } from './scratch-root.ts';

const before = process.env['GRAPHDRIVER_PROBE_CACHE'];
let folder: string;
let root: string;

beforeEach(() => {
  root = scratchRoot();
  mkdirSync(root);
  folder = mkdtempSync(join(tmpdir(), 'probes-'));
  process.env['GRAPHDRIVER_PROBE_CACHE'] = folder;
});

afterEach(() => {
  if (before === undefined) delete process.env['GRAPHDRIVER_PROBE_CACHE'];
  else process.env['GRAPHDRIVER_PROBE_CACHE'] = before;
  rmSync(folder, { recursive: true, force: true });
});

function subject(changes: Partial<ProbeSubject> = {}): ProbeSubject {
  return { driver: 'plain', about: 'facts', format: 1, root, mountWith: 'auto', settings: {}, ...changes };
}

function onlyFile(): string {
  const [name, ...others] = readdirSync(folder);
  expect(others).toEqual([]);
  return join(folder, name ?? '');
}

test('what was remembered is recalled, also for a root that is not made yet', () => {
  const answer = { seen: ['a', 1, null] };
  for (const about of [subject(), subject({ root: join(root, 'not/yet') })]) {
    expect(recall(about)).toBeUndefined();
    remember(about, answer);
    expect(recall(about)).toEqual(answer);
  }
});

test.each([
  { driver: 'other' },
  { about: 'report' },
  { format: 2 },
  { mountWith: 'command' },
  { settings: { key: 'on' } },
] as const)('an answer holds for its subject alone: %j is another', (changes) => {
  remember(subject(), 'seen');
  expect(recall(subject(changes))).toBeUndefined();
});

test('a root that was made anew, or has been made since, is looked at afresh', () => {
  const inside = subject({ root: join(root, 'inside') });
  remember(subject(), 'seen');
  remember(inside, 'seen');
  mkdirSync(join(root, 'inside'));
  expect(recall(inside)).toBeUndefined();
  rmSync(root, { recursive: true });
  mkdirSync(root);
  expect(recall(subject())).toBeUndefined();
});

test('another mount over the root makes the answer worthless, and so does a change of its options', async () => {
  const mounter = createMounter();
  remember(subject(), 'seen');
  await mounter.bind(root, root);
  expect(recall(subject())).toBeUndefined();
  remember(subject(), 'seen through the bind');
  await mounter.unmount(root);
  expect(recall(subject())).toBeUndefined();
  await mounter.bind(root, root, ['ro']);
  expect(recall(subject())).toBeUndefined();
  await mounter.unmount(root);
});

test('a file that others can write, own, or have put a link in the place of, is not believed', () => {
  remember(subject(), 'seen');
  const file = onlyFile();
  chmodSync(file, 0o666);
  expect(recall(subject())).toBeUndefined();
  chmodSync(file, 0o644);
  chownSync(file, 12345, 12345);
  expect(recall(subject())).toBeUndefined();
  chownSync(file, 0, 0);
  expect(recall(subject())).toBe('seen');
  rmSync(file);
  const elsewhere = join(root, 'elsewhere');
  writeFileSync(elsewhere, '{}');
  symlinkSync(elsewhere, file);
  expect(recall(subject())).toBeUndefined();
});

test('a folder that others can write to is neither read nor written', () => {
  remember(subject(), 'seen');
  chmodSync(folder, 0o777);
  expect(recall(subject())).toBeUndefined();
  remember(subject({ about: 'report' }), 'seen');
  expect(readdirSync(folder)).toHaveLength(1);
});

test.each([
  ['empty', ''],
  ['cut off', '{"given":'],
  ['nothing', 'null'],
  ['a list', '[]'],
  ['of something else', '{"given":"no","answer":1}'],
  ['endless', 'x'.repeat(100_000)],
])('a broken file is no answer: one that is %s', (_, text) => {
  remember(subject(), 'seen');
  writeFileSync(onlyFile(), text);
  expect(recall(subject())).toBeUndefined();
  remember(subject(), 'seen again');
  expect(recall(subject())).toBe('seen again');
});

test('switched off, nothing is remembered and nothing was', () => {
  remember(subject(), 'seen');
  process.env['GRAPHDRIVER_PROBE_CACHE'] = 'off';
  expect(recall(subject())).toBeUndefined();
  process.env['GRAPHDRIVER_PROBE_CACHE'] = folder;
  rmSync(onlyFile());
  process.env['GRAPHDRIVER_PROBE_CACHE'] = 'off';
  remember(subject(), 'seen');
  expect(readdirSync(folder)).toEqual([]);
});

test('a folder does not grow for ever: the oldest answers go first', () => {
  for (let number = 0; number < 64; number += 1) {
    const old = join(folder, `old-${number}`);
    writeFileSync(old, '');
    utimesSync(old, number, number);
  }
  remember(subject(), 'seen');
  const left = readdirSync(folder);
  expect(left.length).toBeLessThanOrEqual(33);
  expect(left).not.toContain('old-0');
  expect(recall(subject())).toBe('seen');
});

test('a cache that cannot be written is none, and no failure', () => {
  process.env['GRAPHDRIVER_PROBE_CACHE'] = '/proc/graphdriver';
  expect(() => remember(subject(), 'seen')).not.toThrow();
  expect(recall(subject())).toBeUndefined();
});

const report: ProbeReport = {
  driver: 'plain',
  usable: true,
  checks: [{ check: 'mount', passed: true, required: true, why: 'It was tried.' }],
  filesystem: 'ext4',
  priorState: false,
  capabilities: plainCapabilities,
};

/** Asks for a probe that answers `fresh`, and tells whether it was made. */
async function asked(at: string, fresh: ProbeReport, lasts = true): Promise<{ report: ProbeReport; looked: boolean }> {
  let looked = false;
  const request = { driver: 'plain', format: 1, options: { root: at }, known: [], settings: {} };
  const answer = await cachedProbe(request, async () => {
    looked = true;
    return { report: fresh, lasts };
  });
  return { report: answer, looked };
}

test('a probe is made once, and answers the same afterwards', async () => {
  expect(await asked(root, report)).toEqual({ report, looked: true });
  expect(await asked(root, report)).toEqual({ report, looked: false });
});

test('a host that does not work is looked at afresh each time, and so is one that will not stay as it is', async () => {
  await asked(root, { ...report, usable: false });
  expect((await asked(root, report, false)).looked).toBe(true);
  expect((await asked(root, report)).looked).toBe(true);
});

test('whether there are layers is never remembered', async () => {
  const { driver, root: used } = await opened();
  expect((await asked(used, report)).report.priorState).toBe(false);
  await driver.create('x');
  expect(await asked(used, report)).toMatchObject({ looked: false, report: { priorState: true } });
});

test('options are refused as ever, whatever is remembered', async () => {
  await asked(root, report);
  const request = { driver: 'plain', format: 1, known: [], settings: {} };
  const never = (): never => {
    throw new Error('It looked.');
  };
  for (const options of [{ root, size: 1 }, { root: '' }, { root, settings: { key: 'on' } }, undefined]) {
    // What a call from JavaScript can be.
    await expect(cachedProbe({ ...request, options: options as never }, never)).rejects.toThrow(TypeError);
  }
});
