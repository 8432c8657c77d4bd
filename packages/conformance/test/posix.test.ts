import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { isStorageError } from '@graphdriver/core';
import { asUser } from '@graphdriver/host';
import {
  type LoopType,
  loopFilesystem,
  loopFilesystemReason,
  machineLock,
  privilegeReason,
  scratchRoot,
} from '@graphdriver/testkit';
import { describe, expect, it } from 'vitest';
import type { CheckResult, Deviations } from '../src/index.ts';
import { allPosixCases, examinePosix, type PosixStage, runPosixCases } from '../src/posix.ts';
import { referenceDriver } from '../src/reference/reference-driver.ts';

const SIZE = 512 << 20;
const root = privilegeReason();

/** What did not pass, with the reason. */
function troubles(results: readonly CheckResult[]): readonly string[] {
  return results
    .filter(({ outcome }) => outcome !== 'passed' && outcome !== 'deviates')
    .map(({ id, outcome, reason }) => `${outcome} ${id}: ${reason}`);
}

const DEVIATIONS: Readonly<Record<LoopType, Deviations>> = {
  ext4: {},
  xfs: {},
  btrfs: { 'xattr/trusted-is-for-root': 'btrfs lists what is in trusted. to everybody.' },
};

describe.each<LoopType>(['ext4', 'xfs', 'btrfs'])('on %s', async (type) => {
  const reason = await loopFilesystemReason(type);
  it.skipIf(reason !== null)(
    `every case passes but what is listed${reason === null ? '' : `: ${reason}`}`,
    async () => {
      await using _lock = await machineLock();
      await using place = await loopFilesystem({ type, size: SIZE });
      const before = readdirSync(place.path);
      const results = await runPosixCases(place.path, { deviations: DEVIATIONS[type] });
      expect(troubles(results)).toEqual([]);
      expect(results.map(({ id }) => id)).toEqual(allPosixCases.map(({ id }) => id));
      expect(readdirSync(place.path)).toEqual(before);
    },
  );
});

describe.skipIf(root !== null)(`runPosixCases${root === null ? '' : `: ${root}`}`, () => {
  it('runs a case, or the cases of a call, in their order and tells each as it comes', async () => {
    await using place = await scratchRoot();
    const told: string[] = [];
    const only = ['unlink', 'rmdir/of-dots'];
    const results = await runPosixCases(place.path, { only, onProgress: ({ id }) => told.push(id) });
    expect(told).toEqual(results.map(({ id }) => id));
    expect(told[0]).toBe('rmdir/of-dots');
    expect(told.slice(1).every((id) => id.startsWith('unlink/'))).toBe(true);
    await expect(runPosixCases(place.path, { only: ['unlnk'] })).rejects.toBeInstanceOf(TypeError);
  });

  it('a case that passes although it is listed as a deviation has failed', async () => {
    await using place = await scratchRoot();
    const deviations = { 'unlink/removes': 'It once failed.' };
    const [result] = await runPosixCases(place.path, { only: ['unlink/removes'], deviations });
    expect(result?.outcome).toBe('failed');
  });

  it('a case fails where the calls do otherwise, and as a deviation where that is listed', async () => {
    await using place = await scratchRoot();
    const stage: PosixStage = {
      prepare: async (fill) => {
        await fill(place.path);
        // As if a lower layer did not show.
        rmSync(join(place.path, 'unlink.removes/dir'), { recursive: true });
        rmSync(join(place.path, 'chmod.all-bits/file'));
        return { path: place.path, [Symbol.asyncDispose]: async () => undefined };
      },
    };
    const only = ['unlink/removes', 'chmod/all-bits'];
    const deviations = { 'unlink/removes': 'Nothing is staged.' };
    const results = await runPosixCases(place.path, { only, stage, deviations });
    expect(results.map(({ id, outcome }) => [id, outcome])).toEqual([
      ['chmod/all-bits', 'failed'],
      ['unlink/removes', 'deviates'],
    ]);
  });

  it('an abort ends it at once and leaves nothing', async () => {
    await using place = await scratchRoot();
    const controller = new AbortController();
    const running = runPosixCases(place.path, { signal: controller.signal, onProgress: () => controller.abort() });
    await expect(running).rejects.toSatisfy((error: unknown) => isStorageError(error, 'ABORTED'));
    expect(readdirSync(place.path)).toEqual([]);
  });

  it('who is not root is refused with PERMISSION_DENIED', async () => {
    await using place = await scratchRoot();
    const refusal = asUser({ uid: 70_001, gid: 70_001, groups: [] }, () => runPosixCases(place.path));
    await expect(refusal).rejects.toSatisfy((error: unknown) => isStorageError(error, 'PERMISSION_DENIED'));
  });

  it('a driver is examined over a committed layer in which everything was staged', async () => {
    const report = await examinePosix({ module: referenceDriver }, { only: ['rename', 'xattr'] });
    expect(report.driver).toBe(referenceDriver.name);
    expect(troubles(report.results)).toEqual([]);
  });
});
