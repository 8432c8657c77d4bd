import { lstatSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { listXattrs, makeHardLink, readXattr, setTimes, writeXattr } from '@graphdriver/host';
import { privilegeReason, requireOrSkip, scratchRoot } from '@graphdriver/testkit';
import { describe, expect, it } from 'vitest';
import type { TarEntry } from '../src/tar-entry.ts';
import { unpackLayer } from '../src/unpack-layer.ts';
import { archiveOf, directory, ended, entry, file, rawHeader, streamOf, whiteout } from './support/tar-bytes.ts';

const reason = requireOrSkip('archive', privilegeReason());
const TIME = 1_111_111_111_111_111_111n;

/** `user::rwx,user:1000:r-x,group::r-x,mask::r-x,other::r-x` as the kernel keeps it. */
const ACL = Buffer.from(
  '0200000001000700ffffffff02000500e803000004000500ffffffff10000500ffffffff20000500ffffffff',
  'hex',
);

async function remove(root: string, ...entries: readonly TarEntry[]): Promise<void> {
  await unpackLayer(streamOf(await archiveOf(...entries)), { root, whiteouts: 'remove', lower: null });
}

function mtime(path: string): bigint {
  return lstatSync(path, { bigint: true }).mtimeNs;
}

describe.skipIf(reason !== null)('what unpackLayer makes', () => {
  it('has set-id bits and capabilities, which a change of the owner takes away', async () => {
    await using scratch = await scratchRoot();
    const capability = Buffer.from('0100000200040000000000000000000000000000', 'hex');
    await remove(
      scratch.path,
      file('a', 'x', { mode: 0o6755, uid: 1000, gid: 1000, xattrs: new Map([['security.capability', capability]]) }),
    );
    const { mode, uid } = lstatSync(`${scratch.path}/a`);
    expect([mode & 0o7777, uid]).toEqual([0o6755, 1000]);
    expect(readXattr(`${scratch.path}/a`, 'security.capability')).toEqual(capability);
  });

  it('has its mode whatever the umask is', async () => {
    await using scratch = await scratchRoot();
    const before = process.umask(0o777);
    try {
      await remove(
        scratch.path,
        file('a', '', { mode: 0o666 }),
        directory('d', { mode: 0o777 }),
        entry({ path: 'f', type: 'fifo', mode: 0o622 }),
      );
    } finally {
      process.umask(before);
    }
    const modes = ['a', 'd', 'f'].map((name) => lstatSync(`${scratch.path}/${name}`).mode & 0o7777);
    expect(modes).toEqual([0o666, 0o777, 0o622]);
  });

  it('has its owner in a directory that passes on its group', async () => {
    await using scratch = await scratchRoot();
    await remove(
      scratch.path,
      directory('d', { mode: 0o2775, gid: 50 }),
      file('d/a'),
      directory('d/e'),
      entry({ path: 'd/l', type: 'symlink', linkTarget: 'a' }),
      file('d/b', '', { gid: 50, mode: 0o2711 }),
    );
    const all = ['d/a', 'd/e', 'd/l', 'd/b'].map((name) => lstatSync(`${scratch.path}/${name}`));
    expect(all.map(({ gid }) => gid)).toEqual([0, 0, 0, 50]);
    expect(all.map(({ mode }) => mode & 0o7777)).toEqual([0o644, 0o755, 0o777, 0o2711]);
  });

  it('has the times of the archive, directories too, though they are written into later', async () => {
    await using scratch = await scratchRoot();
    await remove(
      scratch.path,
      directory('d', { mtime: TIME }),
      directory('d/e', { mtime: TIME + 1n }),
      file('d/e/f', '', { mtime: -5n }),
      file('d/g'),
    );
    expect(['d', 'd/e', 'd/e/f'].map((name) => mtime(`${scratch.path}/${name}`))).toEqual([TIME, TIME + 1n, -5n]);
  });

  it('is as the archive says in a directory that nobody may write to', async () => {
    await using scratch = await scratchRoot();
    await remove(scratch.path, directory('d', { mode: 0o555 }), file('d/a'));
    expect(lstatSync(`${scratch.path}/d`).mode & 0o7777).toBe(0o555);
    expect(readdirSync(`${scratch.path}/d`)).toEqual(['a']);
  });

  it('does not inherit the access control list that its directory gets', async () => {
    await using scratch = await scratchRoot();
    const xattrs = new Map([['system.posix_acl_default', ACL]]);
    await remove(
      scratch.path,
      directory('d', { xattrs }),
      file('d/a'),
      directory('d/e'),
      entry({ path: 'd/f', type: 'fifo' }),
    );
    expect(readXattr(`${scratch.path}/d`, 'system.posix_acl_default')).toEqual(ACL);
    expect(['d/a', 'd/e', 'd/f'].flatMap((name) => listXattrs(`${scratch.path}/${name}`))).toEqual([]);
  });

  it('does not inherit the access control list that its directory had before', async () => {
    await using scratch = await scratchRoot();
    mkdirSync(`${scratch.path}/d`);
    writeXattr(`${scratch.path}/d`, 'system.posix_acl_default', ACL);
    await remove(
      scratch.path,
      file('d/a', '', { mode: 0o664 }),
      directory('d/e/e'),
      entry({ path: 'd/f', type: 'fifo' }),
    );
    expect(['d/a', 'd/e', 'd/e/e', 'd/f'].flatMap((name) => listXattrs(`${scratch.path}/${name}`))).toEqual([]);
    expect(lstatSync(`${scratch.path}/d/a`).mode & 0o7777).toBe(0o664);
    expect(readXattr(`${scratch.path}/d`, 'system.posix_acl_default')).toEqual(ACL);
  });

  it('has the access control list of the archive', async () => {
    await using scratch = await scratchRoot();
    await remove(scratch.path, file('a', '', { mode: 0o755, xattrs: new Map([['system.posix_acl_access', ACL]]) }));
    expect(readXattr(`${scratch.path}/a`, 'system.posix_acl_access')).toEqual(ACL);
    expect(lstatSync(`${scratch.path}/a`).mode & 0o7777).toBe(0o755);
  });

  it('does not belong to the group of a directory with the set-group-id bit', async () => {
    await using scratch = await scratchRoot();
    await remove(
      scratch.path,
      directory('d', { mode: 0o2775, gid: 50 }),
      file('d/a', '', { gid: 7 }),
      directory('d/e', { gid: 8 }),
    );
    const found = ['d/a', 'd/e']
      .map((name) => lstatSync(`${scratch.path}/${name}`))
      .map(({ gid, mode }) => [gid, mode & 0o7000]);
    expect(found).toEqual([
      [7, 0],
      [8, 0],
    ]);
  });

  it('has no security label, since that is the host’s to give', async () => {
    await using scratch = await scratchRoot();
    await remove(scratch.path, file('a', '', { xattrs: new Map([['security.selinux', Buffer.from('x')]]) }));
    expect(listXattrs(`${scratch.path}/a`)).toEqual([]);
  });

  it('takes no more room than its data, where it has holes', async () => {
    await using scratch = await scratchRoot();
    const segments = [{ offset: 10_000_000, length: 5 }];
    await remove(scratch.path, entry({ path: 'a', size: 20_000_000, segments, content: [Buffer.from('abcde')] }));
    const { size, blocks } = statSync(`${scratch.path}/a`);
    expect(size).toBe(20_000_000);
    expect(blocks).toBeLessThan(100);
    expect(readFileSync(`${scratch.path}/a`).toString('latin1', 10_000_000, 10_000_006)).toBe('abcde\0');
  });

  it('is one file where the archive says so, symbolic links and devices too', async () => {
    await using scratch = await scratchRoot();
    const link = (path: string, linkTarget: string): TarEntry => entry({ path, type: 'hardlink', linkTarget });
    await remove(
      scratch.path,
      file('a'),
      link('b', './a'),
      entry({ path: 's', type: 'symlink', linkTarget: 'a' }),
      link('t', 's'),
    );
    const inode = (name: string): number => lstatSync(`${scratch.path}/${name}`).ino;
    expect([inode('a'), inode('s')]).toEqual([inode('b'), inode('t')]);
    expect(lstatSync(`${scratch.path}/t`).isSymbolicLink()).toBe(true);
  });

  it('takes the place of a directory, if it is none', async () => {
    await using scratch = await scratchRoot();
    mkdirSync(`${scratch.path}/d/deep/deeper`, { recursive: true });
    writeFileSync(`${scratch.path}/d/deep/deeper/file`, '');
    await remove(scratch.path, file('d', 'now a file'));
    expect(readFileSync(`${scratch.path}/d`, 'utf8')).toBe('now a file');
  });

  it('takes the place of one name of a file and leaves the other names as they are', async () => {
    await using scratch = await scratchRoot();
    writeFileSync(`${scratch.path}/a`, 'old');
    makeHardLink(`${scratch.path}/a`, `${scratch.path}/b`);
    await remove(scratch.path, file('a', 'new'));
    expect(readFileSync(`${scratch.path}/b`, 'utf8')).toBe('old');
  });

  it('gives a directory that is there its attributes, and takes away those that the archive does not have', async () => {
    await using scratch = await scratchRoot();
    mkdirSync(`${scratch.path}/d`);
    writeFileSync(`${scratch.path}/d/kept`, '');
    writeXattr(`${scratch.path}/d`, 'user.old', Buffer.from('x'));
    await remove(
      scratch.path,
      directory('d', { mode: 0o1777, uid: 5, gid: 6, mtime: TIME, xattrs: new Map([['user.new', Buffer.from('y')]]) }),
    );
    const { mode, uid, gid } = lstatSync(`${scratch.path}/d`);
    expect([mode & 0o7777, uid, gid, mtime(`${scratch.path}/d`)]).toEqual([0o1777, 5, 6, TIME]);
    expect(listXattrs(`${scratch.path}/d`)).toEqual(['user.new']);
    expect(readdirSync(`${scratch.path}/d`)).toEqual(['kept']);
  });

  it('leaves the time of a directory that it does not mention', async () => {
    await using scratch = await scratchRoot();
    mkdirSync(`${scratch.path}/d`);
    writeFileSync(`${scratch.path}/d/gone`, '');
    setTimes(`${scratch.path}/d`, { mtime: TIME });
    await remove(scratch.path, file('d/new'), whiteout('d/.wh.gone'));
    expect(readdirSync(`${scratch.path}/d`)).toEqual(['new']);
    expect(mtime(`${scratch.path}/d`)).toBe(TIME);
  });

  it('is the same every time where the archive only implies a directory', async () => {
    await using scratch = await scratchRoot();
    await remove(scratch.path, file('d/e/a'));
    const { mode, uid, gid } = lstatSync(`${scratch.path}/d/e`);
    expect([mode & 0o7777, uid, gid, mtime(`${scratch.path}/d`), mtime(`${scratch.path}/d/e`)]).toEqual([
      0o755,
      0,
      0,
      0n,
      0n,
    ]);
  });

  it('gives the root the mode and owner that the archive has for it, and leaves its time alone', async () => {
    await using scratch = await scratchRoot();
    const before = mtime(scratch.path);
    await remove(scratch.path, directory('', { mode: 0o711, uid: 9, mtime: TIME }), file('a'));
    const { mode, uid } = lstatSync(scratch.path);
    expect([mode & 0o7777, uid, mtime(scratch.path)]).toEqual([0o711, 9, before]);
  });

  it('counts content once, whatever has several names', async () => {
    await using scratch = await scratchRoot();
    const bytes = await archiveOf(
      file('a', '12345'),
      entry({ path: 'b', type: 'hardlink', linkTarget: 'a' }),
      file('c', '123'),
      whiteout('.wh.d'),
    );
    const result = await unpackLayer(streamOf(bytes), { root: scratch.path, whiteouts: 'remove', lower: null });
    expect(result).toEqual({ size: 8 });
  });

  it('is reached through a root with any name', async () => {
    await using scratch = await scratchRoot();
    const root = `${scratch.path}/wörk`;
    mkdirSync(root);
    await remove(root, file('\xff'));
    expect(readdirSync(root, 'latin1')).toEqual(['\xff']);
  });
});

describe.skipIf(reason !== null)('unpackLayer', () => {
  it('ends with ABORTED while the archive hangs', async () => {
    await using scratch = await scratchRoot();
    const controller = new AbortController();
    const hanging = async function* (): AsyncGenerator<Uint8Array> {
      yield rawHeader({ size: '00000001000' });
      controller.abort();
      await new Promise(() => undefined);
    };
    const unpacking = unpackLayer(
      hanging(),
      { root: scratch.path, whiteouts: 'remove', lower: null },
      { signal: controller.signal },
    );
    await expect(unpacking).rejects.toMatchObject({ code: 'ABORTED' });
  });

  it('refuses a bad archive at once, though the stream hangs behind the mistake', async () => {
    await using scratch = await scratchRoot();
    const hanging = async function* (): AsyncGenerator<Uint8Array> {
      yield ended(rawHeader({ name: '../x' }));
      await new Promise(() => undefined);
    };
    const unpacking = unpackLayer(hanging(), { root: scratch.path, whiteouts: 'remove', lower: null });
    await expect(unpacking).rejects.toMatchObject({ code: 'INVALID_ARCHIVE' });
  });

  it('tells of an error of the stream as its cause', async () => {
    await using scratch = await scratchRoot();
    const mishap = new Error('the network is down');
    const failing = async function* (): AsyncGenerator<Uint8Array> {
      yield rawHeader({ size: '00000001000' });
      throw mishap;
    };
    const unpacking = unpackLayer(failing(), { root: scratch.path, whiteouts: 'remove', lower: null });
    await expect(unpacking).rejects.toMatchObject({ name: 'StorageError', code: 'SYSTEM_CALL_FAILED', cause: mishap });
  });

  it('refuses options that nobody reads', async () => {
    const options = { limit: 5 } as object; // A misspelt option, past the compiler.
    await expect(
      unpackLayer(streamOf(Buffer.alloc(0)), { root: '/', whiteouts: 'remove', lower: null }, options),
    ).rejects.toThrow(TypeError);
  });
});
