import { chmodSync, chownSync, lstatSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { listXattrs, readXattr, writeXattr } from '@graphdriver/host';
import { expect, test } from 'vitest';
import { dressRoot } from '../src/index.ts';
import { scratchFolder } from './scratch-root.ts';

const OWN = ['trusted.own.', 'user.own.'];

/** Two directories: one to be dressed, under a set-group-id directory of another group, and one to dress it after. */
function directories(): { readonly directory: string; readonly parent: string } {
  const folder = scratchFolder();
  chownSync(folder, 0, 70);
  chmodSync(folder, 0o2755);
  const [directory, parent] = [join(folder, 'directory'), join(folder, 'parent')];
  for (const path of [directory, parent]) mkdirSync(path, { mode: 0o700 });
  return { directory, parent };
}

function look(path: string): readonly number[] {
  const { mode, uid, gid } = lstatSync(path);
  return [mode & 0o7777, uid, gid];
}

test('without a parent a directory is 0755 and owned by 0:0, whatever the directory above says', () => {
  const { directory } = directories();
  expect(look(directory)).toEqual([0o2700, 0, 70]);
  dressRoot(directory, { parent: null, own: OWN });
  expect(look(directory)).toEqual([0o755, 0, 0]);
});

test('a directory gets mode and owner of its parent, set-id bits included', () => {
  const { directory, parent } = directories();
  chownSync(parent, 1000, 1001);
  chmodSync(parent, 0o7751);
  dressRoot(directory, { parent, own: OWN });
  expect(look(directory)).toEqual([0o7751, 1000, 1001]);
});

test('a directory gets the attributes of its parent but for those that belong to one directory', () => {
  const { directory, parent } = directories();
  const value = Buffer.from([0, 255, 10]);
  for (const name of ['user.plain', 'trusted.plain', 'trusted.own.origin', 'user.own.origin', 'user.owner'])
    writeXattr(parent, name, value);
  dressRoot(directory, { parent, own: OWN });
  expect([...listXattrs(directory)].sort()).toEqual(['trusted.plain', 'user.owner', 'user.plain']);
  expect(readXattr(directory, 'user.plain')).toEqual(value);
});
