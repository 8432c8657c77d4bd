import { execFileSync } from 'node:child_process';
import {
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { expect, test } from 'vitest';
import { copyTree } from '../src/copy-tree.ts';
import { removeTree } from '../src/remove-tree.ts';
import { makeDeepTree } from './deep-tree.ts';
import { machineLock, scratch } from './scratch.ts';

test('a tree goes with everything in it, names of any bytes included', async () => {
  using dir = scratch();
  const top = Buffer.concat([Buffer.from(`${dir.path}/`), Buffer.from([0xff, 0x0a])]);
  mkdirSync(Buffer.concat([top, Buffer.from('/a/b/'), Buffer.from([0xc3])]), { recursive: true });
  writeFileSync(Buffer.concat([top, Buffer.from('/a/'), Buffer.from([0xfe])]), '');
  await removeTree(top);
  expect(readdirSync(dir.path)).toEqual([]);
});

test('what is not there is no error, and a single file or link goes too', async () => {
  using dir = scratch();
  writeFileSync(`${dir.path}/file`, '');
  symlinkSync('file', `${dir.path}/link`);
  await removeTree(`${dir.path}/none`);
  await removeTree(`${dir.path}/link`);
  expect(existsSync(`${dir.path}/file`)).toBe(true);
  await removeTree(`${dir.path}/file`);
  expect(readdirSync(dir.path)).toEqual([]);
});

test('symbolic links are removed and never followed', async () => {
  using dir = scratch();
  mkdirSync(`${dir.path}/outside`);
  writeFileSync(`${dir.path}/outside/kept`, '');
  mkdirSync(`${dir.path}/tree`);
  symlinkSync('../outside', `${dir.path}/tree/link`);
  await removeTree(`${dir.path}/tree`);
  expect(readdirSync(dir.path)).toEqual(['outside']);
  expect(readdirSync(`${dir.path}/outside`)).toEqual(['kept']);
});

test('a tree deeper than any path can say is removed', async () => {
  using dir = scratch();
  mkdirSync(`${dir.path}/deep`);
  makeDeepTree(`${dir.path}/deep`);
  await copyTree(`${dir.path}/deep`, `${dir.path}/copy`);
  await removeTree(`${dir.path}/deep`);
  await removeTree(`${dir.path}/copy`);
  expect(readdirSync(dir.path)).toEqual([]);
});

test('a mount inside stops the removal with LAYER_IN_USE, and what is mounted keeps its files', async () => {
  using _lock = await machineLock();
  using dir = scratch();
  mkdirSync(`${dir.path}/data`);
  writeFileSync(`${dir.path}/data/precious`, '');
  mkdirSync(`${dir.path}/tree/mnt`, { recursive: true });
  // A bind has the device number of the tree around it: that does not tell.
  execFileSync('mount', ['--bind', `${dir.path}/data`, `${dir.path}/tree/mnt`]);
  await expect(removeTree(`${dir.path}/tree`)).rejects.toMatchObject({ code: 'LAYER_IN_USE' });
  await expect(removeTree(`${dir.path}/tree/mnt`)).rejects.toMatchObject({ code: 'LAYER_IN_USE' });
  expect(readdirSync(`${dir.path}/data`)).toEqual(['precious']);
  execFileSync('umount', [`${dir.path}/tree/mnt`]);
  await removeTree(`${dir.path}/tree`);
  expect(readdirSync(dir.path)).toEqual(['data']);
});

test('immutable and append-only files and directories are removed', async () => {
  using dir = scratch();
  const top = `${dir.path}/tree`;
  mkdirSync(`${top}/append`, { recursive: true });
  mkdirSync(`${top}/frozen/inner`, { recursive: true });
  for (const file of [`${top}/immutable`, `${top}/append/file`, `${top}/frozen/inner/file`]) writeFileSync(file, 'x');
  writeFileSync(`${top}/large`, '');
  truncateSync(`${top}/large`, 100 << 20);
  execFileSync('chattr', ['+i', `${top}/immutable`, `${top}/large`, `${top}/frozen/inner`, `${top}/frozen`]);
  execFileSync('chattr', ['+a', `${top}/append/file`, `${top}/append`]);
  await removeTree(top);
  expect(existsSync(top)).toBe(false);
});

test('a file with a name elsewhere keeps its content there', async () => {
  using dir = scratch();
  mkdirSync(`${dir.path}/tree`);
  writeFileSync(`${dir.path}/tree/file`, 'shared');
  linkSync(`${dir.path}/tree/file`, `${dir.path}/other`);
  await removeTree(`${dir.path}/tree`);
  expect(readFileSync(`${dir.path}/other`, 'utf8')).toBe('shared');
  expect(statSync(`${dir.path}/other`).nlink).toBe(1);
});

test('two removals of one tree at once both succeed', async () => {
  using dir = scratch();
  for (let index = 0; index < 2000; index += 1) {
    if (index % 100 === 0) mkdirSync(`${dir.path}/tree/${index / 100}`, { recursive: true });
    writeFileSync(`${dir.path}/tree/${Math.floor(index / 100)}/${index}`, '');
  }
  await Promise.all([removeTree(`${dir.path}/tree`), removeTree(`${dir.path}/tree`)]);
  expect(readdirSync(dir.path)).toEqual([]);
});
