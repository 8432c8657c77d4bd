import {
  appendFileSync,
  closeSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { isStorageError } from '@graphdriver/core';
import { changeMode, copyTree, setTimes, writeXattr } from '@graphdriver/host';
import { scratchRoot } from '@graphdriver/testkit';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type CompareOptions, changeOf, compareTrees, diffSizeOf, directoryTree, emptyTree } from '../src/index.ts';
import { itemsOf } from './support/collect.ts';

let scratch: Awaited<ReturnType<typeof scratchRoot>>;
let base: string;
let layer: string;

beforeEach(async () => {
  scratch = await scratchRoot();
  base = `${scratch.path}/base`;
  layer = `${scratch.path}/layer`;
  mkdirSync(base);
});

afterEach(async () => {
  await scratch[Symbol.asyncDispose]();
});

const now = (): bigint => BigInt(Date.now()) * 1_000_000n;
const HOUR = 3_600_000_000_000n;

/** Copies the base, and says when that was. */
async function copyBase(): Promise<bigint> {
  await copyTree(base, layer);
  return now();
}

async function changes(options: CompareOptions = {}): Promise<string[]> {
  const found = await itemsOf(compareTrees(directoryTree(layer), directoryTree(base), options));
  return found.map((change) => `${change.kind} ${changeOf(change).path}`);
}

/** Sets the times of a directory back to what they are in the base, as a program that hides its traces would. */
function keepTime(path: string): void {
  setTimes(`${layer}/${path}`, { mtime: lstatSync(`${base}/${path}`, { bigint: true }).mtimeNs });
}

describe('what is a change', () => {
  test('nothing is, of an exact copy', async () => {
    mkdirSync(`${base}/d`);
    writeFileSync(`${base}/d/f`, 'x');
    linkSync(`${base}/d/f`, `${base}/d/g`);
    expect(await changes({ unchangedSince: await copyBase() })).toEqual([]);
    expect(await changes()).toEqual([]);
  });

  test('other content is, when size and time are the same', async () => {
    writeFileSync(`${base}/f`, 'one');
    const unchangedSince = await copyBase();
    writeFileSync(`${layer}/f`, 'two');
    keepTime('f');
    expect(await changes({ unchangedSince })).toEqual(['modify /f']);
  });

  test('a file that was only opened for writing is none', async () => {
    writeFileSync(`${base}/f`, 'one');
    const unchangedSince = await copyBase();
    appendFileSync(`${layer}/f`, '');
    changeMode(`${layer}/f`, 0o600);
    changeMode(`${layer}/f`, 0o644);
    expect(await changes({ unchangedSince })).toEqual([]);
  });

  test('content is not read of what was last touched before the trees parted', async () => {
    writeFileSync(`${base}/f`, 'one');
    await copyBase();
    writeFileSync(`${layer}/f`, 'two');
    keepTime('f');
    expect(await changes({ unchangedSince: now() + HOUR })).toEqual([]);
  });

  test('coarse times widen the span in which content is read', async () => {
    writeFileSync(`${base}/f`, 'one');
    await copyBase();
    writeFileSync(`${layer}/f`, 'two');
    keepTime('f');
    expect(await changes({ unchangedSince: now() + HOUR, timestampGranularity: Number(2n * HOUR) })).toEqual([
      'modify /f',
    ]);
  });

  test('the content of large files is compared up to their last byte', async () => {
    const content = Buffer.alloc(3_000_001, 'x');
    writeFileSync(`${base}/f`, content);
    const unchangedSince = await copyBase();
    content[3_000_000] = 0x79;
    writeFileSync(`${layer}/f`, content);
    keepTime('f');
    expect(await changes({ unchangedSince })).toEqual(['modify /f']);
  });

  test('files in a directory that was moved over another are compared, although a rename leaves no trace on them', async () => {
    for (const [version, content] of [
      ['v1', 'one'],
      ['v2', 'two'],
    ] as const) {
      mkdirSync(`${base}/${version}`);
      writeFileSync(`${base}/${version}/f`, content);
      setTimes(`${base}/${version}/f`, { mtime: 5n });
      setTimes(`${base}/${version}`, { mtime: 5n });
    }
    await copyBase();
    await new Promise((resolve) => setTimeout(resolve, 30));
    const unchangedSince = now();
    rmSync(`${layer}/v1`, { recursive: true });
    renameSync(`${layer}/v2`, `${layer}/v1`);
    expect(await changes({ unchangedSince })).toEqual(['modify /v1', 'modify /v1/f', 'delete /v2']);
  });

  test('an extended attribute is', async () => {
    writeFileSync(`${base}/f`, 'x');
    const unchangedSince = await copyBase();
    writeXattr(`${layer}/f`, 'user.a', Buffer.from('b'));
    expect(await changes({ unchangedSince })).toEqual(['modify /f']);
  });

  test("a driver's own attribute is none", async () => {
    mkdirSync(`${base}/d`);
    const unchangedSince = await copyBase();
    writeXattr(`${layer}/d`, 'trusted.overlay.opaque', Buffer.from('y'));
    expect(await changes({ unchangedSince })).toEqual([]);
  });

  test('the target of a symbolic link is', async () => {
    symlinkSync('one', `${base}/l`);
    const unchangedSince = await copyBase();
    rmSync(`${layer}/l`);
    symlinkSync('two', `${layer}/l`);
    keepTime('l');
    expect(await changes({ unchangedSince })).toEqual(['modify /l']);
  });

  test("the root directory's mode is, and its time is none", async () => {
    const unchangedSince = await copyBase();
    setTimes(layer, { mtime: 5n });
    expect(await changes({ unchangedSince })).toEqual([]);
    changeMode(layer, 0o700);
    expect(await changes({ unchangedSince })).toEqual(['modify /']);
  });
});

