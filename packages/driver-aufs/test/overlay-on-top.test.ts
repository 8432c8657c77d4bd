import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type PosixGround, type PosixStage, runPosixCases } from '@graphdriver/conformance/posix';
import type { Driver } from '@graphdriver/core';
import { createMounter, readXattr } from '@graphdriver/host';
import { guardedRoot, privilegeReason, requireOrSkip } from '@graphdriver/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aufs } from '../src/index.ts';

const mounter = createMounter();
const reason = requireOrSkip('aufs', existsSync('/dev/fuse') ? privilegeReason() : 'There is no /dev/fuse.');

/** What the kernel's overlay cannot have of an upper directory that is served through FUSE. */
const COPIES_LOSE_PRIVILEGES =
  'A copy gets its mode and capabilities before its owner, and a change of owner comes from FUSE as chown(2), which takes them away.';
const ASKS_FOR_REMOVED_NAMES =
  'The other names of a file whose first one was removed are ESTALE until the overlay has forgotten it: it asks FUSE for the removed one.';
const INSIDE: Readonly<Record<string, string>> = {
  'chown/clears-capabilities': COPIES_LOSE_PRIVILEGES,
  'rename/moves-a-file': COPIES_LOSE_PRIVILEGES,
  'truncate/clears-set-ids': COPIES_LOSE_PRIVILEGES,
  'truncate/clears-capabilities': COPIES_LOSE_PRIVILEGES,
  'write/by-root-keeps-set-ids': COPIES_LOSE_PRIVILEGES,
  'link/of-a-symbolic-link': ASKS_FOR_REMOVED_NAMES,
  'link/following': ASKS_FOR_REMOVED_NAMES,
  'link/of-a-fifo': ASKS_FOR_REMOVED_NAMES,
  'link/by-a-user': ASKS_FOR_REMOVED_NAMES,
};

/** Where the parts of an overlay lie: each is an empty directory. */
interface Parts {
  readonly lower: string;
  readonly upper: string;
  readonly work: string;
}

async function shell(directory: string, script: string): Promise<string> {
  const { stdout } = await promisify(execFile)('bash', ['-ec', script], { cwd: directory, timeout: 60_000 });
  return stdout.trim();
}

