import assert from 'node:assert/strict';
import { closeSync, constants, fstatSync, linkSync, openSync, unlinkSync } from 'node:fs';
import { assertMoves, exists, linksOf, namesIn, refuses, refusesOwner, textOf } from './judging.ts';
import { pathCases } from './path-cases.ts';
import type { PosixCase } from './posix-case.ts';
import { asOwner, CONTENT, fifo, file, folder, STRANGER, symlink, USER } from './scene.ts';

const NAME_MAX = 255;

/** unlink(2). */
export const unlinkCases: readonly PosixCase[] = [
  ...pathCases('unlink', (path) => unlinkSync(path)),
  {
    id: 'unlink/removes',
    title: 'unlink removes a file, and moves the times of the directory',
    stage: () => {
      folder('dir');
      file('dir/file');
      file('dir/other');
    },
    run: () => {
      assertMoves({ dir: 'mtime and ctime' }, () => unlinkSync('dir/file'));
      assert.deepEqual(namesIn('dir'), ['other']);
      refuses('ENOENT', () => unlinkSync('dir/file'));
    },
  },
  {
    id: 'unlink/one-of-two-names',
    title: 'unlink of one name lowers the link count of the file, and leaves its content',
    stage: () => {
      file('one');
      linkSync('one', 'two');
    },
    run: () => {
      assert.equal(linksOf('two'), 2);
      unlinkSync('one');
      assert.equal(linksOf('two'), 1);
      assert.equal(textOf('two'), CONTENT);
    },
  },
  {
    id: 'unlink/moves-the-ctime',
    title: 'a file that loses one of its names has a later ctime',
    stage: () => {
      file('one');
      linkSync('one', 'two');
    },
    run: () => assertMoves({ two: 'ctime' }, () => unlinkSync('one')),
  },
  {
    id: 'unlink/count-by-descriptor',
    title: 'an open file tells a link count of 0 once its last name is removed',
    stage: () => {
      file('one');
      linkSync('one', 'two');
    },
    run: () => {
      const fd = openSync('one', constants.O_RDONLY);
      unlinkSync('one');
      assert.equal(fstatSync(fd).nlink, 1);
      unlinkSync('two');
      assert.equal(fstatSync(fd).nlink, 0);
      closeSync(fd);
    },
  },
  {
    id: 'unlink/of-a-directory',
    title: 'unlink of a directory fails with EISDIR, for root too',
    stage: () => folder('dir'),
    run: () => refuses('EISDIR', () => unlinkSync('dir')),
  },
  {
    id: 'unlink/of-a-link',
    title: 'unlink of a symbolic link removes the link and not what it leads to, and of a dangling one too',
    stage: () => {
      file('file');
      symlink('file', 'link');
      symlink('nowhere', 'dangling');
    },
    run: () => {
      unlinkSync('link');
      unlinkSync('dangling');
      assert.deepEqual(namesIn('.'), ['file']);
      assert.equal(textOf('file'), CONTENT);
    },
  },
  {
    id: 'unlink/slash-after-a-file',
    title: 'unlink of a file with a slash behind its name fails with ENOTDIR, and of a link to a directory, too',
    stage: () => {
      file('file');
      folder('dir');
      symlink('dir', 'link');
    },
    run: () => {
      refuses('ENOTDIR', () => unlinkSync('file/'));
      refuses('ENOTDIR', () => unlinkSync('link/'));
    },
  },
  {
    id: 'unlink/of-a-fifo',
    title: 'unlink removes a fifo',
    stage: () => fifo('fifo'),
    run: () => {
      unlinkSync('fifo');
      assert.equal(exists('fifo'), false);
    },
  },
  {
    id: 'unlink/longest-name',
    title: 'a file with a name of 255 bytes is removed, and made again',
    stage: () => file('n'.repeat(NAME_MAX)),
    run: () => {
      const name = 'n'.repeat(NAME_MAX);
      unlinkSync(name);
      assert.equal(exists(name), false);
      assert.deepEqual(namesIn('.'), []);
      file(name);
      assert.deepEqual(namesIn('.'), [name]);
    },
  },
  {
    id: 'unlink/in-a-directory-of-root',
    title: 'unlink in a directory that the user may not write to fails with EACCES, of his own file too',
    stage: () => {
      folder('dir');
      file('dir/own', { owner: USER });
    },
    run: () => refusesOwner('EACCES', () => unlinkSync('dir/own')),
  },
  {
    id: 'unlink/of-somebody-elses-file',
    title: 'who may write to a directory may remove files of others from it',
    stage: () => {
      folder('own', { owner: USER });
      file('own/file', { mode: 0o600 });
    },
    run: () => {
      asOwner(() => unlinkSync('own/file'));
      assert.deepEqual(namesIn('own'), []);
    },
  },
  {
    id: 'unlink/sticky-directory',
    title: 'in a sticky directory unlink of a file of somebody else fails with EPERM, and of an own one does not',
    stage: () => {
      folder('sticky', { mode: 0o1777 });
      file('sticky/own', { owner: USER });
      file('sticky/theirs', { owner: STRANGER, mode: 0o666 });
    },
    run: () => {
      refusesOwner('EPERM', () => unlinkSync('sticky/theirs'));
      asOwner(() => unlinkSync('sticky/own'));
      assert.deepEqual(namesIn('sticky'), ['theirs']);
    },
  },
  {
    id: 'unlink/own-sticky-directory',
    title: 'the owner of a sticky directory may remove the files of others from it',
    stage: () => {
      folder('sticky', { mode: 0o1777, owner: USER });
      file('sticky/theirs', { owner: STRANGER });
    },
    run: () => {
      asOwner(() => unlinkSync('sticky/theirs'));
      assert.deepEqual(namesIn('sticky'), []);
    },
  },
];