describe('how changes are told', () => {
  test('by path in byte order, although a directory comes before its content', async () => {
    await copyBase();
    for (const directory of ['a', 'a/b', 'a!', 'a-b', 'a-b/c', 'a/b!']) mkdirSync(`${layer}/${directory}`);
    for (const file of ['a/z', 'a-b/c/z', 'a.z', 'a0', 'a/b/z', 'a/b-z', 'B', 'é'])
      writeFileSync(`${layer}/${file}`, file);
    const found = await itemsOf(compareTrees(directoryTree(layer), directoryTree(base)));
    const paths = found.map(({ path }) => Buffer.from(path, 'latin1'));
    expect(paths).toHaveLength(14);
    expect(paths).toEqual(paths.toSorted(Buffer.compare));
  });

  test('a change deep down makes all directories above it a change, and nothing beside them', async () => {
    mkdirSync(`${base}/a/b/c`, { recursive: true });
    writeFileSync(`${base}/a/b/c/f`, 'x');
    writeFileSync(`${base}/a/b!`, 'x');
    mkdirSync(`${base}/a-b`);
    writeFileSync(`${base}/a-b/f`, 'x');
    const unchangedSince = await copyBase();
    writeFileSync(`${layer}/a/b/c/f`, 'longer');
    expect(await changes({ unchangedSince })).toEqual(['modify /a', 'modify /a/b', 'modify /a/b/c', 'modify /a/b/c/f']);
  });

  test('of a deleted directory only the top', async () => {
    mkdirSync(`${base}/d/e`, { recursive: true });
    writeFileSync(`${base}/d/e/f`, 'x');
    const unchangedSince = await copyBase();
    rmSync(`${layer}/d`, { recursive: true });
    expect(await changes({ unchangedSince })).toEqual(['delete /d']);
  });

  test('a directory that was deleted and made anew by what differs in it', async () => {
    mkdirSync(`${base}/d`);
    for (const name of ['gone', 'kept']) writeFileSync(`${base}/d/${name}`, name);
    const unchangedSince = await copyBase();
    rmSync(`${layer}/d`, { recursive: true });
    mkdirSync(`${layer}/d`);
    for (const name of ['kept', 'new']) writeFileSync(`${layer}/d/${name}`, name);
    keepTime('d/kept');
    expect(await changes({ unchangedSince })).toEqual(['modify /d', 'delete /d/gone', 'add /d/new']);
  });

  test('a file that became a directory is a modify with all of its content, and the other way round just a modify', async () => {
    writeFileSync(`${base}/file`, 'x');
    mkdirSync(`${base}/directory`);
    writeFileSync(`${base}/directory/f`, 'x');
    const unchangedSince = await copyBase();
    for (const name of ['file', 'directory']) rmSync(`${layer}/${name}`, { recursive: true });
    mkdirSync(`${layer}/file`);
    writeFileSync(`${layer}/file/f`, 'x');
    writeFileSync(`${layer}/directory`, 'x');
    expect(await changes({ unchangedSince })).toEqual(['modify /directory', 'modify /file', 'add /file/f']);
  });

  test('bytes that are no UTF-8 are told exactly beside what can be shown', () => {
    const change = changeOf({ kind: 'add', path: 'a/\xff' });
    expect(change.path).toBe('/a/\ufffd');
    expect(change.rawPath).toEqual(Buffer.from('/a/\xff', 'latin1'));
    expect(changeOf({ kind: 'add', path: Buffer.from('é').toString('latin1') })).toEqual({ kind: 'add', path: '/é' });
  });
});

