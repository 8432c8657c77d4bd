import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createMounter, mountsUnder } from '@graphdriver/host';
import { type ScratchRoot, scratchRoot } from '@graphdriver/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type Check,
  type CheckResult,
  type ConformanceOptions,
  referenceDriver,
  runConformance,
  type Subject,
} from '../src/index.ts';

let scratch: ScratchRoot;
beforeEach(async () => {
  scratch = await scratchRoot();
});
afterEach(() => scratch[Symbol.asyncDispose]());

/** Examines the reference driver by one check of the test's own. */
async function examine(
  run: Check['run'],
  more: Partial<Check> = {},
  subject: Partial<Subject> = {},
): Promise<CheckResult | undefined> {
  const check: Check = { id: 'own/check', title: 'this test says so', run, ...more };
  const options: ConformanceOptions = { root: scratch.path, checks: [check], seed: 7 };
  const { results } = await runConformance({ module: referenceDriver, ...subject }, options);
  return results[0];
}

describe('runConformance', () => {
  it('reports a check that throws nothing as passed', async () => {
    expect(await examine(async () => undefined)).toMatchObject({ id: 'own/check', outcome: 'passed' });
  });

  it('reports an assertion and any other error as failed', async () => {
    expect(await examine(async () => assert.equal(1, 2))).toMatchObject({ outcome: 'failed' });
    expect(await examine(() => Promise.reject(new Error('boom')))).toMatchObject({ outcome: 'failed' });
  });

  it('skips what does not apply to the capabilities, and says why', async () => {
    const result = await examine(async () => assert.fail('ran'), { requires: () => 'It has no wings.' });
    expect(result).toMatchObject({ outcome: 'skipped', reason: 'It has no wings.' });
  });

  it('ends a check that never ends', async () => {
    const result = await examine(() => new Promise(() => undefined), { timeout: 50 });
    expect(result).toMatchObject({ outcome: 'failed' });
  });

  it('lets a check deviate only by an assertion', async () => {
    const subject = { deviations: { 'own/check': 'the kernel does it so' } };
    expect(await examine(async () => assert.fail('differs'), {}, subject)).toMatchObject({
      outcome: 'deviates',
      reason: 'the kernel does it so',
    });
    expect(await examine(() => Promise.reject(new Error('broke')), {}, subject)).toMatchObject({ outcome: 'failed' });
  });

  it('fails a deviation that was mended', async () => {
    const result = await examine(async () => undefined, {}, { deviations: { 'own/check': 'an old debt' } });
    expect(result).toMatchObject({ outcome: 'failed' });
  });

  it('fails a check that leaves a mount, and takes the mount away', async () => {
    const result = await examine(async ({ driver, scratch: folder }) => {
      const [from, to] = [await folder(), await folder()];
      mkdirSync(join(from, 'seen'));
      await createMounter().bind(from, to);
      assert.ok(driver.root.length > 0);
    });
    expect(result).toMatchObject({ outcome: 'failed' });
    expect(mountsUnder(scratch.path)).toEqual([]);
  });

  it('gives each check a root of its own and leaves nothing in the scratch folder', async () => {
    const roots: string[] = [];
    const make: Check = {
      id: 'own/first',
      title: 'a layer is made',
      run: async ({ driver }) => {
        roots.push(driver.root);
        await driver.create('layer');
      },
    };
    const { results } = await runConformance(
      { module: referenceDriver },
      { root: scratch.path, checks: [make, { ...make, id: 'own/second' }] },
    );
    expect(results.map((result) => result.outcome)).toEqual(['passed', 'passed']);
    expect(new Set(roots).size).toBe(2);
    expect(roots.some((root) => existsSync(root))).toBe(false);
    expect(readdirSync(scratch.path)).toEqual([]);
  });

  it('gives a check the same seed alone and among others', async () => {
    const seeds: number[] = [];
    const check: Check = { id: 'own/check', title: 'it has a seed', run: async ({ seed }) => void seeds.push(seed) };
    const other: Check = { id: 'own/other', title: 'another one', run: async () => undefined };
    await runConformance({ module: referenceDriver }, { root: scratch.path, checks: [check], seed: 7 });
    await runConformance({ module: referenceDriver }, { root: scratch.path, checks: [other, check], seed: 7 });
    expect(seeds[0]).toBe(seeds[1]);
  });

  it('gives a check more time, as often as it is told, and says so', async () => {
    const check: Check = {
      id: 'own/check',
      title: 'it takes its time',
      timeout: 200,
      run: async () => new Promise((done) => void setTimeout(done, 400)),
    };
    const outcomes = async (options: { readonly patience?: number }) => {
      const report = await runConformance(
        { module: referenceDriver },
        { root: scratch.path, checks: [check], ...options },
      );
      return [report.results[0]?.outcome, report.patience];
    };
    expect(await outcomes({})).toEqual(['failed', undefined]);
    expect(await outcomes({ patience: 20 })).toEqual(['passed', 20]);
    await expect(outcomes({ patience: 0.5 })).rejects.toBeInstanceOf(TypeError);
  });

  it('refuses a name in only that selects nothing', async () => {
    await expect(runConformance({ module: referenceDriver }, { only: ['no-such-group'] })).rejects.toBeInstanceOf(
      TypeError,
    );
  });

  it('ends with ABORTED when its signal is aborted', async () => {
    const request = runConformance({ module: referenceDriver }, { root: scratch.path, signal: AbortSignal.abort() });
    await expect(request).rejects.toMatchObject({ code: 'ABORTED' });
  });

  it('refuses a driver whose own probe says that it does not work', async () => {
    const module = {
      ...referenceDriver,
      probe: async (options: { root: string }) => ({
        ...(await referenceDriver.probe(options)),
        usable: false,
        capabilities: null,
      }),
    };
    await expect(runConformance({ module }, { root: scratch.path })).rejects.toMatchObject({
      code: 'PREREQUISITE_MISSING',
    });
  });
});
