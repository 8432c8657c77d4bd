import assert from 'node:assert/strict';
import {
  appendFileSync,
  chmodSync,
  closeSync,
  constants,
  ftruncateSync,
  lchownSync,
  linkSync,
  openSync,
  readSync,
  renameSync,
  statSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimes, writeXattr } from '@graphdriver/host';
import type { Check, CheckContext } from '../check.ts';
import { snapshotTree } from '../oracle/tree-snapshot.ts';
import { openForWriting, put, textOf } from '../staging/files.ts';
import { assertView, editLayer, makeLayer, makeWritable, snapshotLayer } from '../staging/layers.ts';
import { LATER, LONG_AGO, settleTimes } from '../staging/times.ts';

/** The first thing that can be done to a lower file: what the check is called, what the title says, and how it is done. */
const FIRST_TOUCHES: readonly (readonly [words: string, title: string, touch: (path: string) => void])[] = [
  ['opening', 'opened for writing and closed', (path) => openForWriting(path, '')],
  ['writing-a-byte', 'changed in one byte', writeOneByte],
  ['appending', 'appended to', (path) => appendFileSync(path, 'more')],
  ['truncating', 'truncated', truncateToThree],
  ['chmod', 'given another mode', (path) => chmodSync(path, 0o4711)],
  ['chown', 'given another owner', (path) => lchownSync(path, 70_001, 70_002)],
  ['renaming', 'renamed', (path) => renameSync(path, `${path}.renamed`)],
  ['linking', 'linked', (path) => linkSync(path, `${path}.linked`)],
  ['setting-times', 'given another time', (path) => setTimes(path, { mtime: LONG_AGO })],
  [
    'setting-an-attribute',
    'given an extended attribute',
    (path) => writeXattr(path, 'trusted.new', Buffer.from([0, 255])),
  ],
];

/**
 * What happens when a lower file is touched for the first time: the field's name for it is `copy_up`, however a driver does it.
 *
 * The view is held to a plain directory in which the same was done; the lower layer and a sibling to what they were.
 */
export const copyUpChecks: readonly Check[] = [
  ...FIRST_TOUCHES.map(([words, title, touch]) => firstTouchCheck(words, title, touch)),
  {
    id: 'copy-up/the-inode-number-stays',
    title: 'a lower file keeps its inode number across its first write',
    covers: ['unionmount-testsuite:--verify'],
    requires: ({ stableInodes }) => (stableInodes ? null : 'The driver does not promise stable inode numbers.'),
    run: (context) => watchFirstWrite(context, ({ before, after }) => assert.equal(after, before)),
  },
  {
    id: 'copy-up/the-inode-number-changes-without-the-promise',
    title: 'a lower file gets another inode number at its first write, as the missing promise says',
    requires: ({ stableInodes }) => (stableInodes ? 'The driver promises stable inode numbers.' : null),
    run: (context) => watchFirstWrite(context, ({ before, after }) => assert.notEqual(after, before)),
  },
  {
    id: 'copy-up/an-open-file-sees-the-first-write',
    title: 'a descriptor opened for reading before the first write to its file sees that write',
    issue: 'https://github.com/moby/moby/issues/12327',
    covers: ['containerd:issues.go OpenFileInodeStability'],
    requires: ({ sharesOpenFiles }) => (sharesOpenFiles ? null : 'The driver does not promise it for open files.'),
    run: (context) => watchFirstWrite(context, ({ seen }) => assert.equal(seen, 'CONTENT')),
  },
  {
    id: 'copy-up/an-open-file-stays-as-it-was-without-the-promise',
    title: 'a descriptor opened for reading before the first write to its file keeps showing the lower content',
    issue: 'https://github.com/moby/moby/issues/12327',
    requires: ({ sharesOpenFiles }) => (sharesOpenFiles ? 'The driver promises that open files see the write.' : null),
    run: (context) => watchFirstWrite(context, ({ seen }) => assert.equal(seen, 'content')),
  },
  {
    id: 'copy-up/hard-links-stay-one-file',
    title: 'a write through one name of a lower file shows through its other name',
    issue: 'https://github.com/moby/moby/issues/5632',
    requires: ({ keepsHardLinks }) => (keepsHardLinks ? null : 'The driver does not promise to keep lower hard links.'),
    run: (context) => writeThroughOneName(context, 'second', 1),
  },
  {
    id: 'copy-up/hard-links-come-apart-without-the-promise',
    title: 'a write through one name of a lower file leaves its other name as it was, as the missing promise says',
    issue: 'https://github.com/moby/moby/issues/5632',
    requires: ({ keepsHardLinks }) => (keepsHardLinks ? 'The driver promises to keep lower hard links.' : null),
    run: (context) => writeThroughOneName(context, 'first', 2),
  },
];

