import {
  closeSync,
  ftruncateSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { isStorageError } from '@graphdriver/core';
import { makedev, makeNode, run, setTimes, writeXattr } from '@graphdriver/host';
import { scratchRoot } from '@graphdriver/testkit';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { compareTrees, directoryTree, emptyTree, packDiff, type TreeChange, unpackLayer } from '../src/index.ts';
import { bytesOf, membersOf } from './support/collect.ts';

const S_IFCHR = 0o020000;
const S_IFSOCK = 0o140000;

let scratch: Awaited<ReturnType<typeof scratchRoot>>;
let base: string;
let layer: string;

beforeEach(async () => {
  scratch = await scratchRoot();
  base = `${scratch.path}/base`;
  layer = `${scratch.path}/layer`;
  mkdirSync(base);
  mkdirSync(layer);
});

afterEach(async () => {
  await scratch[Symbol.asyncDispose]();
});

function changes(): AsyncIterable<TreeChange> {
  return compareTrees(directoryTree(layer), directoryTree(base));
}

/** Passes changes on, and does something between finding one and packing it. */
async function* meanwhile(act: (change: TreeChange) => void): AsyncGenerator<TreeChange> {
  for await (const change of changes()) {
    act(change);
    yield change;
  }
}

describe('a diff', () => {
  test('has the same bytes whatever order the change was made in', async () => {
    const names = ['b', 'a', 'a-b', 'z'];
    const archives: Buffer[] = [];
    for (const order of [names, names.toReversed()]) {
      for (const name of order) writeFileSync(`${layer}/${name}`, name);
      linkSync(`${layer}/z`, `${layer}/c`);
      for (const name of names) setTimes(`${layer}/${name}`, { mtime: 7n });
      archives.push(await bytesOf(packDiff(changes())));
      for (const name of [...names, 'c']) rmSync(`${layer}/${name}`);
    }
    expect(archives[0]?.equals(archives[1] ?? Buffer.of())).toBe(true);
  });

  test('holds the whole tree where there is no base, but no root directory that is as every new one', async () => {
    mkdirSync(`${layer}/d`);
    writeFileSync(`${layer}/d/f`, 'x');
    const members = await membersOf(packDiff(compareTrees(directoryTree(layer), emptyTree)));
    expect(members.map(({ path }) => path)).toEqual(['d', 'd/f']);
  });

  test('of nothing is an archive with nothing in it', async () => {
    expect(await bytesOf(packDiff(changes()))).toEqual(Buffer.alloc(1024));
  });

  test('has an empty file named .wh.NAME for what was deleted, and no other mark', async () => {
    mkdirSync(`${base}/d`);
    writeFileSync(`${base}/d/gone`, 'x');
    mkdirSync(`${layer}/d`);
    const members = await membersOf(packDiff(changes()));
    expect(members.map(({ path }) => path)).toEqual(['d', 'd/.wh.gone']);
    expect(members[1]).toMatchObject({ type: 'file', size: 0, mode: 0o600, uid: 0, gid: 0, mtime: 0n });
  });

  test('holds the content of a file with several names once, under its first name in byte order', async () => {
    writeFileSync(`${layer}/b`, 'content');
    linkSync(`${layer}/b`, `${layer}/c`);
    linkSync(`${layer}/b`, `${layer}/a`);
    const members = await membersOf(packDiff(changes()));
    expect(members.map(({ path, type, linkTarget, data }) => [path, type, linkTarget, data.toString()])).toEqual([
      ['a', 'file', '', 'content'],
      ['b', 'hardlink', 'a', ''],
      ['c', 'hardlink', 'a', ''],
    ]);
  });

  test('holds nanoseconds, devices, set-id bits and attributes, but none that are a driver’s own', async () => {
    writeFileSync(`${layer}/f`, 'x', { mode: 0o644 });
    writeXattr(`${layer}/f`, 'user.binary', Buffer.from([0, 255, 10]));
    writeXattr(`${layer}/f`, 'trusted.overlay.origin', Buffer.from('x'));
    await run('chmod', ['4755', `${layer}/f`]);
    setTimes(`${layer}/f`, { mtime: 1_234_567_890_123_456_789n });
    makeNode(`${layer}/null`, S_IFCHR | 0o666, makedev(1, 3));
    const [file, device] = await membersOf(packDiff(changes()));
    expect(file).toMatchObject({ mode: 0o4755, mtime: 1_234_567_890_123_456_789n });
    expect([...(file?.xattrs ?? [])]).toEqual([['user.binary', Buffer.from([0, 255, 10])]]);
    expect(device).toMatchObject({ type: 'character', rdev: makedev(1, 3) });
  });

  test('leaves sockets out, and deletes what one has taken the place of', async () => {
    writeFileSync(`${base}/was-file`, 'x');
    for (const name of ['new', 'was-file']) makeNode(`${layer}/${name}`, S_IFSOCK | 0o600, 0);
    expect((await membersOf(packDiff(changes()))).map(({ path }) => path)).toEqual(['.wh.was-file']);
  });

  test.each(['.wh.x', '.wh.', '.wh..wh..opq'])('cannot be made of a file named %s', async (name) => {
    writeFileSync(`${layer}/${name}`, 'x');
    await expect(bytesOf(packDiff(changes()))).rejects.toSatisfy((error) => isStorageError(error, 'UNREPRESENTABLE'));
  });

  test('cannot be made of a character device 0:0, which is a whiteout to overlayfs', async () => {
    makeNode(`${layer}/d`, S_IFCHR | 0o600, 0);
    await expect(bytesOf(packDiff(changes()))).rejects.toSatisfy((error) => isStorageError(error, 'UNREPRESENTABLE'));
  });

  test('ends with ABORTED when its signal says so', async () => {
    writeFileSync(`${layer}/f`, 'x');
    const signal = AbortSignal.abort();
    await expect(bytesOf(packDiff(changes(), { signal }))).rejects.toSatisfy((error) =>
      isStorageError(error, 'ABORTED'),
    );
  });

  test('is what GNU tar reads as the same tree', async () => {
    mkdirSync(`${layer}/d`);
    writeFileSync(`${layer}/d/f`, 'content');
    linkSync(`${layer}/d/f`, `${layer}/l`);
    symlinkSync('d/f', `${layer}/s`);
    const fd = openSync(`${layer}/sparse`, 'w');
    ftruncateSync(fd, 1_000_000);
    writeSync(fd, 'data', 500_000);
    closeSync(fd);
    utimesSync(`${layer}/d`, 1, 2);
    writeFileSync(`${scratch.path}/layer.tar`, await bytesOf(packDiff(changes())));
    await run('tar', ['-x', '-p', '--xattrs', '-f', `${scratch.path}/layer.tar`, '-C', base]);
    const rest = [];
    for await (const { kind, path } of changes()) rest.push(`${kind} ${path}`);
    expect(rest).toEqual([]);
  });
});

describe('a sparse file', () => {
  function makeSparse(size: number, blocks: readonly (readonly [offset: number, content: Buffer])[]): void {
    const fd = openSync(`${layer}/f`, 'w');
    ftruncateSync(fd, size);
    for (const [offset, content] of blocks) writeSync(fd, content, 0, content.length, offset);
    closeSync(fd);
  }

  test('is packed without its holes', async () => {
    makeSparse(1_000_000, [[409_600, Buffer.alloc(4096, 'x')]]);
    const [file] = await membersOf(packDiff(changes()));
    expect(file).toMatchObject({ size: 1_000_000, segments: [{ offset: 409_600, length: 4096 }] });
    expect(file?.data).toEqual(Buffer.alloc(4096, 'x'));
  });

  test('of a tebibyte takes no longer than its data', async () => {
    makeSparse(2 ** 40, [[2 ** 39, Buffer.alloc(4096, 'x')]]);
    expect((await bytesOf(packDiff(changes()))).length).toBeLessThan(20_000);
  });

  test('has the same bytes when its holes were written as zeros', async () => {
    for (const size of [1_000_000, 3_000_000]) {
      const data = Buffer.concat([Buffer.alloc(4096, 'x'), Buffer.alloc(8192), Buffer.alloc(4096, 'y')]);
      makeSparse(size, [[409_600, data]]);
      setTimes(`${layer}/f`, { mtime: 7n });
      const holes = await bytesOf(packDiff(changes()));
      makeSparse(size, [
        [0, Buffer.alloc(size)],
        [409_600, data],
      ]);
      setTimes(`${layer}/f`, { mtime: 7n });
      expect((await bytesOf(packDiff(changes()))).equals(holes)).toBe(true);
    }
  });

  test('keeps zeros that are too few to be worth a hole', async () => {
    const content = Buffer.alloc(200_000, 'x').fill(0, 4096, 65_536).fill(0, 150_000);
    makeSparse(content.length, [[0, content]]);
    const [file] = await membersOf(packDiff(changes()));
    expect(file?.segments).toBeNull();
    expect(file?.data.equals(content)).toBe(true);
  });

  test('that is one hole has no data', async () => {
    makeSparse(100_000, []);
    const [file] = await membersOf(packDiff(changes()));
    expect(file).toMatchObject({ size: 100_000, segments: [] });
  });

  test('is as sparse again when it is unpacked', async () => {
    makeSparse(10_000_000, [[5_000_000, Buffer.from('data')]]);
    const target = { root: base, whiteouts: 'remove', lower: null } as const;
    await unpackLayer(packDiff(changes()), target);
    expect(lstatSync(`${base}/f`).blocks).toBeLessThanOrEqual(lstatSync(`${layer}/f`).blocks);
  });
});

describe('a layer that is written to while it is packed', () => {
  test('a file that has gone is left out', async () => {
    for (const name of ['a', 'b']) writeFileSync(`${layer}/${name}`, name);
    const archive = packDiff(
      meanwhile(({ path }) => {
        if (path === 'a') rmSync(`${layer}/a`);
      }),
    );
    expect((await membersOf(archive)).map(({ path }) => path)).toEqual(['b']);
  });

  test('the second name of a file whose first has gone gets the content', async () => {
    writeFileSync(`${layer}/a`, 'content');
    linkSync(`${layer}/a`, `${layer}/b`);
    const members = await membersOf(
      packDiff(
        meanwhile(({ path }) => {
          if (path === 'a') rmSync(`${layer}/a`);
        }),
      ),
    );
    expect(members.map(({ path, type, data }) => [path, type, data.toString()])).toEqual([['b', 'file', 'content']]);
  });

  test('a file that shrinks while it is read is filled up with zeros', async () => {
    writeFileSync(`${layer}/f`, Buffer.alloc(3_000_000, 'x'));
    writeFileSync(`${layer}/g`, 'next');
    const chunks: Uint8Array[] = [];
    for await (const chunk of packDiff(changes())) {
      if (chunks.length === 0) truncateSync(`${layer}/f`, 1000);
      chunks.push(chunk);
    }
    async function* archive(): AsyncGenerator<Uint8Array> {
      yield* chunks;
    }
    const [first, second] = await membersOf(archive());
    expect(first).toMatchObject({ path: 'f', size: 3_000_000 });
    expect(first?.data.at(-1)).toBe(0);
    expect(second?.data.toString()).toBe('next');
  });

  test('a directory that is swapped for a symbolic link does not let a file of the host in', async () => {
    mkdirSync(`${layer}/d`);
    writeFileSync(`${layer}/d/secret`, 'harmless');
    mkdirSync(`${scratch.path}/host`);
    writeFileSync(`${scratch.path}/host/secret`, 'of the host');
    const members = await membersOf(
      packDiff(
        meanwhile(({ path }) => {
          if (path !== 'd/secret') return;
          renameSync(`${layer}/d`, `${layer}/moved`);
          symlinkSync(`${scratch.path}/host`, `${layer}/d`);
        }),
      ),
    );
    expect(members.map(({ data }) => data.toString()).join()).not.toContain('host');
  });
});
