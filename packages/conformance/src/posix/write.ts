import assert from 'node:assert/strict';
import { chmodSync, closeSync, constants, fchmodSync, openSync, readSync, writeSync } from 'node:fs';
import { getXattr, setXattr } from '@graphdriver/host';
import { CAPABILITY } from './chown.ts';
import { assertMoves, modeOf, outcomeOf, textOf } from './judging.ts';
import type { PosixCase } from './posix-case.ts';
import { asOwner, CONTENT, file, folder } from './scene.ts';

const LARGE = 600_000;

/** Writes one byte at the beginning. */
function touch(path: string): void {
  const fd = openSync(path, constants.O_WRONLY);
  try {
    writeSync(fd, 'X', 0);
  } finally {
    closeSync(fd);
  }
}

/** write(2): what it does beside writing. */
export const writeCases: readonly PosixCase[] = [
  {
    id: 'write/moves-times',
    title: 'write moves the mtime and ctime of a file, and read neither',
    stage: () => file('file'),
    run: () => {
      assertMoves({ file: 'neither' }, () => void textOf('file'));
      assertMoves({ file: 'mtime and ctime' }, () => touch('file'));
      assert.equal(textOf('file'), `X${CONTENT.slice(1)}`);
    },
  },
  ...(
    [
      ['small', CONTENT.length],
      ['large', LARGE],
    ] as const
  ).map(([size, length]) => ({
    id: `write/clears-set-ids-of-a-${size}-file`,
    title: `write by an ordinary user takes the set-id bits from a ${size} program`,
    stage: () => file('program', { mode: 0o6777, content: 'x'.repeat(length) }),
    run: () => {
      asOwner(() => touch('program'));
      assert.equal(modeOf('program'), 0o777);
    },
  })),
  {
    id: 'write/clears-set-ids-given-while-open',
    title: 'write takes the set-id bits from a program that got them while it was open',
    stage: () => file('program', { mode: 0o777 }),
    run: () => {
      const fd = asOwner(() => openSync('program', constants.O_WRONLY));
      asOwner(() => writeSync(fd, 'X', 0));
      chmodSync('program', 0o6777);
      asOwner(() => writeSync(fd, 'Y', 0));
      closeSync(fd);
      assert.equal(modeOf('program'), 0o777);
    },
  },
  {
    id: 'write/by-root-keeps-set-ids-given-while-open',
    title: 'root’s write leaves the set-id bits that a program got while it was open, as installers give them',
    stage: () => folder('dir'),
    run: () => {
      const fd = openSync('dir/program', constants.O_WRONLY | constants.O_CREAT, 0o755);
      fchmodSync(fd, 0o6755);
      writeSync(fd, 'X', 0);
      closeSync(fd);
      assert.equal(modeOf('dir/program'), 0o6755);
    },
  },
  {
    id: 'write/by-root-keeps-set-ids',
    title: 'root’s write leaves the set-id bits',
    stage: () => file('program', { mode: 0o6755 }),
    run: () => {
      touch('program');
      assert.equal(modeOf('program'), 0o6755);
    },
  },
  {
    id: 'write/clears-capabilities',
    title: 'write takes the capabilities from a program, whoever writes',
    stage: () => {
      file('program', { mode: 0o755 });
      setXattr('program', 'security.capability', CAPABILITY);
    },
    run: () => {
      touch('program');
      assert.equal(
        outcomeOf(() => getXattr('program', 'security.capability')),
        'ENODATA',
      );
    },
  },
  {
    id: 'write/behind-the-end',
    title: 'a write behind the end of a file leaves zeros between',
    stage: () => file('file', { content: 'ab' }),
    run: () => {
      const fd = openSync('file', constants.O_RDWR);
      writeSync(fd, Buffer.from('z'), 0, 1, 5000);
      const bytes = Buffer.alloc(5001, 1);
      assert.equal(readSync(fd, bytes, 0, 5001, 0), 5001);
      closeSync(fd);
      assert.deepEqual(bytes, Buffer.concat([Buffer.from('ab'), Buffer.alloc(4998), Buffer.from('z')]));
    },
  },
];
