import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { run } from '@graphdriver/host';
import { privilegeReason, requireOrSkip, scratchRoot } from '@graphdriver/testkit';
import { expect, test } from 'vitest';

const reason = requireOrSkip('zfs', privilegeReason());
const WORKER = join(import.meta.dirname, 'open-root.mjs');

/** Where administrators' commands lie is empty, for one process, in a mount namespace of its own. */
const HIDDEN = `
  for directory in /usr/local/sbin /usr/sbin /sbin; do mount -t tmpfs tmpfs "$directory" || exit; done
  PATH=$1; shift; exec "$@"`;

test.skipIf(reason !== null)(
  `a host without zfs and zpool is told what to install, and nothing is made${reason === null ? '' : `: ${reason}`}`,
  async () => {
    await using scratch = await scratchRoot('graphdriver-zfs-');
    const root = join(scratch.path, 'root');
    const command = [process.execPath, WORKER, root, 'tank/layers'];
    const unshared = ['--mount', '--propagation', 'private', 'sh', '-c', HIDDEN, 'sh', dirname(process.execPath)];
    const { stdout } = await run('unshare', [...unshared, ...command]);
    expect(JSON.parse(stdout)).toMatchObject({
      usable: false,
      failed: [{ check: 'zfs', required: true, remedy: expect.stringMatching(/[Ii]nstall/) }],
      opening: { name: 'StorageError', code: 'PREREQUISITE_MISSING', hint: expect.stringMatching(/[Ii]nstall/) },
    });
    expect(existsSync(root)).toBe(false);
  },
);
