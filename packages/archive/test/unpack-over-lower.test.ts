import { lstatSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import {
  changeMode,
  changeOwner,
  copyTree,
  listXattrs,
  makeHardLink,
  makeSymlink,
  readXattr,
  setTimes,
  writeXattr,
} from '@graphdriver/host';
import { privilegeReason, requireOrSkip, scratchRoot } from '@graphdriver/testkit';
import { describe, expect, it } from 'vitest';
import { directoryTree } from '../src/directory-tree.ts';
import type { TarEntry } from '../src/tar-entry.ts';
import { unpackLayer } from '../src/unpack-layer.ts';
import { archiveOf, directory, entry, file, streamOf, whiteout } from './support/tar-bytes.ts';
import { snapshotOf } from './support/tree-snapshot.ts';

const reason = requireOrSkip('archive', privilegeReason());
const TIME = 1_111_111_111_111_111_111n;

async function remove(root: string, ...entries: readonly TarEntry[]): Promise<void> {
  await unpackLayer(streamOf(await archiveOf(...entries)), { root, whiteouts: 'remove', lower: null });
}

async function overlay(path: string, ...entries: readonly TarEntry[]): Promise<void> {
  const target = { root: `${path}/upper`, whiteouts: 'overlay', lower: directoryTree(`${path}/lower`) } as const;
  await unpackLayer(streamOf(await archiveOf(...entries)), target);
}

function isWhiteout(path: string): boolean {
  const stats = lstatSync(path);
  return stats.isCharacterDevice() && stats.rdev === 0;
}

function mtime(path: string): bigint {
  return lstatSync(path, { bigint: true }).mtimeNs;
}

function makeTwo(path: string): void {
  mkdirSync(`${path}/lower`);
  mkdirSync(`${path}/upper`);
}

describe.skipIf(reason !== null)('a whiteout', () => {
  it('that stands for nothing changes nothing', async () => {
    await using scratch = await scratchRoot();
    makeTwo(scratch.path);
    await overlay(scratch.path, whiteout('.wh.a'), whiteout('d/.wh.a'), whiteout('e/.wh..wh..opq'));
    expect(readdirSync(`${scratch.path}/upper`)).toEqual([]);
  });

  it('brings its directory with the attributes that it has underneath', async () => {
    await using scratch = await scratchRoot();
    makeTwo(scratch.path);
    mkdirSync(`${scratch.path}/lower/d`);
    writeFileSync(`${scratch.path}/lower/d/a`, '');
    writeXattr(`${scratch.path}/lower/d`, 'user.x', Buffer.from('1'));
    changeOwner(`${scratch.path}/lower/d`, 5, 6);
    changeMode(`${scratch.path}/lower/d`, 0o2770);
    setTimes(`${scratch.path}/lower/d`, { mtime: TIME });
    await overlay(scratch.path, whiteout('d/.wh.a'));
    const upper = directoryTree(`${scratch.path}/upper`).node('d');
    const lower = directoryTree(`${scratch.path}/lower`).node('d');
    expect([upper?.mode, upper?.uid, upper?.gid, upper?.mtime]).toEqual([
      lower?.mode,
      lower?.uid,
      lower?.gid,
      lower?.mtime,
    ]);
    expect(listXattrs(`${scratch.path}/upper/d`)).toEqual(['user.x']);
    expect(isWhiteout(`${scratch.path}/upper/d/a`)).toBe(true);
  });

  it('of a directory that the archive brings anew makes that opaque', async () => {
    await using scratch = await scratchRoot();
    makeTwo(scratch.path);
    mkdirSync(`${scratch.path}/lower/d`);
    writeFileSync(`${scratch.path}/lower/d/old`, '');
    await overlay(scratch.path, directory('d'), file('d/new'), whiteout('.wh.d'));
    expect(readdirSync(`${scratch.path}/upper/d`)).toEqual(['new']);
    expect(readXattr(`${scratch.path}/upper/d`, 'trusted.overlay.opaque')?.toString()).toBe('y');
  });

  it('may be a hard link of another, as aufs makes them, and its books are passed over', async () => {
    await using scratch = await scratchRoot();
    writeFileSync(`${scratch.path}/a`, '');
    writeFileSync(`${scratch.path}/b`, '');
    const again = entry({ path: '.wh.b', type: 'hardlink', linkTarget: '.wh.a' });
    await remove(
      scratch.path,
      whiteout('.wh.a'),
      again,
      file('.wh..wh.aufs', ''),
      directory('.wh..wh.plnk'),
      file('.wh..wh.plnk/12.34'),
    );
    expect(readdirSync(scratch.path)).toEqual([]);
  });

  it('of everything leaves an empty tree and what the archive brings', async () => {
    await using scratch = await scratchRoot();
    makeTwo(scratch.path);
    for (const name of ['a', 'b']) writeFileSync(`${scratch.path}/lower/${name}`, '');
    await overlay(scratch.path, file('b', 'new'), whiteout('.wh..wh..opq'), file('c'));
    const names = readdirSync(`${scratch.path}/upper`).sort();
    expect(names.map((name) => [name, isWhiteout(`${scratch.path}/upper/${name}`)])).toEqual([
      ['a', true],
      ['b', false],
      ['c', false],
    ]);
  });
});

describe.skipIf(reason !== null)('a directory that the archive only implies', () => {
  it.each([
    ['a whiteout of it', '.wh.d'],
    ['an opaque marker above it', '.wh..wh..opq'],
  ])('has nothing of the one underneath after %s', async (_, mark) => {
    await using scratch = await scratchRoot();
    makeTwo(scratch.path);
    mkdirSync(`${scratch.path}/lower/d`);
    changeOwner(`${scratch.path}/lower/d`, 5, 6);
    writeXattr(`${scratch.path}/lower/d`, 'user.x', Buffer.from('1'));
    writeFileSync(`${scratch.path}/lower/d/old`, '');
    await overlay(scratch.path, file('d/new'), whiteout(mark));
    const { uid, gid } = lstatSync(`${scratch.path}/upper/d`);
    expect([uid, gid, mtime(`${scratch.path}/upper/d`)]).toEqual([0, 0, 0n]);
    expect(listXattrs(`${scratch.path}/upper/d`)).toEqual(['trusted.overlay.opaque']);
  });

  it('has no whiteouts left in it when it turns opaque, for the kernel would show them', async () => {
    await using scratch = await scratchRoot();
    makeTwo(scratch.path);
    mkdirSync(`${scratch.path}/lower/d`);
    writeFileSync(`${scratch.path}/lower/d/old`, '');
    await overlay(scratch.path, whiteout('d/.wh.old'), whiteout('d/.wh..wh..opq'));
    expect(readdirSync(`${scratch.path}/upper/d`)).toEqual([]);
  });
});

describe.skipIf(reason !== null)('a hard link to a file underneath', () => {
  it('has that copied up first, exactly', async () => {
    await using scratch = await scratchRoot();
    makeTwo(scratch.path);
    mkdirSync(`${scratch.path}/lower/d`);
    writeFileSync(`${scratch.path}/lower/d/a`, 'x'.repeat(100_000));
    changeOwner(`${scratch.path}/lower/d/a`, 3, 4);
    changeMode(`${scratch.path}/lower/d/a`, 0o4755);
    writeXattr(`${scratch.path}/lower/d/a`, 'user.x', Buffer.from([0]));
    setTimes(`${scratch.path}/lower/d/a`, { mtime: TIME });
    setTimes(`${scratch.path}/lower/d`, { mtime: TIME });
    await overlay(scratch.path, entry({ path: 'b', type: 'hardlink', linkTarget: 'd/a' }));
    await copyTree(`${scratch.path}/lower`, `${scratch.path}/expected`);
    makeHardLink(`${scratch.path}/expected/d/a`, `${scratch.path}/expected/b`);
    expect(snapshotOf(directoryTree(`${scratch.path}/upper`))).toEqual(
      snapshotOf(directoryTree(`${scratch.path}/expected`)),
    );
  });

  it('stays where a whiteout takes away the name that it was made from', async () => {
    await using scratch = await scratchRoot();
    makeTwo(scratch.path);
    mkdirSync(`${scratch.path}/lower/d`);
    writeFileSync(`${scratch.path}/lower/d/a`, 'content');
    await overlay(scratch.path, entry({ path: 'b', type: 'hardlink', linkTarget: 'd/a' }), whiteout('d/.wh.a'));
    expect(readFileSync(`${scratch.path}/upper/b`, 'utf8')).toBe('content');
    expect(isWhiteout(`${scratch.path}/upper/d/a`)).toBe(true);
  });

  it('works for symbolic links', async () => {
    await using scratch = await scratchRoot();
    makeTwo(scratch.path);
    makeSymlink('../outside', `${scratch.path}/lower/a`);
    await overlay(scratch.path, entry({ path: 'b', type: 'hardlink', linkTarget: 'a' }));
    expect(lstatSync(`${scratch.path}/upper/a`).ino).toBe(lstatSync(`${scratch.path}/upper/b`).ino);
    expect(lstatSync(`${scratch.path}/upper/b`).isSymbolicLink()).toBe(true);
  });
});