describe.skipIf(reason !== null)(`the kernel's overlay and aufs${reason === null ? '' : `: ${reason}`}`, () => {
  let scratch: Awaited<ReturnType<typeof guardedRoot>>;
  let driver: Driver;
  let turn = 0;

  beforeAll(async () => {
    scratch = await guardedRoot({ prefix: 'wurzel-ä-' });
    driver = await aufs.open({ root: join(scratch.path, 'root') });
    await driver.create('base');
    const base = await driver.get('base');
    await shell(base.path, 'mkdir -p dir/sub; echo low > dir/sub/file; echo one > linked; ln linked again');
    await base.put();
    await driver.commit('base');
  }, 600_000);

  afterAll(async () => {
    await driver?.close();
    await scratch?.[Symbol.asyncDispose]();
  });

  /** Runs `use` on a new mounted layer over the base. */
  async function onLayer<T>(use: (path: string) => Promise<T>): Promise<T> {
    const id = `layer-${turn++}`;
    await driver.create(id, { parent: 'base' });
    const mount = await driver.get(id);
    try {
      return await use(mount.path);
    } finally {
      await mount.put();
      await driver.remove(id);
    }
  }

  function plainDirectory(): Promise<string> {
    return mkdtemp(join(scratch.path, 'plain-'));
  }

  async function partsIn(lower: string, upper: string): Promise<Parts> {
    const parts = { lower: join(lower, 'lower'), upper: join(upper, 'upper'), work: join(upper, 'work') };
    for (const part of Object.values(parts)) await mkdir(part);
    return parts;
  }

  async function overlay({ lower, upper, work }: Parts): Promise<PosixGround> {
    const path = await mkdtemp(join(scratch.path, 'merged-'));
    const options = [
      ['lowerdir', lower],
      ['upperdir', upper],
      ['workdir', work],
      ['redirect_dir', 'on'],
    ] as const;
    await mounter.mount({ type: 'overlay', source: 'overlay', target: path, options });
    return { path, [Symbol.asyncDispose]: () => mounter.unmount(path) };
  }

  /** The cases from the manual pages that an overlay fails whose parts are these, with what the cases need in the lower one. */
  async function failures(parts: Parts, deviations: Readonly<Record<string, string>> = {}): Promise<readonly string[]> {
    const stage: PosixStage = {
      async prepare(fill) {
        await fill(parts.lower);
        return overlay(parts);
      },
    };
    const results = await runPosixCases(scratch.path, { stage, deviations });
    return results.filter(({ outcome }) => outcome === 'failed').map(({ id }) => id);
  }

  it('an overlay over a mount, one whose upper directory is in a mount, and one with both fail no case that an overlay on plain directories passes, but for what is listed', async () => {
    const plain = async (): Promise<Parts> => partsIn(await plainDirectory(), await plainDirectory());
    const expected = await failures(await plain());
    const over = await onLayer(async (path) => failures(await partsIn(path, await plainDirectory())));
    const inside = await onLayer(async (path) => failures(await partsIn(await plainDirectory(), path), INSIDE));
    const both = await onLayer(async (path) => failures(await partsIn(path, path), INSIDE));
    expect({ over, inside, both }).toEqual({ over: expected, inside: expected, both: expected });
  });

  it('what an overlay writes down in a mount lasts: whiteouts, opaque and renamed directories', () =>
    onLayer(async (path) => {
      const parts = await partsIn(path, path);
      const files = 'for d in gone renamed made; do echo $d > $d/file; done; echo 1 > file';
      await shell(parts.lower, `mkdir gone renamed made; ${files}`);
      {
        await using first = await overlay(parts);
        const script = 'rm -r gone file made; mv renamed moved; mkdir made; echo 2 > made/new; echo 3 >> moved/file';
        await shell(first.path, script);
      }
      const whiteout = 'character special file:0:0';
      expect(await shell(parts.upper, 'stat -c %F:%t:%T gone file')).toBe(`${whiteout}\n${whiteout}`);
      expect(readXattr(join(parts.upper, 'made'), 'trusted.overlay.opaque')?.toString()).toBe('y');
      expect(readXattr(join(parts.upper, 'moved'), 'trusted.overlay.redirect')?.toString()).toBe('renamed');
      await using second = await overlay(parts);
      expect(await shell(second.path, 'ls; ls made; cat moved/file made/new')).toBe('made\nmoved\nnew\nrenamed\n3\n2');
    }));

  it('an overlay shows a whole view, and its writes leave that alone', () =>
    onLayer(async (path) => {
      const { upper, work } = await partsIn(await plainDirectory(), await plainDirectory());
      await using merged = await overlay({ lower: path, upper, work });
      await shell(merged.path, 'echo more >> dir/sub/file; echo x >> linked; mv dir moved');
      expect(await shell(merged.path, 'cat moved/sub/file')).toBe('low\nmore');
      const untouched = await shell(path, 'cat dir/sub/file linked; stat -c %h linked; ls');
      expect(untouched).toBe('low\none\n2\nagain\ndir\nlinked');
    }));

  it('an overlay that is mounted again, over a view that is mounted again, shows what it showed', async () => {
    await driver.create('below', { parent: 'base' });
    const { upper, work } = await partsIn(await plainDirectory(), await plainDirectory());
    const once = async (script: string): Promise<string> => {
      const mount = await driver.get('below');
      try {
        await using merged = await overlay({ lower: mount.path, upper, work });
        return await shell(merged.path, script);
      } finally {
        await mount.put();
      }
    };
    const look = 'cat dir/sub/file linked; stat -c "%n %a %h %s" dir dir/sub dir/sub/file linked';
    const before = await once(`echo new >> dir/sub/file; echo new >> linked; chmod 700 dir; ${look}`);
    // Asked for in another order: the numbers by which the kernel calls the files below are others.
    expect(await once(`cat again dir/sub/* > /dev/null; ${look}`)).toBe(before);
    await driver.remove('below');
  });
});
