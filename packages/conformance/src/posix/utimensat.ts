import assert from 'node:assert/strict';
import { linkSync } from 'node:fs';
import { setPathTimes, type TimeAt } from '@graphdriver/host';
import { assertMoves, look, refuses, refusesOwner, refusesStranger } from './judging.ts';
import { pathCases } from './path-cases.ts';
import type { PosixCase } from './posix-case.ts';
import { asOwner, asStranger, fifo, file, folder, STRANGER, symlink, USER } from './scene.ts';

const THEN: TimeAt = { seconds: 1_000_000_000, nanoseconds: 123_456_789 };
const THEN_NS = 1_000_000_000_123_456_789n;
const SECOND = 1_000_000_000n;

function setTimes(path: string, atime: TimeAt, mtime: TimeAt): void {
  setPathTimes(path, [atime, mtime], 'follow');
}

function timesOf(path: string): readonly [atime: bigint, mtime: bigint] {
  const { atimeNs, mtimeNs } = look(path);
  return [atimeNs, mtimeNs];
}

/** utimensat(2). */
export const utimensatCases: readonly PosixCase[] = [
  ...pathCases('utimensat', (path) => setTimes(path, THEN, THEN)),
  ...(['file', 'dir', 'fifo'] as const).map((name) => ({
    id: `utimensat/nanoseconds-of-a-${name}`,
    title: `utimensat sets both times of a ${name === 'dir' ? 'directory' : name} to the nanosecond, and its ctime to the present`,
    stage: () => ({ file, dir: folder, fifo })[name](name),
    run: () => {
      const before = look(name).ctimeNs;
      setTimes(name, THEN, { seconds: 1_234_567_890, nanoseconds: 999_999_999 });
      assert.deepEqual(timesOf(name), [THEN_NS, 1_234_567_890n * SECOND + 999_999_999n]);
      assert.ok(look(name).ctimeNs > before);
    },
  })),
  {
    id: 'utimensat/before-1970',
    title: 'utimensat sets times before 1970',
    stage: () => file('file'),
    run: () => {
      setTimes('file', { seconds: -2, nanoseconds: 500_000_000 }, { seconds: -86_400, nanoseconds: 1 });
      assert.deepEqual(timesOf('file'), [-1_500_000_000n, -86_400n * SECOND + 1n]);
    },
  },
  {
    id: 'utimensat/after-2038',
    title: 'utimensat sets times after 2038',
    stage: () => file('file'),
    run: () => {
      setTimes('file', { seconds: 2 ** 32, nanoseconds: 1 }, { seconds: 2 ** 33, nanoseconds: 2 });
      assert.deepEqual(timesOf('file'), [2n ** 32n * SECOND + 1n, 2n ** 33n * SECOND + 2n]);
    },
  },
  {
    id: 'utimensat/omits',
    title: 'UTIME_OMIT leaves one time, and both leave the ctime too',
    stage: () => file('file'),
    run: () => {
      setTimes('file', THEN, THEN);
      setTimes('file', undefined, { seconds: 1, nanoseconds: 1 });
      assert.deepEqual(timesOf('file'), [THEN_NS, SECOND + 1n]);
      setTimes('file', { seconds: 2, nanoseconds: 2 }, undefined);
      assert.deepEqual(timesOf('file'), [2n * SECOND + 2n, SECOND + 1n]);
      assertMoves({ file: 'neither' }, () => setTimes('file', undefined, undefined));
    },
  },
  {
    id: 'utimensat/now',
    title: 'UTIME_NOW sets a time to the present',
    stage: () => file('file'),
    run: () => {
      setTimes('file', THEN, THEN);
      const before = BigInt(Date.now() - 1000) * 1_000_000n;
      setTimes('file', undefined, 'now');
      const [atime, mtime] = timesOf('file');
      assert.equal(atime, THEN_NS);
      assert.ok(mtime >= before && mtime <= BigInt(Date.now() + 1000) * 1_000_000n);
      setTimes('file', 'now', THEN);
      assert.ok(look('file').atimeNs >= before);
      assert.equal(look('file').mtimeNs, THEN_NS);
    },
  },
  {
    id: 'utimensat/of-a-link',
    title: 'utimensat follows a symbolic link, and with AT_SYMLINK_NOFOLLOW sets the times of the link itself',
    stage: () => {
      file('file');
      symlink('file', 'link');
    },
    run: () => {
      assertMoves({ link: 'neither' }, () => setTimes('link', THEN, THEN));
      assert.equal(look('file').mtimeNs, THEN_NS);
      setPathTimes('link', [THEN, { seconds: 5, nanoseconds: 6 }], 'link-itself');
      assert.equal(look('link').mtimeNs, 5n * SECOND + 6n);
      assert.equal(look('file').mtimeNs, THEN_NS);
    },
  },
  {
    id: 'utimensat/of-a-dangling-link',
    title: 'utimensat through a symbolic link that leads nowhere fails with ENOENT, and of the link itself does not',
    stage: () => symlink('nowhere', 'link'),
    run: () => {
      refuses('ENOENT', () => setTimes('link', THEN, THEN));
      setPathTimes('link', [THEN, THEN], 'link-itself');
      assert.equal(look('link').mtimeNs, THEN_NS);
    },
  },
  {
    id: 'utimensat/too-many-nanoseconds',
    title: 'utimensat with a thousand million nanoseconds, or less than none, fails with EINVAL',
    stage: () => file('file'),
    run: () => {
      refuses('EINVAL', () => setTimes('file', THEN, { seconds: 1, nanoseconds: 1_000_000_000 }));
      refuses('EINVAL', () => setTimes('file', { seconds: 1, nanoseconds: -1 }, THEN));
    },
  },
  {
    id: 'utimensat/by-the-owner',
    title: 'an owner may set any time of what he may not write to',
    stage: () => file('own', { owner: USER, mode: 0o400 }),
    run: () => {
      asOwner(() => setTimes('own', THEN, THEN));
      assert.deepEqual(timesOf('own'), [THEN_NS, THEN_NS]);
      asOwner(() => setTimes('own', 'now', 'now'));
      assert.ok(look('own').mtimeNs > THEN_NS);
    },
  },
  {
    id: 'utimensat/by-a-writer',
    title:
      'who may write to a file may set its times to the present, and any other times, or one of both alone, are EPERM',
    stage: () => file('own', { owner: USER, mode: 0o666 }),
    run: () => {
      assertMoves({ own: 'mtime and ctime' }, () => asStranger(() => setTimes('own', 'now', 'now')));
      refusesStranger('EPERM', () => setTimes('own', THEN, THEN));
      refusesStranger('EPERM', () => setTimes('own', 'now', undefined));
      refusesStranger('EPERM', () => setTimes('own', undefined, 'now'));
    },
  },
  {
    id: 'utimensat/by-a-reader',
    title:
      'utimensat to the present by who may not write to the file fails with EACCES, and to another time with EPERM',
    stage: () => file('theirs', { owner: STRANGER, mode: 0o644 }),
    run: () => {
      refusesOwner('EACCES', () => setTimes('theirs', 'now', 'now'));
      refusesOwner('EPERM', () => setTimes('theirs', THEN, THEN));
    },
  },
  {
    id: 'utimensat/omitting-needs-no-permission',
    title: 'utimensat that leaves both times succeeds for everybody',
    stage: () => file('file', { mode: 0 }),
    run: () => assertMoves({ file: 'neither' }, () => asStranger(() => setTimes('file', undefined, undefined))),
  },
  {
    id: 'utimensat/shows-through-all-names',
    title: 'times set by one name of a file show by its other name',
    stage: () => {
      file('one');
      linkSync('one', 'two');
    },
    run: () => {
      setTimes('two', THEN, THEN);
      assert.deepEqual(timesOf('one'), [THEN_NS, THEN_NS]);
    },
  },
];
