import assert from 'node:assert/strict';
import {
  chmodSync,
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  linkSync,
  openSync,
  readFileSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { assertMoves, look, modeOf, ownerOf, refuses, refusesOwner, refusesStranger } from './judging.ts';
import { pathCases } from './path-cases.ts';
import type { PosixCase } from './posix-case.ts';
import { asOwner, asStranger, fifo, file, folder, SHARED_GROUP, symlink, USER } from './scene.ts';

/** chmod(2) and fchmod(2). */
export const chmodCases: readonly PosixCase[] = [
  ...pathCases('chmod', (path) => chmodSync(path, 0o600)),
  {
    id: 'chmod/all-bits',
    title: 'chmod sets every permission, set-id and sticky bit of a file, and its ctime, and nothing else',
    stage: () => file('file', { owner: USER }),
    run: () => {
      for (const mode of [0o7777, 0, 0o4711, 0o2750, 0o1644, 0o600]) {
        assertMoves({ file: 'ctime' }, () => chmodSync('file', mode));
        assert.equal(modeOf('file'), mode);
      }
      assert.deepEqual(ownerOf('file'), [USER.uid, USER.gid]);
    },
  },
  {
    id: 'chmod/of-a-directory',
    title: 'chmod sets every bit of a directory, and its ctime',
    stage: () => folder('dir'),
    run: () => {
      assertMoves({ dir: 'ctime' }, () => chmodSync('dir', 0o7751));
      assert.equal(modeOf('dir'), 0o7751);
    },
  },
  {
    id: 'chmod/of-a-fifo',
    title: 'chmod sets the mode of a fifo',
    stage: () => fifo('fifo'),
    run: () => {
      assertMoves({ fifo: 'ctime' }, () => chmodSync('fifo', 0o620));
      assert.equal(modeOf('fifo'), 0o620);
      assert.ok(look('fifo').isFIFO());
    },
  },
  {
    id: 'chmod/follows-links',
    title: 'chmod of a symbolic link changes what it leads to and not the link',
    stage: () => {
      file('file');
      symlink('file', 'link');
    },
    run: () => {
      assertMoves({ link: 'neither', file: 'ctime' }, () => chmodSync('link', 0o640));
      assert.equal(modeOf('file'), 0o640);
      assert.equal(modeOf('link'), 0o777);
    },
  },
  {
    id: 'chmod/of-a-dangling-link',
    title: 'chmod of a symbolic link that leads nowhere fails with ENOENT',
    stage: () => symlink('nowhere', 'link'),
    run: () => refuses('ENOENT', () => chmodSync('link', 0o600)),
  },
  {
    id: 'chmod/of-a-link-to-itself',
    title: 'chmod of a symbolic link to itself fails with ELOOP',
    stage: () => symlink('self', 'self'),
    run: () => refuses('ELOOP', () => chmodSync('self', 0o600)),
  },
  {
    id: 'chmod/slash-after-a-file',
    title: 'chmod of a file with a slash behind its name fails with ENOTDIR',
    stage: () => file('file'),
    run: () => refuses('ENOTDIR', () => chmodSync('file/', 0o600)),
  },
  {
    id: 'chmod/by-the-owner',
    title: 'an ordinary user may chmod what is his, also where its mode lets nobody in',
    stage: () => file('own', { owner: USER, mode: 0 }),
    run: () => {
      asOwner(() => chmodSync('own', 0o604));
      assert.equal(modeOf('own'), 0o604);
    },
  },
  {
    id: 'chmod/by-a-stranger',
    title: 'chmod by a user whom the file does not belong to fails with EPERM, even where he may write to it',
    stage: () => file('own', { owner: USER, mode: 0o666 }),
    run: () => refusesStranger('EPERM', () => chmodSync('own', 0o777)),
  },
  {
    id: 'chmod/of-roots-file',
    title: 'chmod by an ordinary user of a file of root fails with EPERM',
    stage: () => file('file', { gid: USER.gid, mode: 0o664 }),
    run: () => refusesOwner('EPERM', () => chmodSync('file', 0o666)),
  },
  {
    id: 'chmod/set-group-id-of-a-foreign-group',
    title: 'an owner who is not of the file’s group gets no set-group-id bit by chmod, and no error',
    stage: () => file('own', { owner: USER, gid: 70_099 }),
    run: () => {
      asOwner(() => chmodSync('own', 0o2755));
      assert.equal(modeOf('own'), 0o755);
    },
  },
  {
    id: 'chmod/set-group-id-of-an-own-group',
    title: 'an owner of the file’s group by a further group gets the set-group-id bit by chmod',
    stage: () => file('own', { owner: USER, gid: SHARED_GROUP }),
    run: () => {
      asOwner(() => chmodSync('own', 0o2755));
      assert.equal(modeOf('own'), 0o2755);
    },
  },
  {
    id: 'chmod/shows-through-all-names',
    title: 'a mode set by one name of a file shows by its other name',
    stage: () => {
      file('one');
      linkSync('one', 'two');
    },
    run: () => {
      chmodSync('one', 0o4750);
      assert.equal(modeOf('two'), 0o4750);
      assert.equal(look('one').ino, look('two').ino);
    },
  },
  {
    id: 'chmod/takes-the-way-in',
    title: 'a directory without its search bit keeps everybody but root out, at once',
    stage: () => {
      folder('dir');
      file('dir/entry');
    },
    run: () => {
      assert.equal(asOwner(() => readFileSync('dir/entry').length) > 0, true);
      chmodSync('dir', 0o644);
      refusesOwner('EACCES', () => readFileSync('dir/entry'));
      chmodSync('dir', 0o711);
      assert.equal(asOwner(() => readFileSync('dir/entry').length) > 0, true);
    },
  },
  {
    id: 'chmod/open-files-stay-open',
    title: 'who has a file open for writing goes on writing after chmod has taken the permission',
    stage: () => file('own', { owner: USER, mode: 0o600, content: '' }),
    run: () => {
      const fd = asOwner(() => openSync('own', constants.O_WRONLY));
      chmodSync('own', 0o400);
      asOwner(() => writeSync(fd, 'written'));
      closeSync(fd);
      assert.equal(readFileSync('own', 'latin1'), 'written');
      refusesOwner('EACCES', () => openSync('own', constants.O_WRONLY));
    },
  },
  {
    id: 'chmod/by-descriptor',
    title: 'fchmod sets the mode through a descriptor that is open for reading, also of a file without a name',
    stage: () => file('file'),
    run: () => {
      const fd = openSync('file', constants.O_RDONLY);
      fchmodSync(fd, 0o600);
      assert.equal(modeOf('file'), 0o600);
      unlinkSync('file');
      fchmodSync(fd, 0o751);
      assert.equal(fstatSync(fd).mode & 0o7777, 0o751);
      closeSync(fd);
    },
  },
  {
    id: 'chmod/group-permission-counts',
    title: 'who is of a file’s group has the group’s permission and not that of all others',
    stage: () => file('file', { gid: SHARED_GROUP, mode: 0o606 }),
    run: () => {
      refusesOwner('EACCES', () => readFileSync('file'));
      assert.ok(asStranger(() => readFileSync('file').length) > 0);
    },
  },
];
