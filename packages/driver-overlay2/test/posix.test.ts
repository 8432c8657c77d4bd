import { join } from 'node:path';
import { examinePosix, runPosixCases } from '@graphdriver/conformance/posix';
import { machineLock, privilegeReason, requireOrSkip, scratchRoot } from '@graphdriver/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { knownDeviations, overlay2 } from '../src/index.ts';

const reason = requireOrSkip('overlay2', privilegeReason());

describe.skipIf(reason !== null)(`overlay2 and POSIX${reason === null ? '' : `: ${reason}`}`, () => {
  let lock: AsyncDisposable;
  let scratch: Awaited<ReturnType<typeof scratchRoot>>;

  beforeAll(async () => {
    lock = await machineLock();
    scratch = await scratchRoot();
  }, 600_000);

  afterAll(async () => {
    await scratch?.[Symbol.asyncDispose]();
    await lock?.[Symbol.asyncDispose]();
  });

  it.each(['off', 'on'])(
    'over a lower layer with redirect_dir=%s it does as ext4 but for what is listed',
    async (redirect) => {
      const options = { settings: { redirect_dir: redirect } };
      const subject = { module: overlay2, options, deviations: knownDeviations };
      const { results } = await examinePosix(subject, { root: scratch.path });
      expect(results.filter(({ outcome }) => outcome !== 'passed' && outcome !== 'deviates')).toEqual([]);
      expect(results.filter(({ outcome }) => outcome === 'deviates').map(({ id }) => id)).toContain(
        'unlink/moves-the-ctime',
      );
    },
  );

  it('in the writable layer alone it does as ext4', async () => {
    const driver = await overlay2.open({ root: join(scratch.path, 'single') });
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
