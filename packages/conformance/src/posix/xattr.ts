import assert from 'node:assert/strict';
import { chmodSync, chownSync, linkSync, renameSync, truncateSync, unlinkSync } from 'node:fs';
import { getXattr, listXattrBytes, setXattr, unsetXattr } from '@graphdriver/host';
import { assertMoves, outcomeOf, refuses, refusesOwner, refusesStranger } from './judging.ts';
import { pathCases } from './path-cases.ts';
import type { PosixCase } from './posix-case.ts';
import { asOwner, fifo, file, folder, STRANGER, symlink, USER } from './scene.ts';

const VALUE = Buffer.from('\0value\xff', 'latin1');
const NAME_MAX = 255;
const TOO_LARGE = 65_537;

function attributeOf(path: string, name = 'user.one'): Buffer {
  return getXattr(path, name).value;
}

/** The names in `user.`: others are the business of the machine. */
function userNames(path: string): readonly string[] {
  return listXattrBytes(path)
    .names.filter((name) => name.startsWith('user.'))
    .toSorted();
}

/** setxattr(2), getxattr(2), listxattr(2) and removexattr(2). */
export const xattrCases: readonly PosixCase[] = [
  ...pathCases('setxattr', (path) => setXattr(path, 'user.one', VALUE)),
  ...pathCases('getxattr', (path) => void getXattr(path, 'user.one')),
  ...(['file', 'dir'] as const).map((name) => ({
    id: `xattr/of-a-${name}`,
    title: `attributes of a ${name === 'dir' ? 'directory' : name} are set, told, listed and removed, and each change moves the ctime alone`,
    stage: () => {
      ({ file, dir: folder })[name](name);
      setXattr(name, 'user.kept', VALUE);
    },
    run: () => {
      assertMoves({ [name]: 'ctime' }, () => setXattr(name, 'user.one', VALUE));
      assert.deepEqual([attributeOf(name), userNames(name)], [VALUE, ['user.kept', 'user.one']]);
      assertMoves({ [name]: 'ctime' }, () => setXattr(name, 'user.one', Buffer.from('other')));
      assert.equal(attributeOf(name).toString(), 'other');
      assertMoves({ [name]: 'ctime' }, () => unsetXattr(name, 'user.one'));
      assert.deepEqual(userNames(name), ['user.kept']);
      assert.deepEqual(attributeOf(name, 'user.kept'), VALUE);
    },
  })),
  {
    id: 'xattr/empty-and-large',
    title: 'an attribute may be empty, or of a thousand bytes, and both are told whole',
    stage: () => file('file'),
    run: () => {
      setXattr('file', 'user.empty', Buffer.alloc(0));
      setXattr('file', 'user.large', Buffer.alloc(1000, 7));
      assert.equal(getXattr('file', 'user.empty').length, 0);
      assert.deepEqual(attributeOf('file', 'user.large'), Buffer.alloc(1000, 7));
    },
  },
  {
    id: 'xattr/create',
    title: 'XATTR_CREATE fails with EEXIST where the attribute is there, and makes one that is not',
    stage: () => {
      file('file');
      setXattr('file', 'user.one', VALUE);
    },
    run: () => {
      refuses('EEXIST', () => setXattr('file', 'user.one', Buffer.from('x'), { manner: 'create' }));
      assert.deepEqual(attributeOf('file'), VALUE);
      setXattr('file', 'user.two', VALUE, { manner: 'create' });
      assert.deepEqual(userNames('file'), ['user.one', 'user.two']);
    },
  },
  {
    id: 'xattr/replace',
    title: 'XATTR_REPLACE fails with ENODATA where the attribute is not there, and changes one that is',
    stage: () => {
      file('file');
      setXattr('file', 'user.one', VALUE);
    },
    run: () => {
      refuses('ENODATA', () => setXattr('file', 'user.two', VALUE, { manner: 'replace' }));
      setXattr('file', 'user.one', Buffer.from('new'), { manner: 'replace' });
      assert.equal(attributeOf('file').toString(), 'new');
    },
  },
  {
    id: 'xattr/missing',
    title: 'getxattr and removexattr of an attribute that is not there fail with ENODATA',
    stage: () => file('file'),
    run: () => {
      refuses('ENODATA', () => getXattr('file', 'user.none'));
      refuses('ENODATA', () => unsetXattr('file', 'user.none'));
    },
  },
  {
    id: 'xattr/room',
    title:
      'getxattr and listxattr tell the length where there is no room, and fail with ERANGE where there is too little',
    stage: () => {
      file('file');
      setXattr('file', 'user.one', VALUE);
    },
    run: () => {
      assert.equal(getXattr('file', 'user.one', 0).length, VALUE.length);
      assert.equal(getXattr('file', 'user.one', VALUE.length).length, VALUE.length);
      refuses('ERANGE', () => getXattr('file', 'user.one', VALUE.length - 1));
      const { length } = listXattrBytes('file', 0);
      assert.ok(length >= 'user.one'.length + 1);
      assert.equal(listXattrBytes('file', length).length, length);
      refuses('ERANGE', () => listXattrBytes('file', length - 1));
    },
  },
  {
    id: 'xattr/bad-names',
    title: 'a name of no known namespace is ENOTSUP, and one of more than 255 bytes or of none ERANGE',
    stage: () => file('file'),
    run: () => {
      refuses('ENOTSUP', () => setXattr('file', 'nowhere.one', VALUE));
      refuses('ERANGE', () => setXattr('file', `user.${'n'.repeat(NAME_MAX)}`, VALUE));
      refuses('ERANGE', () => setXattr('file', '', VALUE));
    },
  },
  {
    id: 'xattr/too-large',
    title: 'a value of more than 64 KiB fails with E2BIG',
    stage: () => file('file'),
    run: () => refuses('E2BIG', () => setXattr('file', 'user.one', Buffer.alloc(TOO_LARGE))),
  },
  {
    id: 'xattr/user-attributes-of-what-has-none',
    title: 'an attribute in user. of a symbolic link or a fifo fails with EPERM',
    stage: () => {
      symlink('nowhere', 'link');
      fifo('fifo');
    },
    run: () => {
      refuses('EPERM', () => setXattr('link', 'user.one', VALUE, { on: 'link-itself' }));
      refuses('EPERM', () => setXattr('fifo', 'user.one', VALUE));
    },
  },
  {
    id: 'xattr/through-a-link',
    title: 'setxattr through a symbolic link sets the attribute of what it leads to',
    stage: () => {
      file('file');
      symlink('file', 'link');
    },
    run: () => {
      setXattr('link', 'user.one', VALUE);
      assert.deepEqual(attributeOf('file'), VALUE);
    },
  },
  {
    id: 'xattr/trusted-is-for-root',
    title:
      'attributes in trusted. are root’s: an ordinary user’s setxattr is EPERM, his getxattr ENODATA, and he sees none listed',
    stage: () => {
      file('own', { owner: USER });
      setXattr('own', 'trusted.one', VALUE);
      setXattr('own', 'user.one', VALUE);
    },
    run: () => {
      refusesOwner('EPERM', () => setXattr('own', 'trusted.two', VALUE));
      refusesOwner('ENODATA', () => getXattr('own', 'trusted.one'));
      refusesOwner('EPERM', () => unsetXattr('own', 'trusted.one'));
      assert.deepEqual(
        asOwner(() => listXattrBytes('own').names.filter((name) => name.startsWith('trusted.'))),
        [],
      );
      assert.deepEqual(attributeOf('own', 'trusted.one'), VALUE);
    },
  },
  {
    id: 'xattr/trusted-of-a-link',
    title: 'root may give a symbolic link an attribute in trusted.',
    stage: () => {
      file('file');
      symlink('file', 'link');
    },
    run: () => {
      setXattr('link', 'trusted.one', VALUE, { on: 'link-itself' });
      assert.equal(
        outcomeOf(() => getXattr('file', 'trusted.one')),
        'ENODATA',
      );
      unsetXattr('link', 'trusted.one', 'link-itself');
    },
  },
  {
    id: 'xattr/permission',
    title: 'attributes in user. are written by who may write to the file and read by who may read it, else EACCES',
    stage: () => {
      file('readable', { mode: 0o604 });
      file('writable', { mode: 0o602 });
      for (const name of ['readable', 'writable']) setXattr(name, 'user.one', VALUE);
    },
    run: () => {
      refusesOwner('EACCES', () => setXattr('readable', 'user.one', Buffer.from('x')));
      refusesOwner('EACCES', () => unsetXattr('readable', 'user.one'));
      refusesOwner('EACCES', () => getXattr('writable', 'user.one'));
      assert.deepEqual(
        asOwner(() => attributeOf('readable')),
        VALUE,
      );
      asOwner(() => setXattr('writable', 'user.one', Buffer.from('x')));
      assert.equal(attributeOf('writable').toString(), 'x');
    },
  },
  {
    id: 'xattr/sticky-directory',
    title: 'an attribute in user. of a sticky directory is set by its owner alone, else EPERM',
    stage: () => folder('sticky', { mode: 0o1777, owner: STRANGER }),
    run: () => {
      refusesOwner('EPERM', () => setXattr('sticky', 'user.one', VALUE));
      refusesStranger('ENODATA', () => unsetXattr('sticky', 'user.one'));
    },
  },
  {
    id: 'xattr/belong-to-the-file',
    title: 'attributes stay with a file through chmod, chown, truncation and rename, and show by all its names',
    stage: () => {
      file('file');
      setXattr('file', 'user.one', VALUE);
      linkSync('file', 'second');
    },
    run: () => {
      chmodSync('file', 0o600);
      chownSync('file', 1, 1);
      truncateSync('file', 0);
      renameSync('file', 'renamed');
      assert.deepEqual([attributeOf('renamed'), attributeOf('second')], [VALUE, VALUE]);
      setXattr('second', 'user.two', VALUE);
      assert.deepEqual(userNames('renamed'), ['user.one', 'user.two']);
    },
  },
  {
    id: 'xattr/go-with-the-file',
    title: 'a file made where one with attributes was removed has none',
    stage: () => {
      file('file');
      setXattr('file', 'user.one', VALUE);
    },
    run: () => {
      unlinkSync('file');
      file('file');
      assert.deepEqual(userNames('file'), []);
    },
  },
];
