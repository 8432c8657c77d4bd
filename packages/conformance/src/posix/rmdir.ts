import assert from 'node:assert/strict';
import {
  closeSync,
  constants,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  rmdirSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { assertMoves, exists, namesIn, outcomeOf, refuses, refusesOwner } from './judging.ts';
import { pathCases } from './path-cases.ts';
import type { PosixCase } from './posix-case.ts';
import { asOwner, fifo, file, folder, STRANGER, symlink, USER } from './scene.ts';

/** rmdir(2). */
export const rmdirCases: readonly PosixCase[] = [
  ...pathCases('rmdir', (path) => rmdirSync(path)),
  {
    id: 'rmdir/removes',
    title: 'rmdir removes an empty directory, and moves the times of its parent',
    stage: () => {
      folder('parent');
      folder('parent/dir');
    },
    run: () => {
      assertMoves({ parent: 'mtime and ctime' }, () => rmdirSync('parent/dir'));
      assert.deepEqual(namesIn('parent'), []);
      refuses('ENOENT', () => rmdirSync('parent/dir'));
    },
  },
  {
    id: 'rmdir/with-entries',
    title: 'rmdir of a directory with a file, a link, a fifo or a directory in it fails with ENOTEMPTY',
    stage: () => {
      for (const name of ['file', 'link', 'fifo', 'dir', 'hidden']) folder(name);
      file('file/entry');
      symlink('nowhere', 'link/entry');
      fifo('fifo/entry');
      folder('dir/entry');
      file('hidden/.entry');
    },
    run: () => {
      for (const name of ['file', 'link', 'fifo', 'dir', 'hidden']) refuses('ENOTEMPTY', () => rmdirSync(name));
    },
  },
  {
    id: 'rmdir/emptied',
    title: 'a directory whose entries were all removed is removed by rmdir, and its name may be taken by a file',
    stage: () => {
      folder('dir');
      file('dir/file');
      folder('dir/below');
    },
    run: () => {
      unlinkSync('dir/file');
      refuses('ENOTEMPTY', () => rmdirSync('dir'));
      rmdirSync('dir/below');
      rmdirSync('dir');
      assert.equal(exists('dir'), false);
      writeFileSync('dir', '');
      assert.deepEqual(namesIn('.'), ['dir']);
    },
  },
  {
    id: 'rmdir/with-a-new-entry',
    title: 'rmdir of a directory that has got its first entry fails with ENOTEMPTY',
    stage: () => folder('dir'),
    run: () => {
      file('dir/new');
      refuses('ENOTEMPTY', () => rmdirSync('dir'));
    },
  },
  {
    id: 'rmdir/of-what-is-none',
    title: 'rmdir of a file, of a fifo and of a link to a directory fails with ENOTDIR',
    stage: () => {
      file('file');
      fifo('fifo');
      folder('dir');
      symlink('dir', 'link');
    },
    run: () => {
      for (const name of ['file', 'fifo', 'link', 'link/', 'file/']) refuses('ENOTDIR', () => rmdirSync(name));
    },
  },
  {
    id: 'rmdir/of-dots',
    title: 'rmdir of . fails with EINVAL, and of .. with ENOTEMPTY',
    stage: () => folder('dir'),
    run: () => {
      refuses('EINVAL', () => rmdirSync('dir/.'));
      refuses('ENOTEMPTY', () => rmdirSync('dir/..'));
    },
  },
  {
    id: 'rmdir/slash',
    title: 'rmdir takes a name with slashes behind it',
    stage: () => folder('dir'),
    run: () => {
      rmdirSync('dir//');
      assert.equal(exists('dir'), false);
    },
  },
  {
    id: 'rmdir/in-a-directory-of-root',
    title: 'rmdir in a directory that the user may not write to fails with EACCES, of his own directory too',
    stage: () => {
      folder('dir');
      folder('dir/own', { owner: USER });
    },
    run: () => refusesOwner('EACCES', () => rmdirSync('dir/own')),
  },
  {
    id: 'rmdir/sticky-directory',
    title: 'in a sticky directory rmdir of a directory of somebody else fails with EPERM, and of an own one does not',
    stage: () => {
      folder('sticky', { mode: 0o1777 });
      folder('sticky/own', { owner: USER });
      folder('sticky/theirs', { owner: STRANGER, mode: 0o777 });
    },
    run: () => {
      refusesOwner('EPERM', () => rmdirSync('sticky/theirs'));
      asOwner(() => rmdirSync('sticky/own'));
      assert.deepEqual(namesIn('sticky'), ['theirs']);
    },
  },
  {
    id: 'rmdir/while-open',
    title: 'a directory that is removed while it is open has a link count of 0 and takes no new entry',
    stage: () => folder('dir'),
    run: () => {
      const fd = openSync('dir', constants.O_RDONLY | constants.O_DIRECTORY);
      rmdirSync('dir');
      assert.equal(fstatSync(fd).nlink, 0);
      assert.equal(
        outcomeOf(() => mkdirSync(`/proc/self/fd/${fd}/new`)),
        'ENOENT',
      );
      assert.deepEqual(readdirSync(`/proc/self/fd/${fd}`), []);
      closeSync(fd);
    },
  },
];