describe('hard links', () => {
  test('a new name brings all names of its file along', async () => {
    for (const name of ['a', 'm']) writeFileSync(`${base}/${name}`, name);
    linkSync(`${base}/a`, `${base}/b`);
    const unchangedSince = await copyBase();
    linkSync(`${layer}/a`, `${layer}/z`);
    expect(await changes({ unchangedSince })).toEqual(['modify /a', 'modify /b', 'add /z']);
  });

  test('so does one that came with a directory that was moved', async () => {
    mkdirSync(`${base}/x`);
    writeFileSync(`${base}/x/f`, 'x');
    linkSync(`${base}/x/f`, `${base}/f`);
    const unchangedSince = await copyBase();
    renameSync(`${layer}/x`, `${layer}/y`);
    expect(await changes({ unchangedSince })).toEqual(['modify /f', 'delete /x', 'add /y', 'add /y/f']);
  });

  test('a file that lost a name is as it was', async () => {
    writeFileSync(`${base}/a`, 'x');
    for (const name of ['b', 'c']) linkSync(`${base}/a`, `${base}/${name}`);
    const unchangedSince = await copyBase();
    rmSync(`${layer}/b`);
    expect(await changes({ unchangedSince })).toEqual(['delete /b']);
  });

  test('count once in the size of a diff', async () => {
    await copyBase();
    writeFileSync(`${layer}/a`, 'x'.repeat(100));
    linkSync(`${layer}/a`, `${layer}/b`);
    writeFileSync(`${layer}/c`, 'x'.repeat(11));
    symlinkSync('somewhere', `${layer}/d`);
    expect(await diffSizeOf(compareTrees(directoryTree(layer), emptyTree))).toBe(111);
  });
});

describe('what is known beforehand', () => {
  test('names that were not touched are not looked at', async () => {
    for (const name of ['a', 'b']) writeFileSync(`${base}/${name}`, name);
    await copyBase();
    for (const name of ['a', 'b']) writeFileSync(`${layer}/${name}`, 'other');
    expect(await changes({ touched: () => ['b', 'never there'] })).toEqual(['modify /b']);
  });

  test('in a directory of which all may be touched, so may all that is below it', async () => {
    mkdirSync(`${base}/d/e`, { recursive: true });
    writeFileSync(`${base}/d/e/f`, 'x');
    await copyBase();
    rmSync(`${layer}/d/e/f`);
    const touched = (directory: string): 'all' | string[] =>
      directory === 'd' ? 'all' : directory === '' ? ['d'] : [];
    expect(await changes({ touched })).toEqual(['modify /d', 'modify /d/e', 'delete /d/e/f']);
  });
});

describe('a long comparison', () => {
  test('goes a thousand directories deep', async () => {
    await copyBase();
    const deep = Array.from({ length: 1000 }, () => 'd').join('/');
    mkdirSync(`${layer}/${deep}`, { recursive: true });
    await copyTree(layer, `${scratch.path}/other`);
    base = `${scratch.path}/other`;
    const unchangedSince = now();
    writeFileSync(`${layer}/${deep}/f`, 'x');
    expect(await changes({ unchangedSince })).toHaveLength(1001);
  });

  test('fails with UNREPRESENTABLE where a path is too long for a system call, and leaves nothing out', async () => {
    await copyBase();
    let place = layer;
    const opened: number[] = [];
    for (let depth = 0; depth < 18; depth++) {
      mkdirSync(`${place}/${'d'.repeat(250)}`);
      opened.push(openSync(`${place}/${'d'.repeat(250)}`, 'r'));
      place = `/proc/self/fd/${opened.at(-1)}`;
    }
    for (const fd of opened) closeSync(fd);
    await expect(changes()).rejects.toSatisfy((error) => isStorageError(error, 'UNREPRESENTABLE'));
  });

  test('ends with ABORTED when its signal says so', async () => {
    await copyBase();
    for (const name of ['a', 'b']) writeFileSync(`${layer}/${name}`, name);
    const controller = new AbortController();
    const found = compareTrees(directoryTree(layer), directoryTree(base), { signal: controller.signal });
    expect((await found.next()).value).toMatchObject({ path: 'a' });
    controller.abort();
    await expect(found.next()).rejects.toSatisfy((error) => isStorageError(error, 'ABORTED'));
  });

  test('lets others have their turn', async () => {
    for (let index = 0; index < 3000; index++) writeFileSync(`${base}/${index}`, '');
    await copyBase();
    let turns = 0;
    const timer = setInterval(() => turns++, 0);
    await changes();
    clearInterval(timer);
    expect(turns).toBeGreaterThan(1);
  });
});
