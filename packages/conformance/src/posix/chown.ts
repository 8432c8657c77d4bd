import assert from 'node:assert/strict';
import {
  chownSync,
  closeSync,
  constants,
  fchownSync,
  fstatSync,
  lchownSync,
  linkSync,
  openSync,
  unlinkSync,
} from 'node:fs';
import { getXattr, setXattr } from '@graphdriver/host';
import { assertMoves, modeOf, outcomeOf, ownerOf, refuses, refusesOwner, refusesStranger } from './judging.ts';
import { pathCases } from './path-cases.ts';
import type { PosixCase } from './posix-case.ts';
import { asOwner, fifo, file, folder, SHARED_GROUP, STRANGER, symlink, USER } from './scene.ts';

/** chown(2) takes it for: stays as it is. */
const SAME = -1;
/** `security.capability`, revision 2: may bind low ports. */
export const CAPABILITY: Buffer = Buffer.from('0100000200040000000000000000000000000000', 'hex');

/** chown(2), lchown(2) and fchown(2). */
export const chownCases: readonly PosixCase[] = [
  ...pathCases('chown', (path) => chownSync(path, USER.uid, USER.gid)),
  {
    id: 'chown/sets-both',
    title: 'root’s chown sets user and group, and the ctime, and nothing else',
    stage: () => file('file', { mode: 0o640 }),
    run: () => {
      assertMoves({ file: 'ctime' }, () => chownSync('file', 12_345, 54_321));
      assert.deepEqual(ownerOf('file'), [12_345, 54_321]);
      assert.equal(modeOf('file'), 0o640);
    },
  },
  {
    id: 'chown/minus-one-stays',
    title: 'chown leaves the user or group that is given as -1',
    stage: () => file('file', { owner: USER }),
    run: () => {
      chownSync('file', SAME, 9);
      assert.deepEqual(ownerOf('file'), [USER.uid, 9]);
      chownSync('file', 8, SAME);
      assert.deepEqual(ownerOf('file'), [8, 9]);
    },
  },
  {
    id: 'chown/large-ids',
    title: 'chown keeps the largest id that there is',
    stage: () => file('file'),
    run: () => {
      chownSync('file', 0xfffffffe, 0xfffffffd);
      assert.deepEqual(ownerOf('file'), [0xfffffffe, 0xfffffffd]);
    },
  },
  {
    id: 'chown/of-a-directory',
    title: 'chown of a directory keeps its set-group-id and sticky bits',
    stage: () => folder('dir', { mode: 0o3777 }),
    run: () => {
      assertMoves({ dir: 'ctime' }, () => chownSync('dir', 5, 6));
      assert.deepEqual(ownerOf('dir'), [5, 6]);
      assert.equal(modeOf('dir'), 0o3777);
    },
  },
  {
    id: 'chown/follows-links',
    title: 'chown of a symbolic link changes what it leads to, and lchown the link itself',
    stage: () => {
      fifo('fifo');
      symlink('fifo', 'link');
    },
    run: () => {
      assertMoves({ link: 'neither', fifo: 'ctime' }, () => chownSync('link', 1, 2));
      assertMoves({ link: 'ctime', fifo: 'neither' }, () => lchownSync('link', 3, 4));
      assert.deepEqual(
        [ownerOf('fifo'), ownerOf('link')],
        [
          [1, 2],
          [3, 4],
        ],
      );
    },
  },
  {
    id: 'chown/of-a-dangling-link',
    title: 'chown of a symbolic link that leads nowhere fails with ENOENT, and lchown does not',
    stage: () => symlink('nowhere', 'link'),
    run: () => {
      refuses('ENOENT', () => chownSync('link', 1, 2));
      lchownSync('link', 1, 2);
      assert.deepEqual(ownerOf('link'), [1, 2]);
    },
  },
  {
    id: 'chown/clears-set-ids',
    title: 'chown takes the set-id bits from a program, whoever calls it',
    stage: () => file('program', { mode: 0o6755 }),
    run: () => {
      chownSync('program', 1, 1);
      assert.equal(modeOf('program'), 0o755);
    },
  },
  {
    id: 'chown/clears-set-user-id-when-the-group-changes',
    title: 'a chown of the group alone takes the set-id bits from a program',
    stage: () => file('program', { mode: 0o6711 }),
    run: () => {
      chownSync('program', SAME, 7);
      assert.equal(modeOf('program'), 0o711);
    },
  },
  {
    id: 'chown/clears-capabilities',
    title: 'chown takes the capabilities from a program',
    stage: () => {
      file('program', { mode: 0o755 });
      setXattr('program', 'security.capability', CAPABILITY);
    },
    run: () => {
      assert.equal(getXattr('program', 'security.capability').length, CAPABILITY.length);
      chownSync('program', 1, 1);
      assert.equal(
        outcomeOf(() => getXattr('program', 'security.capability')),
        'ENODATA',
      );
    },
  },
  {
    id: 'chown/giving-away',
    title: 'an ordinary user’s chown of his file to somebody else fails with EPERM',
    stage: () => file('own', { owner: USER }),
    run: () => refusesOwner('EPERM', () => chownSync('own', STRANGER.uid, SAME)),
  },
  {
    id: 'chown/to-an-own-group',
    title: 'an owner may give his file to another group of his, which takes the set-id bits from it',
    stage: () => file('own', { owner: USER, mode: 0o6755 }),
    run: () => {
      asOwner(() => chownSync('own', USER.uid, SHARED_GROUP));
      assert.deepEqual(ownerOf('own'), [USER.uid, SHARED_GROUP]);
      assert.equal(modeOf('own'), 0o755);
    },
  },
  {
    id: 'chown/to-a-foreign-group',
    title: 'an owner’s chown of his file to a group that he is not of fails with EPERM',
    stage: () => file('own', { owner: USER, mode: 0o6755 }),
    run: () => {
      refusesOwner('EPERM', () => chownSync('own', SAME, STRANGER.gid));
      assert.equal(modeOf('own'), 0o6755);
    },
  },
  {
    id: 'chown/by-a-stranger',
    title: 'chown by a user whom the file does not belong to fails with EPERM, to himself too',
    stage: () => file('own', { owner: USER, mode: 0o666 }),
    run: () => refusesStranger('EPERM', () => chownSync('own', STRANGER.uid, STRANGER.gid)),
  },
  {
    id: 'chown/link-by-a-stranger',
    title: 'lchown of a link by a user whom it does not belong to fails with EPERM',
    stage: () => symlink('nowhere', 'link'),
    run: () => refusesStranger('EPERM', () => lchownSync('link', STRANGER.uid, STRANGER.gid)),
  },
  {
    id: 'chown/shows-through-all-names',
    title: 'an owner set by one name of a file shows by its other name',
    stage: () => {
      file('one');
      linkSync('one', 'two');
    },
    run: () => {
      chownSync('two', 3, 4);
      assert.deepEqual(ownerOf('one'), [3, 4]);
    },
  },
  {
    id: 'chown/by-descriptor',
    title: 'fchown sets the owner through a descriptor, also of a file without a name',
    stage: () => file('file'),
    run: () => {
      const fd = openSync('file', constants.O_RDONLY);
      fchownSync(fd, 3, 4);
      assert.deepEqual(ownerOf('file'), [3, 4]);
      unlinkSync('file');
      fchownSync(fd, 5, 6);
      const { uid, gid } = fstatSync(fd);
      assert.deepEqual([uid, gid], [5, 6]);
      closeSync(fd);
    },
  },
  {
    id: 'chown/new-owner-new-rights',
    title: 'who gets a file by chown may do with it at once what its owner may, and who had it may not',
    stage: () => file('file', { owner: STRANGER, mode: 0o600 }),
    run: () => {
      refusesOwner('EACCES', () => openSync('file', constants.O_RDWR));
      chownSync('file', USER.uid, USER.gid);
      closeSync(asOwner(() => openSync('file', constants.O_RDWR)));
      refusesStranger('EACCES', () => openSync('file', constants.O_RDONLY));
    },
  },
];
