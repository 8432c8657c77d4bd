import { constants, createReadStream, mkdirSync, writeFileSync } from 'node:fs';
import {
  changeMode,
  changeOwner,
  closeFile,
  createFile,
  makeDirectory,
  makedev,
  makeHardLink,
  makeNode,
  makeSymlink,
  run,
  setTimes,
  truncateFile,
  writeBytes,
  writeXattr,
} from '@graphdriver/host';
import { privilegeReason, requireOrSkip, scratchRoot } from '@graphdriver/testkit';
import { describe, expect, it } from 'vitest';
import { directoryTree } from '../src/directory-tree.ts';
import { readTar } from '../src/tar-reader.ts';
import { writeTar } from '../src/tar-writer.ts';
import { unpackLayer } from '../src/unpack-layer.ts';
import { collect } from './support/tar-bytes.ts';
import { snapshotOf } from './support/tree-snapshot.ts';

const reason = requireOrSkip('archive', privilegeReason());
const EVERYTHING = ['--xattrs', '--xattrs-include=*', '--numeric-owner', '--sort=name', '-S', '-p'];

/** A tree with one of everything that a layer can hold. */
function makeHardCase(root: string): void {
  const at = (name: string): Buffer => Buffer.from(`${root}/${name}`, 'latin1');
  makeDirectory(at('dir'), 0o2751);
  writeFileSync(at('dir/plain'), 'content');
  writeFileSync(at('dir/empty'), '');
  writeFileSync(at(`dir/${'n'.repeat(255)}`), 'long name');
  mkdirSync(at(`deep/${'d'.repeat(120)}/${'e'.repeat(120)}`), { recursive: true });
  writeFileSync(at(`deep/${'d'.repeat(120)}/${'e'.repeat(120)}/file`), 'long path');
  writeFileSync(at('latin \xe9\xff'), 'no UTF-8');
  writeFileSync(at('new\nline'), 'odd');
  makeSymlink(Buffer.from(`../${'t'.repeat(200)}/\xe9`, 'latin1'), at('link'));
  makeHardLink(at('dir/plain'), at('second name'));
  makeHardLink(at('link'), at('second link'));
  makeNode(at('char'), constants.S_IFCHR | 0o620, makedev(5, 1));
  makeNode(at('block'), constants.S_IFBLK | 0o660, makedev(259, 70000));
  makeNode(at('fifo'), constants.S_IFIFO | 0o644, 0);
  writeFileSync(at('suid'), '#!');
  changeOwner(at('suid'), 3_000_000, 4_000_000_000);
  changeMode(at('suid'), 0o6755);
  writeXattr(at('suid'), 'security.capability', Buffer.from('0100000200040000000000000000000000000000', 'hex'));
  writeXattr(at('suid'), 'user.binary', Buffer.from([0, 10, 61, 255]));
  writeXattr(at('suid'), 'trusted.empty', Buffer.alloc(0));
  makeSparse(at('sparse'), 40);
  makeSparse(at('more sparse'), 1);
  setTimes(at('dir/plain'), { mtime: 1_234_567_890_123_456_789n });
  setTimes(at('link'), { mtime: 1_000_000_000_000_000_001n });
  setTimes(at('dir'), { mtime: 999_999_999_999_999_999n });
}

function makeSparse(path: Buffer, segments: number): void {
  const fd = createFile(path, 0o600);
  for (let index = 0; index < segments; index++)
    writeBytes(fd, Buffer.alloc(4096, index + 1), 0, 4096, 8192 + index * 65536);
  truncateFile(fd, 5_000_001);
  closeFile(fd);
}

async function unpackInto(archive: string, root: string): Promise<void> {
  mkdirSync(root);
  await unpackLayer(createReadStream(archive), { root, whiteouts: 'remove', lower: null });
}

