import assert from 'node:assert/strict';
import {
  closeSync,
  constants,
  fstatSync,
  linkSync,
  openSync,
  readFileSync,
  readlinkSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { linkPath } from '@graphdriver/host';
import { CheckSkipped } from '../check-skipped.ts';
import {
  assertMoves,
  exists,
  linksOf,
  look,
  modeOf,
  namesIn,
  outcomeOf,
  refuses,
  refusesOwner,
  textOf,
} from './judging.ts';
import { pathCases } from './path-cases.ts';
import type { PosixCase } from './posix-case.ts';
import { asOwner, CONTENT, fifo, file, folder, symlink, USER } from './scene.ts';

/** Not in `node:fs`: O_TMPFILE without O_DIRECTORY. */
const O_TMPFILE = 0o20000000 | constants.O_DIRECTORY;
const MANY = 100;

/** link(2) and linkat(2). */
export const linkCases: readonly PosixCase[] = [
  ...pathCases('link', (path) => linkSync(path, 'new')),
  ...pathCases('link-to', (path) => {
    if (!exists('source')) file('source');
    linkSync('source', path);
  }).map((made) => ({
    ...made,
    title: made.title.replace('link-to', 'link to a new name'),
    stage: () => {
      file('source', { owner: USER });
      made.stage?.();
    },
  })),
  {
    id: 'link/one-file-two-names',
    title:
      'link gives a file another name: one inode, a link count of 2, a later ctime, and times of the directory that move',
    stage: () => {
      file('file');
      folder('dir');
    },
    run: () => {
      assertMoves({ file: 'ctime', dir: 'mtime and ctime' }, () => linkSync('file', 'dir/second'));
      assert.equal(look('file').ino, look('dir/second').ino);
      assert.deepEqual([linksOf('file'), linksOf('dir/second')], [2, 2]);
    },
  },
  {
    id: 'link/content-is-one',
    title: 'what is written by one name is read by the other, and stays when the first name is removed',
    stage: () => {
      file('one');
      linkSync('one', 'two');
    },
    run: () => {
      writeFileSync('one', 'new', { flag: 'r+' });
      assert.equal(textOf('two'), `new${CONTENT.slice(3)}`);
      unlinkSync('one');
      assert.equal(textOf('two'), `new${CONTENT.slice(3)}`);
      assert.equal(linksOf('two'), 1);
    },
  },
  {
    id: 'link/many-names',
    title: 'a file with a hundred further names has a link count of 101, and 1 when they are gone',
    stage: () => file('file'),
    run: () => {
      const names = Array.from({ length: MANY }, (_, number) => `name-${number}`);
      for (const name of names) linkSync('file', name);
      assert.equal(linksOf('name-50'), MANY + 1);
      for (const name of names) unlinkSync(name);
      assert.equal(linksOf('file'), 1);
    },
  },
  ...(['file', 'dir', 'link', 'dangling'] as const).map((target) => ({
    id: `link/onto-${target}`,
    title: `link to a name that a ${target === 'dir' ? 'directory' : target === 'dangling' ? 'dangling link' : target} has fails with EEXIST`,
    stage: () => {
      file('source');
      file('file');
      folder('dir');
      symlink('file', 'link');
      symlink('nowhere', 'dangling');
    },
    run: () => refuses('EEXIST', () => linkSync('source', target)),
  })),
  {
    id: 'link/of-a-directory',
    title: 'link of a directory fails with EPERM, for root too',
    stage: () => folder('dir'),
    run: () => refuses('EPERM', () => linkSync('dir', 'second')),
  },
  {
    id: 'link/of-nothing',
    title: 'link of what does not exist fails with ENOENT',
    run: () => refuses('ENOENT', () => linkSync('nothing', 'second')),
  },
  {
    id: 'link/of-a-symbolic-link',
    title: 'link of a symbolic link gives the link itself another name, also of one that leads nowhere',
    stage: () => symlink('nowhere', 'link'),
    run: () => {
      linkSync('link', 'second');
      assert.equal(readlinkSync('second'), 'nowhere');
      assert.equal(look('second').ino, look('link').ino);
      assert.equal(linksOf('link'), 2);
    },
  },
  {
    id: 'link/following',
    title: 'linkat with AT_SYMLINK_FOLLOW gives another name to what a symbolic link leads to',
    stage: () => {
      file('file');
      symlink('file', 'link');
    },
    run: () => {
      linkPath('link', 'second', 'follow');
      assert.equal(look('second').ino, look('file').ino);
      assert.deepEqual([linksOf('file'), linksOf('link')], [2, 1]);
    },
  },
  {
    id: 'link/of-a-fifo',
    title: 'link of a fifo gives it another name',
    stage: () => fifo('fifo'),
    run: () => {
      linkSync('fifo', 'second');
      assert.ok(look('second').isFIFO());
      assert.equal(linksOf('second'), 2);
    },
  },
  {
    id: 'link/slash-after-a-file',
    title: 'link of a file with a slash behind its name fails with ENOTDIR',
    stage: () => file('file'),
    run: () => refuses('ENOTDIR', () => linkSync('file/', 'second')),
  },
  {
    id: 'link/slash-after-the-new-name',
    title: 'link to a new name with a slash behind it fails with ENOENT',
    stage: () => file('file'),
    run: () => refuses('ENOENT', () => linkSync('file', 'second/')),
  },
  {
    id: 'link/into-a-directory-of-root',
    title: 'link into a directory that the user may not write to fails with EACCES',
    stage: () => {
      file('own', { owner: USER });
      folder('dir');
    },
    run: () => refusesOwner('EACCES', () => linkSync('own', 'dir/second')),
  },
  {
    id: 'link/by-a-user',
    title: 'an ordinary user may link his file in his directory',
    stage: () => {
      folder('own', { owner: USER });
      file('own/file', { owner: USER, mode: 0o640 });
    },
    run: () => {
      asOwner(() => linkSync('own/file', 'own/second'));
      assert.deepEqual([linksOf('own/file'), modeOf('own/second')], [2, 0o640]);
    },
  },
  {
    id: 'link/of-somebody-elses-file',
    title: 'where hard links are protected, link of a file that the user neither has nor may write to fails with EPERM',
    stage: () => {
      folder('own', { owner: USER });
      file('file');
    },
    run: () => {
      if (readFileSync('/proc/sys/fs/protected_hardlinks', 'latin1').trim() === '0')
        throw new CheckSkipped('Hard links are not protected here (fs.protected_hardlinks).');
      refusesOwner('EPERM', () => linkSync('file', 'own/second'));
    },
  },
  {
    id: 'link/to-another-file-system',
    title: 'link to a name on another mount fails with EXDEV',
    stage: () => file('file'),
    run: () => refuses('EXDEV', () => linkSync('file', '/dev/second')),
  },
  {
    id: 'link/of-a-file-without-a-name',
    title: 'a file opened with O_TMPFILE has no name and a link count of 0, and gets both by linkat',
    stage: () => folder('dir'),
    run: () => {
      const fd = openSync('dir', O_TMPFILE | constants.O_RDWR, 0o640);
      writeSync(fd, 'nameless');
      assert.equal(fstatSync(fd).nlink, 0);
      assert.deepEqual(namesIn('dir'), []);
      linkPath(`/proc/self/fd/${fd}`, 'dir/named', 'follow');
      closeSync(fd);
      assert.deepEqual([textOf('dir/named'), modeOf('dir/named'), linksOf('dir/named')], ['nameless', 0o640, 1]);
    },
  },
  {
    id: 'link/of-one-that-is-to-stay-nameless',
    title: 'a file opened with O_TMPFILE and O_EXCL gets no name: linkat fails with ENOENT',
    stage: () => folder('dir'),
    run: () => {
      const fd = openSync('dir', O_TMPFILE | constants.O_RDWR | constants.O_EXCL, 0o640);
      refuses('ENOENT', () => linkPath(`/proc/self/fd/${fd}`, 'dir/named', 'follow'));
      closeSync(fd);
    },
  },
  {
    id: 'link/of-a-file-that-was-removed',
    title: 'a file whose last name was removed gets no other: linkat fails with ENOENT',
    stage: () => file('file'),
    run: () => {
      const fd = openSync('file', constants.O_RDONLY);
      unlinkSync('file');
      assert.equal(
        outcomeOf(() => linkPath(`/proc/self/fd/${fd}`, 'again', 'follow')),
        'ENOENT',
      );
      assert.equal(fstatSync(fd).nlink, 0);
      closeSync(fd);
      assert.equal(exists('again'), false);
    },
  },
];
