import assert from 'node:assert/strict';
import { closeSync, constants, fstatSync, ftruncateSync, linkSync, openSync, readSync, unlinkSync } from 'node:fs';
import { getXattr, setXattr, truncatePath } from '@graphdriver/host';
import { CAPABILITY } from './chown.ts';
import { assertMoves, look, modeOf, outcomeOf, refuses, refusesOwner, textOf } from './judging.ts';
import { pathCases } from './path-cases.ts';
import type { PosixCase } from './posix-case.ts';
import { asOwner, CONTENT, fifo, file, folder, symlink, USER } from './scene.ts';

/** The largest number below 2^63 that JavaScript has. */
const HUGE = 2 ** 63 - 1024;
const LARGE = 1 << 20;

/** truncate(2) and ftruncate(2). */
export const truncateCases: readonly PosixCase[] = [
  ...pathCases('truncate', (path) => truncatePath(path, 0)),
  {
    id: 'truncate/shorter',
    title: 'truncate cuts a file, and moves its mtime and ctime',
    stage: () => file('file', { mode: 0o640 }),
    run: () => {
      assertMoves({ file: 'mtime and ctime' }, () => truncatePath('file', 7));
      assert.equal(textOf('file'), CONTENT.slice(0, 7));
      assert.equal(modeOf('file'), 0o640);
    },
  },
  {
    id: 'truncate/longer',
    title: 'truncate to a larger size adds zeros, and moves the mtime and ctime',
    stage: () => file('file'),
    run: () => {
      assertMoves({ file: 'mtime and ctime' }, () => truncatePath('file', 9000));
      assert.equal(textOf('file'), CONTENT + '\0'.repeat(9000 - CONTENT.length));
    },
  },
  {
    id: 'truncate/cut-and-grown',
    title: 'what was cut off does not come back when the file grows again',
    stage: () => file('file'),
    run: () => {
      truncatePath('file', 3);
      truncatePath('file', CONTENT.length);
      assert.equal(textOf('file'), CONTENT.slice(0, 3) + '\0'.repeat(CONTENT.length - 3));
    },
  },
  {
    id: 'truncate/frees-blocks',
    title: 'truncate to nothing gives the blocks of a large file back, and to a large size takes none',
    stage: () => file('file', { content: 'x'.repeat(LARGE) }),
    run: () => {
      assert.ok(look('file').blocks > 0n);
      truncatePath('file', 0);
      assert.equal(look('file').blocks, 0n);
      truncatePath('file', 2 ** 40);
      assert.deepEqual([look('file').size, look('file').blocks < 64n], [2n ** 40n, true]);
    },
  },
  {
    id: 'truncate/follows-links',
    title: 'truncate through a symbolic link cuts what it leads to, and a dangling one is ENOENT',
    stage: () => {
      file('file');
      symlink('file', 'link');
      symlink('nowhere', 'dangling');
    },
    run: () => {
      truncatePath('link', 1);
      assert.equal(textOf('file'), CONTENT.slice(0, 1));
      refuses('ENOENT', () => truncatePath('dangling', 1));
    },
  },
  {
    id: 'truncate/of-a-directory',
    title: 'truncate of a directory fails with EISDIR',
    stage: () => folder('dir'),
    run: () => refuses('EISDIR', () => truncatePath('dir', 0)),
  },
  {
    id: 'truncate/of-a-fifo',
    title: 'truncate of a fifo fails with EINVAL',
    stage: () => fifo('fifo'),
    run: () => refuses('EINVAL', () => truncatePath('fifo', 0)),
  },
  {
    id: 'truncate/negative',
    title: 'truncate to a negative size fails with EINVAL',
    stage: () => file('file'),
    run: () => refuses('EINVAL', () => truncatePath('file', -1)),
  },
  {
    id: 'truncate/beyond-the-limit',
    title: 'truncate to the largest size that can be said gives the file that size, or fails with EFBIG',
    stage: () => file('file'),
    run: () => {
      const outcome = outcomeOf(() => truncatePath('file', HUGE));
      assert.equal(look('file').size, outcome === 'EFBIG' ? BigInt(CONTENT.length) : BigInt(HUGE));
      assert.ok(['success', 'EFBIG'].includes(outcome), outcome);
    },
  },
  {
    id: 'truncate/without-permission',
    title: 'truncate of a file that the user may not write to fails with EACCES',
    stage: () => file('file', { mode: 0o755 }),
    run: () => refusesOwner('EACCES', () => truncatePath('file', 0)),
  },
  {
    id: 'truncate/clears-set-ids',
    title: 'truncate by an ordinary user takes the set-id bits from a program, and by root it does not',
    stage: () => {
      file('users', { mode: 0o6777 });
      file('roots', { mode: 0o6777 });
    },
    run: () => {
      asOwner(() => truncatePath('users', 2));
      truncatePath('roots', 2);
      assert.deepEqual([modeOf('users'), modeOf('roots')], [0o777, 0o6777]);
    },
  },
  {
    id: 'truncate/on-open-clears-set-ids',
    title: 'O_TRUNC by an ordinary user takes the set-id bits from a program',
    stage: () => file('program', { mode: 0o6777 }),
    run: () => {
      closeSync(asOwner(() => openSync('program', constants.O_WRONLY | constants.O_TRUNC)));
      assert.deepEqual([modeOf('program'), textOf('program')], [0o777, '']);
    },
  },
  {
    id: 'truncate/clears-capabilities',
    title: 'truncate takes the capabilities from a program, whoever cuts it',
    stage: () => {
      file('program', { mode: 0o755 });
      setXattr('program', 'security.capability', CAPABILITY);
    },
    run: () => {
      truncatePath('program', 2);
      assert.equal(
        outcomeOf(() => getXattr('program', 'security.capability')),
        'ENODATA',
      );
    },
  },
  {
    id: 'truncate/shows-through-all-names',
    title: 'a file cut by one name is cut by its other name',
    stage: () => {
      file('one');
      linkSync('one', 'two');
    },
    run: () => {
      truncatePath('two', 4);
      assert.equal(textOf('one'), CONTENT.slice(0, 4));
      assert.equal(look('one').ino, look('two').ino);
    },
  },
  {
    id: 'truncate/by-descriptor',
    title: 'ftruncate needs a descriptor that may write (EINVAL), and cuts a file without a name',
    stage: () => file('file', { owner: USER }),
    run: () => {
      const reader = openSync('file', constants.O_RDONLY);
      refuses('EINVAL', () => ftruncateSync(reader, 0));
      const writer = openSync('file', constants.O_RDWR);
      unlinkSync('file');
      ftruncateSync(writer, 4);
      assert.equal(fstatSync(writer).size, 4);
      const bytes = Buffer.alloc(16);
      assert.equal(bytes.toString('latin1', 0, readSync(writer, bytes, 0, 16, 0)), CONTENT.slice(0, 4));
      closeSync(reader);
      closeSync(writer);
    },
  },
];
