import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readXattr } from '@graphdriver/host';
import { privilegeReason } from '@graphdriver/testkit';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Touch } from '../../src/bench-case.ts';
import { TOUCH } from '../../src/workloads/touches.ts';

const SIZE = 1024;
const reason = privilegeReason();

/** All that a touch may change. */
interface Look {
  readonly names: readonly string[];
  readonly size: number;
  readonly middle: string;
  readonly mode: number;
  readonly owner: readonly number[];
  readonly links: number;
  readonly xattr: string | undefined;
}

/** What each touch makes of the file, the first time and the second. What is not named stays. */
const EFFECTS: Readonly<Record<Touch, readonly [Partial<Look>, Partial<Look>]>> = {
  append: [{ size: SIZE + 1 }, { size: SIZE + 2 }],
  middle: [{ middle: 'x' }, { middle: 'x' }],
  truncate: [
    { size: SIZE / 2, middle: '' },
    { size: SIZE / 4, middle: '' },
  ],
  empty: [
    { size: 0, middle: '' },
    { size: 0, middle: '' },
  ],
  open: [{}, {}],
  chmod: [{ mode: 0o600 }, { mode: 0o640 }],
  chown: [{ owner: [1, 1] }, { owner: [2, 2] }],
  rename: [{ names: ['file-renamed-1'] }, { names: ['file-renamed-2'] }],
  link: [
    { names: ['file', 'file-link-0'], links: 2 },
    { names: ['file', 'file-link-0', 'file-link-1'], links: 3 },
  ],
  utimens: [{}, {}],
  setxattr: [{ xattr: '0' }, { xattr: '1' }],
};

describe.skipIf(reason !== null)(`a touch${reason === null ? '' : ` (${reason})`}`, () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'touches-'));
    await writeFile(join(folder, 'file'), 'a'.repeat(SIZE), { mode: 0o644 });
  });
  afterEach(() => rm(folder, { recursive: true }));

  const look = (): Look & { readonly mtime: bigint } => {
    const names = readdirSync(folder).sort();
    const path = join(folder, names[0] ?? '');
    const { size, mode, uid, gid, nlink } = lstatSync(path);
    const middle = readFileSync(path, 'latin1').slice(SIZE / 2, SIZE / 2 + 1);
    return {
      names,
      size,
      middle,
      mode: mode & 0o7777,
      owner: [uid, gid],
      links: nlink,
      xattr: readXattr(path, 'user.touched')?.toString(),
      mtime: lstatSync(path, { bigint: true }).mtimeNs,
    };
  };

  test.each(Object.entries(EFFECTS))('named %s does that and nothing else, the second time too', (name, effects) => {
    const touch = TOUCH[name as Touch]; // Object.entries forgets the type of the keys.
    const before = look();
    for (const [turn, effect] of effects.entries()) {
      touch({ path: join(folder, 'file'), size: SIZE }, turn);
      const { mtime, ...after } = look();
      const { mtime: was, ...old } = before;
      expect(after).toEqual({ ...old, ...effect });
      if (name === 'utimens') expect(mtime).toBe(BigInt(turn + 1) * 1_000_000_000n);
      if (['open', 'chmod', 'chown', 'rename', 'link', 'setxattr'].includes(name)) expect(mtime).toBe(was);
    }
  });
});
