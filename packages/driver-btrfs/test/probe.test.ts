import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { OpenOptions } from '@graphdriver/core';
import { enableSubvolumeQuotas, setFaultHandler } from '@graphdriver/host';
import { type ScratchRoot, scratchRoot } from '@graphdriver/testkit';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { btrfs } from '../src/index.ts';
import { makePlace, type Place, placeReason } from './places.ts';

const reason = await placeReason();
const before = process.env['GRAPHDRIVER_PROBE_CACHE'];

describe.skipIf(reason !== null)(`a probe${reason === null ? '' : `: ${reason}`}`, () => {
  let place: Place;
  let memory: ScratchRoot;

  beforeAll(async () => {
    place = await makePlace();
    memory = await scratchRoot('graphdriver-btrfs-probes-');
    process.env['GRAPHDRIVER_PROBE_CACHE'] = join(memory.path, 'probes');
  });

  afterEach(() => setFaultHandler(undefined));

  afterAll(async () => {
    if (before === undefined) delete process.env['GRAPHDRIVER_PROBE_CACHE'];
    else process.env['GRAPHDRIVER_PROBE_CACHE'] = before;
    await memory?.[Symbol.asyncDispose]();
    await place?.[Symbol.asyncDispose]();
  });

  /** How many snapshots a probe has made, and what it says of quotas. */
  async function probing(options: OpenOptions): Promise<unknown> {
    let snapshots = 0;
    setFaultHandler((call) => {
      if (call === 'snapshot') snapshots += 1;
    });
    const report = await btrfs.probe(options);
    setFaultHandler(undefined);
    expect(report.usable).toBe(true);
    const quota = report.checks.find(({ check }) => check === 'quota')?.passed;
    return { snapshots, quota, promised: report.capabilities?.quota };
  }

  test('makes a snapshot once, and remembers it until settings or anybody’s quotas are other than before', async () => {
    const root = join(place.path, 'root');
    mkdirSync(root);
    expect(await probing({ root })).toEqual({ snapshots: 1, quota: false, promised: null });
    expect(await probing({ root })).toEqual({ snapshots: 0, quota: false, promised: null });
    const settings = { quota: 'on' };
    expect(await probing({ root, settings })).toEqual({ snapshots: 1, quota: false, promised: 'difference' });
    expect(await probing({ root, settings })).toEqual({ snapshots: 0, quota: false, promised: 'difference' });
    await enableSubvolumeQuotas(place.path);
    expect(await probing({ root })).toEqual({ snapshots: 1, quota: true, promised: null });
    expect(await probing({ root })).toEqual({ snapshots: 0, quota: true, promised: null });
  });
});
