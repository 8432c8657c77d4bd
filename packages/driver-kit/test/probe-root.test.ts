import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { errnoError, setFaultHandler } from '@graphdriver/host';
import { afterEach, expect, test } from 'vitest';
import { type ProbeRequest, probeRoot } from '../src/index.ts';
import { plainCapabilities } from './fixture/plain-backend.mjs';
import { opened, scratchRoot } from './scratch-root.ts';

afterEach(() => setFaultHandler(undefined));

function request(root: string, changes: Partial<ProbeRequest> = {}): ProbeRequest {
  return {
    driver: 'plain',
    options: { root },
    unsuitable: () => null,
    capabilities: () => plainCapabilities,
    ...changes,
  };
}

test('a probe of a root that does not exist tells what works, and makes nothing', async () => {
  const root = join(scratchRoot(), 'deep/er');
  const report = await probeRoot(request(root));
  expect(report.checks.map(({ check, passed }) => [check, passed])).toEqual([
    ['privileges', true],
    ['filesystem', true],
    ['root', true],
    ['mount', true],
  ]);
  expect(report).toMatchObject({ driver: 'plain', usable: true, priorState: false, capabilities: plainCapabilities });
  expect(readdirSync(dirname(dirname(dirname(root))))).toEqual([]);
});

test('a root has prior state when it holds layers of this driver', async () => {
  const { driver, root } = await opened();
  expect((await probeRoot(request(root))).priorState).toBe(false);
  await driver.create('x');
  expect((await probeRoot(request(root))).priorState).toBe(true);
  expect((await probeRoot(request(root, { driver: 'other' }))).priorState).toBe(false);
  writeFileSync(join(root, '.graphdriver/format.json'), '{"format":9,"driver":"plain"}');
  expect((await probeRoot(request(root))).priorState).toBe(true);
});

test('an unsuitable file system is a failed check, and nothing more is tried', async () => {
  const verdict = { why: 'It is not.', remedy: 'Use another.' };
  const report = await probeRoot(request(scratchRoot(), { unsuitable: () => verdict }));
  expect(report.usable).toBe(false);
  expect(report.capabilities).toBeNull();
  expect(report.checks.at(-1)).toEqual({ check: 'filesystem', required: true, passed: false, ...verdict });
});

test('a root that cannot be made is a failed check', async () => {
  const report = await probeRoot(request('/proc/graphdriver/root'));
  expect(report.checks.at(-1)).toMatchObject({ check: 'root', passed: false });
  expect(report.usable).toBe(false);
});

test.each(['mount', 'mkdir'])('where %s fails, that is a failed check, and nothing is left', async (call) => {
  const root = scratchRoot();
  setFaultHandler((passing, path) => {
    if (passing === call) throw errnoError(call, 1, path);
  });
  const report = await probeRoot(request(root));
  setFaultHandler(undefined);
  expect(report.usable).toBe(false);
  expect(report.checks.at(-1)?.passed).toBe(false);
  expect(readdirSync(dirname(root))).toEqual([]);
});

test('a driver’s own checks get a folder that is gone afterwards, and count when they are required', async () => {
  const root = scratchRoot();
  const folders: string[] = [];
  const own = (required: boolean): Partial<ProbeRequest> => ({
    more: async ({ folder, filesystem }) => {
      mkdirSync(join(folder, 'tried'));
      folders.push(folder);
      return [{ check: 'own', passed: false, required, why: `It is ${filesystem.name}.` }];
    },
  });
  expect((await probeRoot(request(root, own(false)))).usable).toBe(true);
  expect((await probeRoot(request(root, own(true)))).usable).toBe(false);
  expect(folders.map((folder) => existsSync(folder))).toEqual([false, false]);
});
