import assert from 'node:assert/strict';
import { closeSync, constants, fstatSync, linkSync, openSync, readSync, unlinkSync, writeSync } from 'node:fs';
import {
  assertMoves,
  exists,
  linksOf,
  look,
  modeOf,
  namesIn,
  outcomeOf,
  ownerOf,
  refuses,
  refusesOwner,
  textOf,
} from './judging.ts';
import { pathCases } from './path-cases.ts';
import type { PosixCase } from './posix-case.ts';
import { asOwner, CONTENT, fifo, file, folder, SHARED_GROUP, symlink, USER } from './scene.ts';

const { O_APPEND, O_CREAT, O_DIRECTORY, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_RDWR, O_TRUNC, O_WRONLY } =
  constants;
const O_PATH = 0o10000000;
const O_NOATIME = 0o1000000;

/** Opens and closes. */
function open(path: string, flags: number, mode = 0o644): void {
  closeSync(openSync(path, flags, mode));
}

/** open(2): what it makes and what it refuses. */
export const openCases: readonly PosixCase[] = [
  ...pathCases('open', (path) => open(path, O_RDONLY)),
  ...pathCases('create', (path) => open(path, O_WRONLY | O_CREAT)),
  {
    id: 'open/creates',
    title:
      'O_CREAT makes an empty file of the caller with the mode less the umask, and moves the times of the directory',
    stage: () => folder('own', { owner: USER, gid: SHARED_GROUP }),
    run: () => {
      const umask = process.umask(0o026);
      try {
        assertMoves({ own: 'mtime and ctime' }, () => asOwner(() => open('own/new', O_WRONLY | O_CREAT, 0o666)));
      } finally {
        process.umask(umask);
      }
      assert.deepEqual([textOf('own/new'), modeOf('own/new'), linksOf('own/new')], ['', 0o640, 1]);
      assert.deepEqual(ownerOf('own/new'), [USER.uid, USER.gid]);
    },
  },
  {
    id: 'open/creates-with-set-ids',
    title: 'O_CREAT keeps the set-id and sticky bits that root asks for',
    run: () => {
      open('new', O_WRONLY | O_CREAT, 0o7751);
      assert.equal(modeOf('new'), 0o7751);
    },
  },
  {
    id: 'open/inherits-the-group',
    title: 'a file made in a directory with the set-group-id bit has the group of the directory and not the bit',
    stage: () => folder('shared', { gid: SHARED_GROUP, mode: 0o2777 }),
    run: () => {
      asOwner(() => open('shared/new', O_WRONLY | O_CREAT, 0o664));
      assert.deepEqual(ownerOf('shared/new'), [USER.uid, SHARED_GROUP]);
      assert.equal(modeOf('shared/new'), 0o664);
    },
  },
  {
    id: 'open/creates-what-it-may-not-open',
    title: 'who makes a file with mode 0 writes to it through the descriptor that made it, and may not open it again',
    stage: () => folder('own', { owner: USER }),
    run: () => {
      asOwner(() => {
        const fd = openSync('own/new', O_RDWR | O_CREAT, 0);
        writeSync(fd, 'written');
        closeSync(fd);
      });
      refusesOwner('EACCES', () => open('own/new', O_RDONLY));
      assert.equal(textOf('own/new'), 'written');
    },
  },
  {
    id: 'open/creat-of-what-is-there',
    title: 'O_CREAT of a file that is there changes neither its mode nor its content nor its times',
    stage: () => file('file', { mode: 0o604 }),
    run: () => {
      assertMoves({ file: 'neither' }, () => open('file', O_RDONLY | O_CREAT, 0o777));
      assert.deepEqual([textOf('file'), modeOf('file')], [CONTENT, 0o604]);
    },
  },
  ...(['file', 'dir', 'link', 'dangling', 'fifo'] as const).map((target) => ({
    id: `open/exclusive-${target}`,
    title: `O_CREAT with O_EXCL fails with EEXIST where a ${target === 'dir' ? 'directory' : target === 'dangling' ? 'dangling link' : target} has the name`,
    stage: () => {
      file('file');
      folder('dir');
      fifo('fifo');
      symlink('file', 'link');
      symlink('nowhere', 'dangling');
    },
    run: () => refuses('EEXIST', () => open(target, O_WRONLY | O_CREAT | O_EXCL)),
  })),
  {
    id: 'open/creates-through-a-link',
    title: 'O_CREAT through a symbolic link that leads nowhere makes the file that it leads to',
    stage: () => {
      folder('dir');
      symlink('dir/new', 'link');
    },
    run: () => {
      open('link', O_WRONLY | O_CREAT, 0o600);
      assert.ok(look('dir/new').isFile());
      assert.ok(look('link').isSymbolicLink());
    },
  },
  {
    id: 'open/missing',
    title: 'open of what does not exist fails with ENOENT without O_CREAT, through a dangling link too',
    stage: () => symlink('nowhere', 'dangling'),
    run: () => {
      refuses('ENOENT', () => open('nothing', O_RDWR));
      refuses('ENOENT', () => open('dangling', O_RDONLY));
    },
  },
  {
    id: 'open/nofollow',
    title: 'O_NOFOLLOW fails with ELOOP for a symbolic link, and takes links before the last component',
    stage: () => {
      folder('dir');
      file('dir/file');
      symlink('dir', 'link');
      symlink('dir/file', 'last');
    },
    run: () => {
      refuses('ELOOP', () => open('last', O_RDONLY | O_NOFOLLOW));
      open('link/file', O_RDONLY | O_NOFOLLOW);
    },
  },
  {
    id: 'open/directory-only',
    title: 'O_DIRECTORY fails with ENOTDIR for a file, for a fifo, and with O_NOFOLLOW for a link to a directory',
    stage: () => {
      file('file');
      fifo('fifo');
      folder('dir');
      symlink('dir', 'link');
    },
    run: () => {
      refuses('ENOTDIR', () => open('file', O_RDONLY | O_DIRECTORY));
      refuses('ENOTDIR', () => open('fifo', O_RDONLY | O_DIRECTORY | O_NONBLOCK));
      refuses('ENOTDIR', () => open('link', O_RDONLY | O_DIRECTORY | O_NOFOLLOW));
      open('link', O_RDONLY | O_DIRECTORY);
    },
  },
  {
    id: 'open/directory-for-writing',
    title: 'open of a directory for writing, and with O_CREAT, fails with EISDIR',
    stage: () => folder('dir'),
    run: () => {
      refuses('EISDIR', () => open('dir', O_WRONLY));
      refuses('EISDIR', () => open('dir', O_RDWR));
      refuses('EISDIR', () => open('dir', O_RDONLY | O_CREAT));
    },
  },
  {
    id: 'open/reading-a-directory',
    title: 'read(2) of a directory fails with EISDIR',
    stage: () => folder('dir'),
    run: () => {
      const fd = openSync('dir', O_RDONLY);
      assert.equal(
        outcomeOf(() => readSync(fd, Buffer.alloc(8))),
        'EISDIR',
      );
      closeSync(fd);
    },
  },
  {
    id: 'open/slash',
    title: 'a slash behind a file is ENOTDIR, and behind a name that is to be made EISDIR',
    stage: () => file('file'),
    run: () => {
      refuses('ENOTDIR', () => open('file/', O_RDONLY));
      refuses('EISDIR', () => open('new/', O_WRONLY | O_CREAT));
    },
  },
  {
    id: 'open/truncates',
    title: 'O_TRUNC empties a file and moves its mtime and ctime, and its other name sees it',
    stage: () => {
      file('file', { mode: 0o640 });
      linkSync('file', 'second');
    },
    run: () => {
      assertMoves({ file: 'mtime and ctime' }, () => open('file', O_WRONLY | O_TRUNC));
      assert.deepEqual([textOf('second'), modeOf('file')], ['', 0o640]);
    },
  },
  {
    id: 'open/permission-of-the-file',
    title: 'open fails with EACCES for a user to whom the mode does not grant what he asks for',
    stage: () => {
      file('readable', { mode: 0o604 });
      file('writable', { mode: 0o602 });
    },
    run: () => {
      for (const flags of [O_WRONLY, O_RDWR, O_RDONLY | O_TRUNC, O_WRONLY | O_TRUNC])
        refusesOwner('EACCES', () => open('readable', flags));
      refusesOwner('EACCES', () => open('writable', O_RDONLY));
      refusesOwner('EACCES', () => open('writable', O_RDWR));
      asOwner(() => open('readable', O_RDONLY));
      asOwner(() => open('writable', O_WRONLY));
    },
  },
  {
    id: 'open/permission-of-the-directory',
    title: 'O_CREAT in a directory that the user may not write to fails with EACCES, except for what is there',
    stage: () => {
      folder('dir');
      file('dir/there', { mode: 0o666 });
    },
    run: () => {
      refusesOwner('EACCES', () => open('dir/new', O_WRONLY | O_CREAT));
      asOwner(() => open('dir/there', O_WRONLY | O_CREAT));
    },
  },
  {
    id: 'open/root-needs-no-permission',
    title: 'root reads and writes a file with mode 0',
    stage: () => file('file', { owner: USER, mode: 0 }),
    run: () => {
      const fd = openSync('file', O_RDWR);
      writeSync(fd, 'C');
      closeSync(fd);
      assert.equal(textOf('file'), `C${CONTENT.slice(1)}`);
    },
  },
  {
    id: 'open/fifo-without-a-reader',
    title: 'open of a fifo for writing with O_NONBLOCK fails with ENXIO where nobody reads it',
    stage: () => fifo('fifo'),
    run: () => refuses('ENXIO', () => open('fifo', O_WRONLY | O_NONBLOCK)),
  },
  {
    id: 'open/noatime',
    title: 'O_NOATIME fails with EPERM for who is not the owner',
    stage: () => file('file', { mode: 0o644 }),
    run: () => {
      refusesOwner('EPERM', () => open('file', O_RDONLY | O_NOATIME));
      open('file', O_RDONLY | O_NOATIME);
    },
  },
  {
    id: 'open/path-only',
    title: 'a descriptor opened with O_PATH needs no permission of the file, tells of it, and reads nothing: EBADF',
    stage: () => file('file', { mode: 0 }),
    run: () => {
      const fd = asOwner(() => openSync('file', O_PATH));
      assert.equal(fstatSync(fd).size, CONTENT.length);
      assert.equal(
        outcomeOf(() => readSync(fd, Buffer.alloc(8))),
        'EBADF',
      );
      closeSync(fd);
    },
  },
  {
    id: 'open/removed-while-open',
    title: 'a file that is removed while it is open is read and written on, with a link count of 0',
    stage: () => file('file'),
    run: () => {
      const fd = openSync('file', O_RDWR);
      unlinkSync('file');
      assert.equal(fstatSync(fd).nlink, 0);
      writeSync(fd, 'more', CONTENT.length);
      const bytes = Buffer.alloc(64);
      assert.equal(bytes.toString('latin1', 0, readSync(fd, bytes, 0, 64, 0)), `${CONTENT}more`);
      closeSync(fd);
      assert.equal(exists('file'), false);
    },
  },
  {
    id: 'open/appends',
    title: 'two descriptors with O_APPEND write one behind the other',
    stage: () => file('file', { content: '' }),
    run: () => {
      const [one, two] = [openSync('file', O_WRONLY | O_APPEND), openSync('file', O_WRONLY | O_APPEND)];
      for (const [fd, text] of [
        [one, 'a'],
        [two, 'b'],
        [one, 'c'],
        [two, 'd'],
      ] as const)
        writeSync(fd, text);
      closeSync(one);
      closeSync(two);
      assert.equal(textOf('file'), 'abcd');
    },
  },
  {
    id: 'open/a-name-made-again',
    title: 'a file made where another was removed is a new one: empty, with its own mode and owner',
    stage: () => file('file', { owner: USER, mode: 0o4755 }),
    run: () => {
      unlinkSync('file');
      assert.deepEqual(namesIn('.'), []);
      open('file', O_WRONLY | O_CREAT | O_EXCL, 0o600);
      assert.deepEqual([textOf('file'), modeOf('file'), ownerOf('file')], ['', 0o600, [0, 0]]);
    },
  },
];
