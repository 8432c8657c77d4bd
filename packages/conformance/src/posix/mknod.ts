import assert from 'node:assert/strict';
import { closeSync, constants, openSync, readSync, unlinkSync, writeSync } from 'node:fs';
import { makedev, makeNode } from '@graphdriver/host';
import { assertMoves, look, modeOf, ownerOf, refuses, refusesOwner, textOf } from './judging.ts';
import { pathCases } from './path-cases.ts';
import type { PosixCase } from './posix-case.ts';
import { asOwner, fifo, file, folder, SHARED_GROUP, symlink, USER } from './scene.ts';

const TYPES = { fifo: 0o010000, character: 0o020000, block: 0o060000, file: 0o100000, socket: 0o140000 } as const;
const S_IFDIR = 0o040000;
const S_IFLNK = 0o120000;

/** mkfifo(3), which is mknod(2) of a fifo. */
export const mkfifoCases: readonly PosixCase[] = [
  ...pathCases('mkfifo', (path) => makeNode(path, TYPES.fifo | 0o644, 0)),
  {
    id: 'mkfifo/by-a-user',
    title: 'an ordinary user may make a fifo in his directory: it is his, without the bits of the umask',
    stage: () => folder('own', { owner: USER }),
    run: () => {
      const umask = process.umask(0o022);
      try {
        assertMoves({ own: 'mtime and ctime' }, () => asOwner(() => makeNode('own/fifo', TYPES.fifo | 0o666, 0)));
      } finally {
        process.umask(umask);
      }
      assert.ok(look('own/fifo').isFIFO());
      assert.deepEqual(ownerOf('own/fifo'), [USER.uid, USER.gid]);
      assert.equal(modeOf('own/fifo'), 0o644);
    },
  },
  ...(['file', 'dir', 'dangling'] as const).map((target) => ({
    id: `mkfifo/onto-${target}`,
    title: `mkfifo of a name that a ${target === 'dir' ? 'directory' : target === 'dangling' ? 'dangling link' : target} has fails with EEXIST`,
    stage: () => {
      file('file');
      folder('dir');
      symlink('nowhere', 'dangling');
    },
    run: () => refuses('EEXIST', () => makeNode(target, TYPES.fifo | 0o644, 0)),
  })),
  {
    id: 'mkfifo/in-a-directory-of-root',
    title: 'mkfifo in a directory that the user may not write to fails with EACCES',
    stage: () => folder('dir'),
    run: () => refusesOwner('EACCES', () => makeNode('dir/fifo', TYPES.fifo | 0o644, 0)),
  },
  {
    id: 'mkfifo/inherits-the-group',
    title: 'a fifo made in a directory with the set-group-id bit has the group of the directory',
    stage: () => folder('shared', { gid: SHARED_GROUP, mode: 0o2777 }),
    run: () => {
      asOwner(() => makeNode('shared/fifo', TYPES.fifo | 0o644, 0));
      assert.deepEqual(ownerOf('shared/fifo'), [USER.uid, SHARED_GROUP]);
    },
  },
  {
    id: 'mkfifo/carries-bytes',
    title: 'what is written into a fifo is read from it, and the file stays empty',
    stage: () => fifo('fifo'),
    run: () => {
      const fd = openSync('fifo', constants.O_RDWR | constants.O_NONBLOCK);
      writeSync(fd, 'through');
      const bytes = Buffer.alloc(16);
      assert.equal(bytes.toString('latin1', 0, readSync(fd, bytes)), 'through');
      closeSync(fd);
      assert.equal(look('fifo').size, 0n);
    },
  },
  {
    id: 'mkfifo/replaced-by-a-file',
    title: 'a file may take the name of a fifo that was removed',
    stage: () => fifo('name'),
    run: () => {
      unlinkSync('name');
      file('name');
      assert.ok(look('name').isFile());
    },
  },
];

/** mknod(2). */
export const mknodCases: readonly PosixCase[] = [
  ...pathCases('mknod', (path) => makeNode(path, TYPES.file | 0o644, 0)),
  {
    id: 'mknod/devices',
    title: 'root’s mknod makes devices of both kinds with the numbers and modes that were asked for',
    run: () => {
      makeNode('character', TYPES.character | 0o620, makedev(5, 1));
      makeNode('block', TYPES.block | 0o660, makedev(259, 200_000));
      assert.ok(look('character').isCharacterDevice());
      assert.ok(look('block').isBlockDevice());
      assert.deepEqual(
        [look('character').rdev, look('block').rdev],
        [BigInt(makedev(5, 1)), BigInt(makedev(259, 200_000))],
      );
      assert.deepEqual([modeOf('character'), modeOf('block')], [0o620, 0o660]);
    },
  },
  {
    id: 'mknod/a-socket',
    title: 'mknod makes a socket',
    run: () => {
      makeNode('socket', TYPES.socket | 0o600, 0);
      assert.ok(look('socket').isSocket());
    },
  },
  {
    id: 'mknod/a-file',
    title: 'mknod of a regular file makes an empty one, and moves the times of the directory',
    stage: () => folder('dir'),
    run: () => {
      assertMoves({ dir: 'mtime and ctime' }, () => makeNode('dir/file', TYPES.file | 0o640, 0));
      assert.deepEqual([textOf('dir/file'), modeOf('dir/file')], ['', 0o640]);
    },
  },
  {
    id: 'mknod/device-by-a-user',
    title: 'mknod of a device by an ordinary user fails with EPERM',
    stage: () => folder('own', { owner: USER }),
    run: () => {
      refusesOwner('EPERM', () => makeNode('own/null', TYPES.character | 0o666, makedev(1, 3)));
      refusesOwner('EPERM', () => makeNode('own/disk', TYPES.block | 0o666, makedev(8, 0)));
    },
  },
  {
    id: 'mknod/of-a-directory',
    title: 'mknod of a directory fails with EPERM, and of a symbolic link with EINVAL',
    run: () => {
      refuses('EPERM', () => makeNode('dir', S_IFDIR | 0o755, 0));
      refuses('EINVAL', () => makeNode('link', S_IFLNK | 0o777, 0));
    },
  },
  {
    id: 'mknod/onto-a-name',
    title: 'mknod of a name that something has fails with EEXIST',
    stage: () => fifo('fifo'),
    run: () => refuses('EEXIST', () => makeNode('fifo', TYPES.character | 0o666, makedev(1, 3))),
  },
  {
    id: 'mknod/removed',
    title: 'a device is removed by unlink, and another may take its name',
    stage: () => makeNode('device', TYPES.character | 0o600, makedev(1, 3)),
    run: () => {
      unlinkSync('device');
      makeNode('device', TYPES.block | 0o640, makedev(7, 0));
      assert.ok(look('device').isBlockDevice());
      assert.equal(modeOf('device'), 0o640);
    },
  },
];