describe.skipIf(reason !== null)('beside GNU tar', () => {
  it.each(['posix', 'gnu'])(
    'unpackLayer makes the same tree as the original of an archive of format %s',
    async (format) => {
      await using scratch = await scratchRoot();
      const { path } = scratch;
      mkdirSync(`${path}/original`);
      makeHardCase(`${path}/original`);
      const flags =
        format === 'posix'
          ? [...EVERYTHING, '--format=posix']
          : EVERYTHING.filter((flag) => !flag.startsWith('--xattrs')).concat('--format=gnu');
      await run('tar', [...flags, '-cf', `${path}/a.tar`, '-C', `${path}/original`, '.']);
      await unpackInto(`${path}/a.tar`, `${path}/copy`);
      // The old format has neither attributes nor parts of a second.
      const reference = format === 'posix' ? `${path}/original` : `${path}/reference`;
      if (format === 'gnu') {
        mkdirSync(reference);
        await run('tar', [...EVERYTHING, '-xf', `${path}/a.tar`, '-C', reference]);
      }
      expect(snapshotOf(directoryTree(`${path}/copy`))).toEqual(snapshotOf(directoryTree(reference)));
    },
  );

  it.each(['0.0', '0.1', '1.0'])(
    'unpackLayer reads sparse files as GNU tar writes them in format %s',
    async (version) => {
      await using scratch = await scratchRoot();
      const { path } = scratch;
      mkdirSync(`${path}/original`);
      makeSparse(Buffer.from(`${path}/original/many`), 50);
      makeSparse(Buffer.from(`${path}/original/none`), 0);
      await run('tar', [
        ...EVERYTHING,
        '--format=posix',
        `--sparse-version=${version}`,
        '-cf',
        `${path}/a.tar`,
        '-C',
        `${path}/original`,
        '.',
      ]);
      await unpackInto(`${path}/a.tar`, `${path}/copy`);
      expect(snapshotOf(directoryTree(`${path}/copy`))).toEqual(snapshotOf(directoryTree(`${path}/original`)));
    },
  );

  it.each(['ustar', 'v7'])(
    'unpackLayer makes the same tree as GNU tar from an archive of format %s',
    async (format) => {
      await using scratch = await scratchRoot();
      const { path } = scratch;
      mkdirSync(`${path}/original/dir/${'d'.repeat(60)}`, { recursive: true });
      writeFileSync(`${path}/original/dir/${'d'.repeat(60)}/file`, 'content');
      makeSymlink('dir', `${path}/original/link`);
      makeHardLink(`${path}/original/dir/${'d'.repeat(60)}/file`, `${path}/original/other`);
      await run('tar', [
        '--numeric-owner',
        '-p',
        `--format=${format}`,
        '-cf',
        `${path}/a.tar`,
        '-C',
        `${path}/original`,
        '.',
      ]);
      await unpackInto(`${path}/a.tar`, `${path}/copy`);
      mkdirSync(`${path}/reference`);
      await run('tar', ['-xpf', `${path}/a.tar`, '-C', `${path}/reference`]);
      expect(snapshotOf(directoryTree(`${path}/copy`))).toEqual(snapshotOf(directoryTree(`${path}/reference`)));
    },
  );

  it('GNU tar makes the same tree from what writeTar writes', async () => {
    await using scratch = await scratchRoot();
    const { path } = scratch;
    mkdirSync(`${path}/original`);
    makeHardCase(`${path}/original`);
    await run('tar', [...EVERYTHING, '--format=posix', '-cf', `${path}/theirs.tar`, '-C', `${path}/original`, '.']);
    writeFileSync(`${path}/ours.tar`, await collect(writeTar(readTar(createReadStream(`${path}/theirs.tar`)))));
    mkdirSync(`${path}/copy`);
    const { stderr } = await run('tar', [
      '--xattrs',
      '--xattrs-include=*',
      '-xpf',
      `${path}/ours.tar`,
      '-C',
      `${path}/copy`,
    ]);
    expect(stderr).toBe('');
    expect(snapshotOf(directoryTree(`${path}/copy`))).toEqual(snapshotOf(directoryTree(`${path}/original`)));
  });
});
