import { mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { scratchRoot } from '@graphdriver/testkit';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { directoryTree } from '../src/index.ts';

let scratch: Awaited<ReturnType<typeof scratchRoot>>;
let root: string;

beforeEach(async () => {
  scratch = await scratchRoot();
  root = `${scratch.path}/root`;
  mkdirSync(`${root}/d/e`, { recursive: true });
  writeFileSync(`${root}/d/e/f`, 'x');
});

afterEach(async () => {
  await scratch[Symbol.asyncDispose]();
});

test('a tree may be reached through symbolic links, and none is followed in it', () => {
  symlinkSync(root, `${scratch.path}/link`);
  symlinkSync('d', `${root}/d2`);
  symlinkSync('d/e/f', `${root}/f2`);
  const tree = directoryTree(`${scratch.path}/link/`);
  expect(tree.node('d/e/f')).toMatchObject({ type: 'file', size: 1, location: `${root}/d/e/f` });
  expect([tree.node('d2')?.type, tree.node('f2')?.type]).toEqual(['symlink', 'symlink']);
  expect([tree.node('d2/e'), tree.node('d2/e/f'), tree.node('d/e/f/x'), tree.node('x/y')]).toEqual(
    Array(4).fill(undefined),
  );
  expect([
    ...tree.list('d2'),
    ...tree.list('d2/e'),
    ...tree.list('f2'),
    ...tree.list('d/e/f'),
    ...tree.list('x'),
  ]).toEqual([]);
});

test('a directory that is swapped for a symbolic link while the tree is read does not let another directory in', () => {
  const tree = directoryTree(root);
  expect(tree.list('d/e')).toEqual([{ name: 'f', type: 'file' }]);
  mkdirSync(`${scratch.path}/host/e`, { recursive: true });
  writeFileSync(`${scratch.path}/host/e/secret`, 'x');
  renameSync(`${root}/d`, `${root}/moved`);
  symlinkSync(`${scratch.path}/host`, `${root}/d`);
  expect(tree.list('d/e')).toEqual([]);
});

test('entries come in byte order, with names as the file system has them', () => {
  for (const name of ['b', 'B', 'a-b', 'a', 'é']) writeFileSync(`${root}/${name}`, '');
  writeFileSync(Buffer.from(`${root}/\xff`, 'latin1'), '');
  expect(
    directoryTree(root)
      .list('')
      .map(({ name }) => name),
  ).toEqual(['B', 'a', 'a-b', 'b', 'd', '\xc3\xa9', '\xff']);
});

test('there is no tree where there is no directory', () => {
  expect(() => directoryTree(`${root}/missing`)).toThrow(expect.objectContaining({ code: 'ENOENT' }));
  expect(() => directoryTree(`${root}/d/e/f`)).toThrow(expect.objectContaining({ code: 'ENOTDIR' }));
});
