import assert from 'node:assert/strict';
import { renameSync } from 'node:fs';
import { renamePath } from '@graphdriver/host';
import { assertDirectoryLinks, look, namesIn, refuses, refusesOwner, textOf } from './judging.ts';
import type { PosixCase } from './posix-case.ts';
import { asOwner, file, folder, STRANGER, symlink, USER } from './scene.ts';

const NO_REPLACE = 1;
const EXCHANGE = 2;

/** rename(2): who may. */
export const renamePermissionCases: readonly PosixCase[] = [
  {
    id: 'rename-permission/out-of-a-directory-of-root',
    title: 'rename out of a directory that the user may not write to fails with EACCES',
    stage: () => {
      folder('dir');
      file('dir/own', { owner: USER });
      folder('own', { owner: USER });
    },
    run: () => refusesOwner('EACCES', () => renameSync('dir/own', 'own/new')),
  },
  {
    id: 'rename-permission/into-a-directory-of-root',
    title: 'rename into a directory that the user may not write to fails with EACCES',
    stage: () => {
      folder('dir');
      folder('own', { owner: USER });
      file('own/file', { owner: USER });
    },
    run: () => refusesOwner('EACCES', () => renameSync('own/file', 'dir/new')),
  },
  {
    id: 'rename-permission/of-somebody-elses-file',
    title: 'who may write to both directories may rename a file of somebody else',
    stage: () => {
      folder('own', { owner: USER });
      file('own/file', { mode: 0o600 });
    },
    run: () => {
      asOwner(() => renameSync('own/file', 'own/new'));
      assert.deepEqual(namesIn('own'), ['new']);
    },
  },
  {
    id: 'rename-permission/of-somebody-elses-directory',
    title:
      'a directory that the user may not write to is not moved to another parent by him: EACCES, for its .. would change',
    stage: () => {
      folder('own', { owner: USER });
      folder('own/theirs');
      folder('own/place', { owner: USER });
    },
    run: () => {
      refusesOwner('EACCES', () => renameSync('own/theirs', 'own/place/theirs'));
      asOwner(() => renameSync('own/theirs', 'own/renamed'));
      assert.deepEqual(namesIn('own'), ['place', 'renamed']);
    },
  },
  {
    id: 'rename-permission/sticky-source',
    title: 'rename of a file of somebody else out of a sticky directory fails with EPERM, and of an own one does not',
    stage: () => {
      stageSticky();
      folder('place', { mode: 0o777 });
    },
    run: () => {
      refusesOwner('EPERM', () => renameSync('sticky/theirs', 'place/new'));
      asOwner(() => renameSync('sticky/own', 'place/new'));
      assert.deepEqual(namesIn('sticky'), ['theirs']);
    },
  },
  {
    id: 'rename-permission/sticky-target',
    title: 'rename over a file of somebody else in a sticky directory fails with EPERM',
    stage: stageSticky,
    run: () => refusesOwner('EPERM', () => renameSync('sticky/own', 'sticky/theirs')),
  },
  {
    id: 'rename-permission/own-sticky-directory',
    title: 'the owner of a sticky directory may rename the files of others in it',
    stage: () => {
      folder('sticky', { mode: 0o1777, owner: USER });
      file('sticky/theirs', { owner: STRANGER });
    },
    run: () => {
      asOwner(() => renameSync('sticky/theirs', 'sticky/renamed'));
      assert.deepEqual(namesIn('sticky'), ['renamed']);
    },
  },
];

/** renameat2(2) with its flags. */
export const renameFlagCases: readonly PosixCase[] = [
  {
    id: 'rename-flags/no-replace',
    title: 'RENAME_NOREPLACE fails with EEXIST where the new name is taken, and renames where it is free',
    stage: () => {
      file('source', { content: 'source' });
      file('file');
      folder('dir');
      symlink('nowhere', 'dangling');
    },
    run: () => {
      for (const name of ['file', 'dir', 'dangling', 'source'])
        refuses('EEXIST', () => renamePath('source', name, NO_REPLACE));
      renamePath('source', 'new', NO_REPLACE);
      assert.equal(textOf('new'), 'source');
      assert.deepEqual(namesIn('.'), ['dangling', 'dir', 'file', 'new']);
    },
  },
  {
    id: 'rename-flags/no-replace-of-a-removed-name',
    title: 'RENAME_NOREPLACE takes a name whose file was moved away',
    stage: () => {
      file('one', { content: 'one' });
      file('two', { content: 'two' });
    },
    run: () => {
      renamePath('two', 'three', NO_REPLACE);
      renamePath('one', 'two', NO_REPLACE);
      assert.deepEqual([textOf('two'), textOf('three')], ['one', 'two']);
    },
  },
  {
    id: 'rename-flags/exchange-files',
    title: 'RENAME_EXCHANGE exchanges two files, with their inodes',
    stage: () => {
      file('one', { content: 'one' });
      folder('dir');
      file('dir/two', { content: 'two' });
    },
    run: () => {
      const inodes = [look('one').ino, look('dir/two').ino];
      renamePath('one', 'dir/two', EXCHANGE);
      assert.deepEqual([textOf('one'), textOf('dir/two')], ['two', 'one']);
      assert.deepEqual([look('dir/two').ino, look('one').ino], inodes);
    },
  },
  {
    id: 'rename-flags/exchange-file-and-directory',
    title: 'RENAME_EXCHANGE exchanges a file and a directory with entries, and the link counts of their parents follow',
    stage: () => {
      folder('left');
      file('left/name', { content: 'file' });
      folder('right');
      folder('right/name');
      file('right/name/entry');
    },
    run: () => {
      renamePath('left/name', 'right/name', EXCHANGE);
      assert.deepEqual([namesIn('left/name'), textOf('right/name')], [['entry'], 'file']);
      assertDirectoryLinks('left', 'right', 'left/name');
    },
  },
  {
    id: 'rename-flags/exchange-with-nothing',
    title: 'RENAME_EXCHANGE fails with ENOENT where either name is missing',
    stage: () => file('file'),
    run: () => {
      refuses('ENOENT', () => renamePath('file', 'nothing', EXCHANGE));
      refuses('ENOENT', () => renamePath('nothing', 'file', EXCHANGE));
    },
  },
  {
    id: 'rename-flags/exchange-with-what-it-lies-in',
    title: 'RENAME_EXCHANGE of a directory with what lies in it fails with EINVAL',
    stage: () => {
      folder('dir');
      folder('dir/below');
    },
    run: () => {
      refuses('EINVAL', () => renamePath('dir', 'dir/below', EXCHANGE));
      refuses('EINVAL', () => renamePath('dir/below', 'dir', EXCHANGE));
    },
  },
  {
    id: 'rename-flags/exchange-in-a-sticky-directory',
    title: 'RENAME_EXCHANGE with a file of somebody else in a sticky directory fails with EPERM',
    stage: stageSticky,
    run: () => refusesOwner('EPERM', () => renamePath('sticky/own', 'sticky/theirs', EXCHANGE)),
  },
  {
    id: 'rename-flags/both',
    title: 'RENAME_NOREPLACE and RENAME_EXCHANGE together fail with EINVAL',
    stage: () => {
      file('one');
      file('two');
    },
    run: () => refuses('EINVAL', () => renamePath('one', 'two', NO_REPLACE | EXCHANGE)),
  },
];

function stageSticky(): void {
  folder('sticky', { mode: 0o1777 });
  file('sticky/own', { owner: USER });
  file('sticky/theirs', { owner: STRANGER, mode: 0o666 });
}