function firstTouchCheck(words: string, title: string, touch: (path: string) => void): Check {
  const stage = (root: string) => {
    put(root, 'deep/down/file', 'content of the file', { mode: 0o4755, uid: 11, gid: 12 });
    writeXattr(join(root, 'deep/down/file'), 'trusted.old', Buffer.from('kept'));
    put(root, 'deep/other');
    settleTimes(root, LONG_AGO - 1_000_000_000_000n);
  };
  const edit = (root: string) => {
    touch(join(root, 'deep/down/file'));
    settleTimes(root, LATER);
  };
  return {
    id: `copy-up/${words}-leaves-the-lower-layer`,
    title: `a lower file that is ${title} looks as on a plain directory, and stays as it was in the lower layer and a sibling`,
    covers: ['unionmount-testsuite:copy_up'],
    run: async (context) => {
      const { driver } = context;
      await makeLayer(driver, 'base', stage);
      await makeWritable(driver, 'sibling', undefined, 'base');
      const lower = await snapshotLayer(context, 'base');
      await makeWritable(driver, 'layer', edit, 'base');
      const plain = await context.scratch();
      stage(plain);
      edit(plain);
      const expected = await snapshotTree(plain);
      await assertView(context, 'layer', expected);
      await assertView(context, 'base', lower);
      await assertView(context, 'sibling', lower);
      await driver.commit('layer');
      await assertView(context, 'layer', expected);
    },
  };
}

function writeOneByte(path: string): void {
  const file = openSync(path, constants.O_WRONLY);
  writeSync(file, 'X', 5);
  closeSync(file);
}

function truncateToThree(path: string): void {
  const file = openSync(path, constants.O_RDWR);
  ftruncateSync(file, 3);
  closeSync(file);
}

interface FirstWrite {
  readonly before: bigint;
  readonly after: bigint;
  /** What a descriptor from before the write reads after it. */
  readonly seen: string;
}

/** Watches through one hold what is written through another: all holders of a layer see the same tree. */
async function watchFirstWrite({ driver }: CheckContext, judge: (seen: FirstWrite) => void): Promise<void> {
  await makeLayer(driver, 'base', (root) => put(root, 'dir/file', 'content'));
  await makeWritable(driver, 'layer', undefined, 'base');
  await using watcher = await driver.get('layer');
  const path = join(watcher.path, 'dir/file');
  const inode = () => statSync(path, { bigint: true }).ino;
  const before = inode();
  const early = openSync(path, constants.O_RDONLY);
  try {
    await editLayer(driver, 'layer', (root) => writeInPlace(join(root, 'dir/file'), 'CONTENT'));
    const bytes = Buffer.alloc(7);
    readSync(early, bytes, 0, 7, 0);
    assert.equal(textOf(watcher.path, 'dir/file'), 'CONTENT', 'what another holder sees');
    judge({ before, after: inode(), seen: bytes.toString() });
  } finally {
    closeSync(early);
  }
}

async function writeThroughOneName({ driver }: CheckContext, otherShows: string, inodes: number): Promise<void> {
  await makeLayer(driver, 'base', (root) => {
    put(root, 'one', 'first');
    linkSync(join(root, 'one'), join(root, 'other'));
  });
  await makeWritable(driver, 'layer', undefined, 'base');
  await using watcher = await driver.get('layer');
  await editLayer(driver, 'layer', (root) => writeInPlace(join(root, 'one'), 'second'));
  assert.deepEqual([textOf(watcher.path, 'one'), textOf(watcher.path, 'other')], ['second', otherShows]);
  const numbers = ['one', 'other'].map((path) => statSync(join(watcher.path, path), { bigint: true }).ino);
  assert.equal(new Set(numbers).size, inodes);
}

function writeInPlace(path: string, content: string): void {
  const file = openSync(path, constants.O_WRONLY | constants.O_TRUNC);
  writeSync(file, content);
  closeSync(file);
}
