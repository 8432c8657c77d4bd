import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { kernelAtLeast } from '@graphdriver/host';
import { guardedRoot, privilegeReason, requireOrSkip } from '@graphdriver/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DaemonClient } from '../src/daemon/client.ts';
import { aufs } from '../src/index.ts';
import { AufsLayout } from '../src/layout.ts';

const LIMIT = 10_000;
const DIRECTORIES = 1000;
const FILES = 100;
/** What may come in while the kernel is being asked to forget. */
const BURST = 1.5;

/** Makes empty files, and looks at each of them, holding one of the first open and one as current directory. */
const MAKE = `
import os
for d in range(${DIRECTORIES}):
    os.makedirs(f'tree/{d}')
    for f in range(${FILES}): os.mknod(f'tree/{d}/{f}')
open('tree/0/0', 'w').write('kept')
`;
const LOOK = `
import os
kept, here = open('tree/0/0'), os.open('tree/1', os.O_PATH)
number = os.stat('tree/1').st_ino
for d in range(${DIRECTORIES}):
    for f in range(${FILES}): os.stat(f'tree/{d}/{f}')
assert kept.read() == 'kept'
assert os.fstat(here).st_ino == number == os.stat('tree/1').st_ino
assert len(os.listdir(here and 'tree/1')) == ${FILES}
`;

const reason = requireOrSkip('aufs', existsSync('/dev/fuse') ? privilegeReason() : 'There is no /dev/fuse.');
const why =
  reason ?? (kernelAtLeast(6, 18) ? null : 'Before Linux 6.18 the kernel forgets nothing when it is asked to.');

async function python(directory: string, script: string): Promise<void> {
  await promisify(execFile)('python3', ['-c', script], { cwd: directory, timeout: 240_000 });
}

it('how many entries are remembered is a whole number', async () => {
  for (const value of ['999', '1e6', '-5', 'many', '1000.5', '']) {
    const opened = aufs.open({ root: '/nonexistent', settings: { cache_entries: value } });
    await expect(opened).rejects.toThrow(TypeError);
  }
});

describe.skipIf(why !== null)(`a limit of the cache${why === null ? '' : `: ${why}`}`, () => {
  let scratch: Awaited<ReturnType<typeof guardedRoot>>;

  beforeAll(async () => {
    scratch = await guardedRoot({ prefix: 'wurzel-ä-' });
  }, 600_000);

  afterAll(async () => {
    await scratch?.[Symbol.asyncDispose]();
  });

  it('holds when 100,000 names are looked up, and what is in use stays', async () => {
    const driver = await aufs.open({ root: join(scratch.path, 'root'), settings: { cache_entries: `${LIMIT}` } });
    const daemon = new DaemonClient(new AufsLayout(driver.root));
    await driver.create('base');
    const base = await driver.get('base');
    await python(base.path, MAKE);
    await base.put();
    await driver.commit('base');
    await driver.create('layer', { parent: 'base' });
    const mount = await driver.get('layer');
    try {
      let most = 0;
      const looking = python(mount.path, LOOK);
      for (let isOver = false; !isOver; ) {
        isOver = await Promise.race([looking.then(() => true), new Promise<boolean>((r) => setTimeout(r, 20, false))]);
        most = Math.max(most, (await daemon.status())?.entries ?? 0);
      }
      expect(most).toBeGreaterThan(LIMIT / 2);
      expect(most).toBeLessThan(LIMIT * BURST);
    } finally {
      await mount.put();
      await driver.close();
    }
  }, 300_000);
});
