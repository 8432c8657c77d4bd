import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { examinePosix, runPosixCases } from '@graphdriver/conformance/posix';
import type { DriverSettings } from '@graphdriver/core';
import { guardedRoot, privilegeReason, requireOrSkip } from '@graphdriver/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aufs } from '../src/index.ts';

const reason = requireOrSkip('aufs', existsSync('/dev/fuse') ? privilegeReason() : 'There is no /dev/fuse.');

describe.skipIf(reason !== null)(`aufs keeps POSIX${reason === null ? '' : `: ${reason}`}`, () => {
  let scratch: Awaited<ReturnType<typeof guardedRoot>>;

  beforeAll(async () => {
    scratch = await guardedRoot({ prefix: 'wurzel-ä-' });
  }, 600_000);

  afterAll(() => scratch?.[Symbol.asyncDispose]());

  async function failuresOver(settings: DriverSettings): Promise<unknown> {
    const { results } = await examinePosix({ module: aufs, options: { settings } }, { root: scratch.path });
    return results.filter(({ outcome }) => outcome !== 'passed');
  }

  it('over a lower layer, as ext4 does', async () => {
    expect(await failuresOver({})).toEqual([]);
  });

  it('over a lower layer where the kernel writes nothing itself', async () => {
    expect(await failuresOver({ passthrough: 'off' })).toEqual([]);
  });

  it('in the writable layer alone, as ext4 does', async () => {
    const driver = await aufs.open({ root: join(scratch.path, 'single') });
    try {
      await driver.create('empty');
      await driver.commit('empty');
      await driver.create('layer', { parent: 'empty' });
      await using mount = await driver.get('layer');
      const results = await runPosixCases(mount.path);
      expect(results.filter(({ outcome }) => outcome !== 'passed')).toEqual([]);
    } finally {
      await driver.close();
    }
  });
});
