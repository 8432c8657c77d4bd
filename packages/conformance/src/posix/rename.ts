import assert from 'node:assert/strict';
import {
  closeSync,
  constants,
  fstatSync,
  linkSync,
  openSync,
  readlinkSync,
  readSync,
  renameSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { assertMoves, linksOf, look, modeOf, namesIn, ownerOf, refuses, textOf } from './judging.ts';
import { pathCases } from './path-cases.ts';
import type { PosixCase } from './posix-case.ts';
import { CONTENT, fifo, file, folder, symlink, USER } from './scene.ts';

/** rename(2) of files, and what it refuses. */
export const renameCases: readonly PosixCase[] = [
  ...pathCases('rename', (path) => renameSync(path, 'new')),
  ...pathCases('rename-to', (path) => renameSync('source', path)).map((made) => ({
    ...made,
    title: made.title.replace('rename-to', 'rename to a new name'),
    stage: () => {
      file('source', { owner: USER });
      made.stage?.();
    },
  })),
  {
    id: 'rename/moves-a-file',
    title:
      'rename moves a file with its inode, content, owner, mode and mtime, and moves the times of both directories',
    stage: () => {
      folder('from');
      folder('to');
      file('from/file', { owner: USER, mode: 0o4751 });
    },
    run: () => {
      const before = look('from/file');
      assertMoves(
        { from: 'mtime and ctime', to: 'mtime and ctime', 'from/file': 'ctime' },
        () => renameSync('from/file', 'to/moved'),
        { 'from/file': 'to/moved' },
      );
      assert.deepEqual([namesIn('from'), namesIn('to')], [[], ['moved']]);
      assert.equal(look('to/moved').ino, before.ino);
      assert.deepEqual([modeOf('to/moved'), ownerOf('to/moved')], [0o4751, [USER.uid, USER.gid]]);
      assert.equal(textOf('to/moved'), CONTENT);
    },
  },
  {
    id: 'rename/within-a-directory',
    title: 'rename within a directory changes the name alone, there and back',
    stage: () => file('old'),
    run: () => {
      renameSync('old', 'new');
      assert.deepEqual(namesIn('.'), ['new']);
      renameSync('new', 'old');
      assert.deepEqual([namesIn('.'), textOf('old')], [['old'], CONTENT]);
    },
  },
  {
    id: 'rename/replaces',
    title: 'rename replaces a file, whose other name and open descriptors keep it',
    stage: () => {
      file('new', { content: 'new' });
      file('old', { content: 'old' });
      linkSync('old', 'kept');
    },
    run: () => {
      const fd = openSync('old', constants.O_RDONLY);
      renameSync('new', 'old');
      assert.deepEqual([textOf('old'), textOf('kept'), linksOf('kept')], ['new', 'old', 1]);
      const bytes = Buffer.alloc(8);
      assert.equal(bytes.toString('latin1', 0, readSync(fd, bytes)), 'old');
      closeSync(fd);
      assert.deepEqual(namesIn('.'), ['kept', 'old']);
    },
  },
  {
    id: 'rename/moves-the-ctime-of-what-it-replaces',
    title: 'a file that loses one of its names to a rename over it has a later ctime',
    stage: () => {
      file('new');
      file('old');
      linkSync('old', 'kept');
    },
    run: () => assertMoves({ kept: 'ctime' }, () => renameSync('new', 'old')),
  },
  {
    id: 'rename/replaces-the-last-name',
    title: 'a file whose last name is replaced by a rename has a link count of 0',
    stage: () => {
      file('new');
      file('old');
    },
    run: () => {
      const fd = openSync('old', constants.O_RDONLY);
      renameSync('new', 'old');
      assert.equal(fstatSync(fd).nlink, 0);
      closeSync(fd);
    },
  },
  {
    id: 'rename/onto-itself',
    title: 'rename of something onto itself does nothing, whatever the path',
    stage: () => {
      file('file');
      folder('dir');
      symlink('file', 'link');
    },
    run: () => {
      assertMoves({ file: 'neither', dir: 'neither', link: 'neither' }, () => {
        for (const name of ['file', 'dir', 'link']) {
          renameSync(name, name);
          renameSync(name, `dir/../${name}`);
        }
      });
      assert.deepEqual(namesIn('.'), ['dir', 'file', 'link']);
    },
  },
  {
    id: 'rename/onto-another-name-of-itself',
    title: 'rename of one name of a file onto another name of it does nothing, and leaves both',
    stage: () => {
      file('one');
      linkSync('one', 'two');
    },
    run: () => {
      assertMoves({ one: 'neither' }, () => renameSync('one', 'two'));
      assert.deepEqual([namesIn('.'), linksOf('one'), linksOf('two')], [['one', 'two'], 2, 2]);
      assert.equal(look('one').ino, look('two').ino);
    },
  },
  {
    id: 'rename/file-over-directory',
    title: 'rename of a file over a directory fails with EISDIR',
    stage: () => {
      file('file');
      folder('dir');
    },
    run: () => refuses('EISDIR', () => renameSync('file', 'dir')),
  },
  {
    id: 'rename/of-nothing',
    title: 'rename of what does not exist fails with ENOENT, and leaves what has the new name',
    stage: () => file('file'),
    run: () => refuses('ENOENT', () => renameSync('nothing', 'file')),
  },
  {
    id: 'rename/to-another-file-system',
    title: 'rename to a name on another mount fails with EXDEV',
    stage: () => {
      file('file');
      folder('dir');
    },
    run: () => {
      refuses('EXDEV', () => renameSync('file', '/proc/new'));
      refuses('EXDEV', () => renameSync('dir', '/proc/new'));
    },
  },
  {
    id: 'rename/of-a-link',
    title: 'rename moves a symbolic link itself, and replaces one itself',
    stage: () => {
      file('file');
      symlink('file', 'link');
      symlink('nowhere', 'dangling');
    },
    run: () => {
      renameSync('link', 'dangling');
      assert.equal(readlinkSync('dangling'), 'file');
      renameSync('file', 'dangling');
      assert.ok(look('dangling').isFile());
      assert.deepEqual([namesIn('.'), textOf('dangling')], [['dangling'], CONTENT]);
    },
  },
  {
    id: 'rename/of-a-fifo',
    title: 'rename moves a fifo over a file',
    stage: () => {
      fifo('fifo', { mode: 0o620 });
      file('file');
    },
    run: () => {
      renameSync('fifo', 'file');
      assert.ok(look('file').isFIFO());
      assert.deepEqual([namesIn('.'), modeOf('file')], [['file'], 0o620]);
    },
  },
  {
    id: 'rename/slash-after-a-file',
    title: 'rename of a file with a slash behind either name fails with ENOTDIR',
    stage: () => {
      file('file');
      file('other');
    },
    run: () => {
      refuses('ENOTDIR', () => renameSync('file/', 'new'));
      refuses('ENOTDIR', () => renameSync('file', 'new/'));
      refuses('ENOTDIR', () => renameSync('file', 'other/'));
    },
  },
  {
    id: 'rename/of-dots',
    title: 'rename of . and .., and to them, fails with EBUSY',
    stage: () => {
      folder('dir');
      folder('dir/below');
    },
    run: () => {
      refuses('EBUSY', () => renameSync('dir/.', 'new'));
      refuses('EBUSY', () => renameSync('dir/below/..', 'new'));
      refuses('EBUSY', () => renameSync('dir/below', 'dir/.'));
    },
  },
  {
    id: 'rename/while-open',
    title: 'a file that is renamed while it is open is written to under its new name',
    stage: () => file('old', { content: '' }),
    run: () => {
      const fd = openSync('old', constants.O_WRONLY);
      renameSync('old', 'new');
      writeSync(fd, 'written');
      closeSync(fd);
      assert.equal(textOf('new'), 'written');
    },
  },
  {
    id: 'rename/one-of-two-names',
    title: 'a file with two names of which one is renamed still is one file',
    stage: () => {
      folder('dir');
      file('one');
      linkSync('one', 'two');
    },
    run: () => {
      renameSync('two', 'dir/three');
      assert.equal(look('one').ino, look('dir/three').ino);
      assert.equal(linksOf('one'), 2);
      unlinkSync('one');
      assert.deepEqual([linksOf('dir/three'), textOf('dir/three')], [1, CONTENT]);
    },
  },
];
