import assert from 'node:assert/strict';
import { lstatSync, mkdirSync, readdirSync, renameSync, rmdirSync, unlinkSync } from 'node:fs';
import { assertDirectoryLinks, exists, look, modeOf, namesIn, refuses, textOf } from './judging.ts';
import type { PosixCase } from './posix-case.ts';
import { CONTENT, file, folder, symlink } from './scene.ts';

/** rename(2) of directories. */
export const renameDirectoryCases: readonly PosixCase[] = [
  {
    id: 'rename-directory/with-all-in-it',
    title: 'rename moves a directory with all that is in it, into another directory and back',
    stage: stageTree,
    run: () => {
      const { ino } = look('tree');
      renameSync('tree', 'place/moved');
      assert.equal(exists('tree'), false);
      assert.deepEqual(readdirSync('place/moved').toSorted(), ['below', 'file']);
      assert.equal(textOf('place/moved/below/file'), CONTENT);
      assert.equal(look('place/moved').ino, ino);
      renameSync('place/moved', 'tree');
      assert.deepEqual([namesIn('place'), namesIn('tree/below')], [[], ['file']]);
    },
  },
  {
    id: 'rename-directory/counts-in-its-parents',
    title: 'the link counts of both parents follow a directory that moves from one to the other, or are 1 throughout',
    stage: stageTree,
    run: () => {
      renameSync('tree/below', 'place/below');
      assertDirectoryLinks('tree', 'place', 'place/below');
    },
  },
  {
    id: 'rename-directory/has-a-new-parent',
    title: '.. of a directory that was moved is its new parent',
    stage: stageTree,
    run: () => {
      renameSync('tree/below', 'place/below');
      assert.equal(lstatSync('place/below/..').ino, lstatSync('place').ino);
    },
  },
  {
    id: 'rename-directory/changed-below',
    title: 'a directory may be renamed after a change in it, and changed after the rename',
    stage: stageTree,
    run: () => {
      file('tree/below/new');
      renameSync('tree', 'moved');
      unlinkSync('moved/below/file');
      file('moved/file', { content: 'changed' });
      assert.deepEqual([namesIn('moved/below'), textOf('moved/file')], [['new'], 'changed']);
    },
  },
  {
    id: 'rename-directory/over-an-empty-one',
    title: 'rename of a directory replaces an empty directory',
    stage: () => {
      stageTree();
      folder('empty', { mode: 0o700 });
    },
    run: () => {
      renameSync('tree', 'empty');
      assert.deepEqual([namesIn('empty'), modeOf('empty')], [['below', 'file'], 0o755]);
      assert.equal(exists('tree'), false);
    },
  },
  {
    id: 'rename-directory/over-an-emptied-one',
    title: 'rename of a directory replaces one whose entries were all removed, and shows none of them',
    stage: () => {
      stageTree();
      folder('emptied');
      file('emptied/old');
    },
    run: () => {
      unlinkSync('emptied/old');
      renameSync('tree', 'emptied');
      assert.deepEqual(namesIn('emptied'), ['below', 'file']);
    },
  },
  {
    id: 'rename-directory/over-entries',
    title: 'rename of a directory over one that is not empty fails with ENOTEMPTY or EEXIST',
    stage: () => {
      stageTree();
      folder('full');
      file('full/entry');
    },
    run: () => refuses(['ENOTEMPTY', 'EEXIST'], () => renameSync('tree', 'full')),
  },
  {
    id: 'rename-directory/over-its-parent',
    title: 'rename of a directory over one that it lies in fails with ENOTEMPTY or EEXIST',
    stage: stageTree,
    run: () => refuses(['ENOTEMPTY', 'EEXIST'], () => renameSync('tree/below', 'tree')),
  },
  {
    id: 'rename-directory/over-a-file',
    title: 'rename of a directory over a file, and over a link to a directory, fails with ENOTDIR',
    stage: () => {
      stageTree();
      file('file');
      symlink('place', 'link');
    },
    run: () => {
      refuses('ENOTDIR', () => renameSync('tree', 'file'));
      refuses('ENOTDIR', () => renameSync('tree', 'link'));
    },
  },
  {
    id: 'rename-directory/into-itself',
    title: 'rename of a directory into itself or what lies below it fails with EINVAL',
    stage: stageTree,
    run: () => {
      refuses('EINVAL', () => renameSync('tree', 'tree/new'));
      refuses('EINVAL', () => renameSync('tree', 'tree/below/new'));
    },
  },
  {
    id: 'rename-directory/slash',
    title: 'rename of a directory takes slashes behind both names',
    stage: stageTree,
    run: () => {
      renameSync('tree/', 'new/');
      assert.deepEqual(namesIn('new'), ['below', 'file']);
    },
  },
  {
    id: 'rename-directory/of-a-new-one',
    title: 'a directory that has just been made is renamed over an empty one that was there',
    stage: () => folder('empty'),
    run: () => {
      mkdirSync('new', 0o711);
      file('new/entry');
      renameSync('new', 'empty');
      assert.deepEqual([namesIn('.'), namesIn('empty'), modeOf('empty')], [['empty'], ['entry'], 0o711]);
    },
  },
  {
    id: 'rename-directory/name-made-again',
    title: 'a directory made where one was moved away is empty, and both stay what they are',
    stage: stageTree,
    run: () => {
      renameSync('tree', 'moved');
      mkdirSync('tree');
      assert.deepEqual([namesIn('tree'), namesIn('moved')], [[], ['below', 'file']]);
      rmdirSync('tree');
      assert.deepEqual(namesIn('.'), ['moved', 'place']);
    },
  },
];

function stageTree(): void {
  folder('tree');
  file('tree/file');
  folder('tree/below');
  file('tree/below/file');
  folder('place');
}
