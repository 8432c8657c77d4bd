import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { examinePosix, type PosixOptions, runPosixCases } from '@graphdriver/conformance/posix';
import type { DriverSettings } from '@graphdriver/core';
import { guardedRoot, privilegeReason, requireOrSkip } from '@graphdriver/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aufs } from '../src/index.ts';

const WRITTEN_BY_THE_KERNEL =
  'The kernel writes the files that it was handed itself, with the privileges of the daemon: set-id bits that a file gets while it is open for writing stay.';
const LOWER_CTIME =
  'A file of a lower layer is not copied up because one of its names is removed: its link count goes down, its ctime stays.';

/** What ext4 passes and aufs does not. */
const HANDED_OVER = { 'write/clears-set-ids-given-while-open': WRITTEN_BY_THE_KERNEL };
const IN_LOWER_LAYERS = {
  'unlink/moves-the-ctime': LOWER_CTIME,
  'rename/moves-the-ctime-of-what-it-replaces': LOWER_CTIME,
};

const reason = requireOrSkip('aufs', existsSync('/dev/fuse') ? privilegeReason() : 'There is no /dev/fuse.');

describe.skipIf(reason !== null)(`aufs keeps POSIX${reason === null ? '' : `: ${reason}`}`, () => {
  let scratch: Awaited<ReturnType<typeof guardedRoot>>;

  beforeAll(async () => {
    scratch = await guardedRoot({ prefix: 'wurzel-ä-' });
  }, 600_000);

  afterAll(() => scratch?.[Symbol.asyncDispose]());

  async function failuresOver(settings: DriverSettings, deviations: PosixOptions['deviations'] = {}): Promise<unknown> {
    const subject = { module: aufs, options: { settings } };
    const { results } = await examinePosix(subject, { root: scratch.path, deviations });
    return results.filter(({ outcome }) => outcome !== 'passed' && outcome !== 'deviates');
  }

  it('over a lower layer, as ext4 does', async () => {
    expect(await failuresOver({}, { ...HANDED_OVER, ...IN_LOWER_LAYERS })).toEqual([]);
  });

  it('over a lower layer where the kernel writes nothing itself', async () => {
    expect(await failuresOver({ passthrough: 'off' }, IN_LOWER_LAYERS)).toEqual([]);
  });

  it('in the writable layer alone, as ext4 does', async () => {
    const driver = await aufs.open({ root: join(scratch.path, 'single') });
    try {
      await driver.create('empty');
      await driver.commit('empty');
      await driver.create('layer', { parent: 'empty' });
      await using mount = await driver.get('layer');
      const results = await runPosixCases(mount.path, { deviations: HANDED_OVER });
      expect(results.filter(({ outcome }) => outcome !== 'passed' && outcome !== 'deviates')).toEqual([]);
    } finally {
      await driver.close();
    }
  });
});
