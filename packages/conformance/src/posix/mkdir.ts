import assert from 'node:assert/strict';
import { mkdirSync, rmdirSync, rmSync } from 'node:fs';
import { asUser } from '@graphdriver/host';
import {
  assertDirectoryLinks,
  assertMoves,
  exists,
  look,
  modeOf,
  namesIn,
  outcomeOf,
  ownerOf,
  refuses,
  refusesOwner,
} from './judging.ts';
import { pathCases } from './path-cases.ts';
import type { PosixCase } from './posix-case.ts';
import { asOwner, file, folder, SHARED_GROUP, symlink, USER } from './scene.ts';

const NAME_MAX = 255;

/** mkdir(2). */
export const mkdirCases: readonly PosixCase[] = [
  ...pathCases('mkdir', (path) => mkdirSync(path)),
  {
    id: 'mkdir/empty-and-counted',
    title: 'mkdir makes an empty directory, and moves the times of its parent',
    stage: () => folder('parent'),
    run: () => {
      assertMoves({ parent: 'mtime and ctime' }, () => mkdirSync('parent/new', 0o750));
      assert.deepEqual(namesIn('parent/new'), []);
      assertDirectoryLinks('parent', 'parent/new');
      assert.equal(modeOf('parent/new'), 0o750);
      assert.deepEqual(ownerOf('parent/new'), [0, 0]);
    },
  },
  {
    id: 'mkdir/counts-in-its-parent',
    title: 'the link count of a directory follows the directories in it, or is 1 throughout',
    stage: () => {
      folder('parent');
      folder('parent/old');
    },
    run: () => {
      assertDirectoryLinks('parent', 'parent/old');
      mkdirSync('parent/one');
      mkdirSync('parent/two');
      assertDirectoryLinks('parent', 'parent/one');
      rmdirSync('parent/one');
      rmdirSync('parent/old');
      assertDirectoryLinks('parent');
    },
  },
  {
    id: 'mkdir/umask',
    title: 'mkdir leaves out the bits of the umask, and set-id bits, and keeps the sticky bit',
    run: () => {
      const umask = process.umask(0o027);
      try {
        mkdirSync('masked', 0o777);
        mkdirSync('sticky', 0o7777);
      } finally {
        process.umask(umask);
      }
      assert.equal(modeOf('masked'), 0o750);
      assert.equal(modeOf('sticky'), 0o1750);
    },
  },
  {
    id: 'mkdir/belongs-to-its-maker',
    title: 'a new directory belongs to the user who made it, and to his first group',
    stage: () => folder('own', { owner: USER, gid: SHARED_GROUP }),
    run: () => {
      asOwner(() => mkdirSync('own/new'));
      assert.deepEqual(ownerOf('own/new'), [USER.uid, USER.gid]);
    },
  },
  {
    id: 'mkdir/inherits-the-group',
    title: 'a directory made in one with the set-group-id bit has its group and the bit',
    stage: () => folder('shared', { gid: SHARED_GROUP, mode: 0o2777 }),
    run: () => {
      asUser(USER, () => mkdirSync('shared/new', 0o755));
      assert.deepEqual(ownerOf('shared/new'), [USER.uid, SHARED_GROUP]);
      assert.equal(modeOf('shared/new'), 0o2755);
    },
  },
  ...(['file', 'dir', 'link', 'dangling'] as const).map((target) => ({
    id: `mkdir/onto-${target}`,
    title: `mkdir of a name that a ${target === 'dir' ? 'directory' : target === 'dangling' ? 'dangling link' : target} has fails with EEXIST`,
    stage: () => {
      file('file');
      folder('dir');
      symlink('dir', 'link');
      symlink('nowhere', 'dangling');
    },
    run: () => refuses('EEXIST', () => mkdirSync(target)),
  })),
  {
    id: 'mkdir/of-dots',
    title: 'mkdir of . and .. fails with EEXIST',
    stage: () => folder('dir'),
    run: () => {
      refuses('EEXIST', () => mkdirSync('dir/.'));
      refuses('EEXIST', () => mkdirSync('dir/..'));
    },
  },
  {
    id: 'mkdir/slash',
    title: 'mkdir takes a name with slashes behind it',
    run: () => {
      mkdirSync('new//');
      assert.ok(look('new').isDirectory());
    },
  },
  {
    id: 'mkdir/in-a-directory-of-root',
    title: 'mkdir in a directory that the user may not write to fails with EACCES',
    stage: () => folder('dir'),
    run: () => refusesOwner('EACCES', () => mkdirSync('dir/new')),
  },
  {
    id: 'mkdir/longest-name',
    title: 'a directory may have a name of 255 bytes, made, filled and removed',
    run: () => {
      const name = 'n'.repeat(NAME_MAX);
      mkdirSync(name);
      file(`${name}/${name}`);
      assert.deepEqual(namesIn(name), [name]);
      rmSync(`${name}/${name}`);
      rmdirSync(name);
      assert.equal(exists(name), false);
    },
  },
  {
    id: 'mkdir/where-one-was-removed',
    title: 'a directory made anew where one with entries was removed is empty',
    stage: () => {
      folder('dir', { mode: 0o700 });
      file('dir/file');
      folder('dir/below');
    },
    run: () => {
      rmSync('dir', { recursive: true });
      mkdirSync('dir', 0o755);
      assert.deepEqual(namesIn('dir'), []);
      assert.equal(modeOf('dir'), 0o755);
      assert.equal(exists('dir/file'), false);
    },
  },
  {
    id: 'mkdir/where-a-file-was-removed',
    title: 'a directory may take the name of a file that was removed',
    stage: () => file('name'),
    run: () => {
      rmSync('name');
      mkdirSync('name');
      file('name/entry');
      assert.deepEqual(namesIn('name'), ['entry']);
    },
  },
  {
    id: 'mkdir/in-a-removed-directory',
    title: 'mkdir in a current directory that was removed fails with ENOENT',
    stage: () => folder('dir'),
    run: () => {
      const home = process.cwd();
      process.chdir('dir');
      try {
        rmdirSync('../dir');
        assert.equal(
          outcomeOf(() => mkdirSync('new')),
          'ENOENT',
        );
      } finally {
        process.chdir(home);
      }
    },
  },
];
