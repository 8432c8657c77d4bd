import assert from 'node:assert/strict';
import { readFileSync, readlinkSync, symlinkSync, unlinkSync } from 'node:fs';
import { assertMoves, exists, look, modeOf, outcomeOf, ownerOf, refuses, refusesOwner, textOf } from './judging.ts';
import { pathCases } from './path-cases.ts';
import type { PosixCase } from './posix-case.ts';
import { asOwner, CONTENT, file, folder, SHARED_GROUP, symlink, USER } from './scene.ts';

const PATH_MAX = 4096;
/** How many links the kernel follows in one path. */
const MOST_LINKS = 40;

/** symlink(2) and readlink(2). */
export const symlinkCases: readonly PosixCase[] = [
  ...pathCases('symlink', (path) => symlinkSync('target', path)),
  {
    id: 'symlink/says-what-it-was-given',
    title: 'a symbolic link holds the bytes it was given, is as long as they are, has mode 0777, and may lead nowhere',
    stage: () => folder('dir'),
    run: () => {
      const target = Buffer.from('no/such\xff\n//place/../', 'latin1');
      assertMoves({ dir: 'mtime and ctime' }, () => symlinkSync(target, 'dir/link'));
      assert.deepEqual(readlinkSync('dir/link', { encoding: 'buffer' }), target);
      assert.equal(look('dir/link').size, BigInt(target.length));
      assert.equal(modeOf('dir/link'), 0o777);
    },
  },
  {
    id: 'symlink/of-a-lower-one',
    title: 'a symbolic link that was there is read, counted and followed',
    stage: () => {
      folder('dir');
      file('dir/file');
      symlink('dir/file', 'link');
    },
    run: () => {
      assert.equal(readlinkSync('link'), 'dir/file');
      assert.equal(look('link').size, 8n);
      assert.equal(textOf('link'), CONTENT);
    },
  },
  {
    id: 'symlink/umask-is-no-matter',
    title: 'the umask takes nothing from a symbolic link',
    run: () => {
      const umask = process.umask(0o077);
      try {
        symlinkSync('target', 'link');
      } finally {
        process.umask(umask);
      }
      assert.equal(modeOf('link'), 0o777);
    },
  },
  {
    id: 'symlink/belongs-to-its-maker',
    title: 'a symbolic link belongs to who made it, and to the group of a directory with the set-group-id bit',
    stage: () => {
      folder('own', { owner: USER });
      folder('shared', { gid: SHARED_GROUP, mode: 0o2777 });
    },
    run: () => {
      asOwner(() => symlinkSync('target', 'own/link'));
      asOwner(() => symlinkSync('target', 'shared/link'));
      assert.deepEqual(
        [ownerOf('own/link'), ownerOf('shared/link')],
        [
          [USER.uid, USER.gid],
          [USER.uid, SHARED_GROUP],
        ],
      );
    },
  },
  ...(['file', 'dir', 'dangling'] as const).map((target) => ({
    id: `symlink/onto-${target}`,
    title: `symlink to a name that a ${target === 'dir' ? 'directory' : target === 'dangling' ? 'dangling link' : target} has fails with EEXIST`,
    stage: () => {
      file('file');
      folder('dir');
      symlink('nowhere', 'dangling');
    },
    run: () => refuses('EEXIST', () => symlinkSync('other', target)),
  })),
  {
    id: 'symlink/empty-target',
    title: 'symlink with an empty target fails with ENOENT',
    run: () => refuses('ENOENT', () => symlinkSync('', 'link')),
  },
  {
    id: 'symlink/target-too-long',
    title: 'symlink with a target of 4096 bytes fails with ENAMETOOLONG, and one of 1000 bytes is kept whole',
    run: () => {
      refuses('ENAMETOOLONG', () => symlinkSync('t'.repeat(PATH_MAX), 'link'));
      symlinkSync('t'.repeat(1000), 'link');
      assert.equal(readlinkSync('link').length, 1000);
    },
  },
  {
    id: 'symlink/slash-after-the-name',
    title: 'symlink to a new name with a slash behind it fails with ENOENT',
    run: () => refuses('ENOENT', () => symlinkSync('target', 'link/')),
  },
  {
    id: 'symlink/in-a-directory-of-root',
    title: 'symlink in a directory that the user may not write to fails with EACCES',
    stage: () => folder('dir'),
    run: () => refusesOwner('EACCES', () => symlinkSync('target', 'dir/link')),
  },
  {
    id: 'symlink/readlink-of-a-file',
    title: 'readlink of what is no symbolic link fails with EINVAL',
    stage: () => {
      file('file');
      folder('dir');
    },
    run: () => {
      refuses('EINVAL', () => readlinkSync('file'));
      refuses('EINVAL', () => readlinkSync('dir'));
    },
  },
  {
    id: 'symlink/chain-of-forty',
    title: 'forty links behind one another are followed, and forty-one are ELOOP',
    stage: () => {
      file('link-0');
      for (let number = 1; number <= MOST_LINKS + 1; number += 1) symlink(`link-${number - 1}`, `link-${number}`);
    },
    run: () => {
      assert.equal(textOf(`link-${MOST_LINKS}`), CONTENT);
      assert.equal(
        outcomeOf(() => readFileSync(`link-${MOST_LINKS + 1}`)),
        'ELOOP',
      );
    },
  },
  {
    id: 'symlink/relative-to-where-it-lies',
    title: 'a relative target is looked for where the link lies',
    stage: () => {
      folder('dir');
      file('dir/file', { content: 'inside' });
      file('file', { content: 'outside' });
      symlink('file', 'dir/link');
    },
    run: () => assert.equal(textOf('dir/link'), 'inside'),
  },
  {
    id: 'symlink/made-anew',
    title: 'a symbolic link made where another was removed leads where it says and not where that one led',
    stage: () => {
      file('one', { content: 'one' });
      file('two', { content: 'two' });
      symlink('one', 'link');
    },
    run: () => {
      assert.equal(textOf('link'), 'one');
      unlinkSync('link');
      symlinkSync('two', 'link');
      assert.equal(textOf('link'), 'two');
      unlinkSync('two');
      assert.equal(
        outcomeOf(() => readFileSync('link')),
        'ENOENT',
      );
      assert.ok(exists('link'));
    },
  },
];
