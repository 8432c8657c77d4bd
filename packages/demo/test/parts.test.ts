import type { Tree, TreeNode } from '@graphdriver/archive';
import { StorageError } from '@graphdriver/core';
import { describe, expect, test } from 'vitest';
import { CleanUp } from '../src/clean-up.ts';
import { exitCodeOf } from '../src/exit-code.ts';
import { firstFiles } from '../src/first-files.ts';
import { groupsOf } from '../src/groups-of.ts';
import { spread } from '../src/sampled-suite.ts';
import { subsetTree } from '../src/subset-tree.ts';
import { TimeBudget } from '../src/time-budget.ts';

const NODE: TreeNode = {
  type: 'file',
  mode: 0o644,
  uid: 0,
  gid: 0,
  size: 0,
  mtime: 0n,
  ctime: 0n,
  nlink: 1,
  rdev: 0,
  identity: 'x',
  blocks: 0,
  location: '',
};

/** A tree of files given by their paths; a path with a plus sign has two names. */
function treeOf(...paths: string[]): Tree {
  const directories = new Set(
    paths.flatMap((path) => path.split('/').map((_, depth, names) => names.slice(0, depth).join('/'))),
  );
  return {
    node: (path) => {
      if (directories.has(path)) return { ...NODE, type: 'directory' };
      return paths.includes(path) ? { ...NODE, nlink: path.includes('+') ? 2 : 1 } : undefined;
    },
    list: (path) => {
      const prefix = path === '' ? '' : `${path}/`;
      const names = paths
        .filter((file) => file.startsWith(prefix))
        .map((file) => file.slice(prefix.length).split('/')[0] ?? '');
      return [...new Set(names)]
        .sort()
        .map((name) => ({ name, type: directories.has(`${prefix}${name}`) ? 'directory' : 'file' }));
    },
  };
}

describe('subsetTree', () => {
  const tree = subsetTree(treeOf('etc/a', 'usr/share/doc/b', 'usr/share/doc-base/c', 'usr/lib/d'), ['usr/share/doc']);

  test('shows what was chosen and the way there', () => {
    expect(tree.list('')).toEqual([{ name: 'usr', type: 'directory' }]);
    expect(tree.list('usr')).toEqual([{ name: 'share', type: 'directory' }]);
    expect(tree.list('usr/share')).toEqual([{ name: 'doc', type: 'directory' }]);
    expect(tree.list('usr/share/doc')).toEqual([{ name: 'b', type: 'file' }]);
    expect(tree.node('')?.type).toBe('directory');
    expect(tree.node('usr/share/doc/b')?.type).toBe('file');
  });

  test('hides everything else, also what only begins alike', () => {
    for (const path of ['etc', 'etc/a', 'usr/lib', 'usr/share/doc-base', 'usr/share/doc-base/c']) {
      expect(tree.node(path)).toBeUndefined();
      expect(tree.list(path)).toEqual([]);
    }
  });
});

describe('firstFiles', () => {
  test('takes files before those of deeper directories, and none hidden or of several names', () => {
    const tree = treeOf('etc/.a', 'etc/a+', 'etc/b/c', 'etc/d', 'usr/e', 'var/f');
    expect(firstFiles(tree, ['etc', 'usr'], 3)).toEqual(['etc/d', 'usr/e', 'etc/b/c']);
    expect(firstFiles(tree, ['etc', 'usr'], 1)).toEqual(['etc/d']);
    expect(firstFiles(tree, ['opt'], 2)).toEqual([]);
  });
});

describe('groupsOf', () => {
  test('keeps the order and fills each group', () => {
    expect(groupsOf([1, 2, 3, 4, 5], 2)).toEqual([[1, 2], [3, 4], [5]]);
    expect(groupsOf([], 2)).toEqual([]);
  });
});

describe('CleanUp', () => {
  const disposable = (dispose: () => void): AsyncDisposable => ({ [Symbol.asyncDispose]: async () => dispose() });

  test('undoes everything, the newest first, each once', async () => {
    const undone: string[] = [];
    const cleanUp = new CleanUp();
    for (const name of ['a', 'b', 'c'])
      cleanUp.use(
        name,
        disposable(() => undone.push(name)),
      );
    expect(await cleanUp.run()).toEqual([]);
    expect(await cleanUp.run()).toEqual([]);
    expect(undone).toEqual(['c', 'b', 'a']);
  });

  test('goes on after a failure and tells it', async () => {
    const undone: string[] = [];
    const cleanUp = new CleanUp();
    const error = new Error('busy');
    cleanUp.use(
      'a',
      disposable(() => undone.push('a')),
    );
    cleanUp.use(
      'b',
      disposable(() => {
        throw error;
      }),
    );
    expect(await cleanUp.run()).toEqual([{ what: 'b', error }]);
    expect(undone).toEqual(['a']);
  });
});

describe('TimeBudget', () => {
  test('tells what is left, also of what is not reserved', () => {
    let now = 0;
    const budget = new TimeBudget(100, () => now);
    const rest = budget.without(40);
    expect([budget.left, rest.left]).toEqual([100, 60]);
    now = 70;
    expect([budget.left, rest.left]).toEqual([30, 0]);
    now = 170;
    expect(budget.left).toBe(0);
  });
});

describe('spread', () => {
  test('has everything once, and in each beginning as much of every part', () => {
    const items = Array.from({ length: 300 }, (_, index) => index);
    expect(spread(items).toSorted((a, b) => a - b)).toEqual(items);
    for (const size of [15, 30, 60]) {
      const parts = [0, 0, 0];
      for (const item of spread(items).slice(0, size))
        parts[Math.floor(item / 100)] = (parts[Math.floor(item / 100)] ?? 0) + 1;
      for (const count of parts) expect(Math.abs(count - size / 3), `${size}`).toBeLessThanOrEqual(2);
    }
  });
});

describe('exitCodeOf', () => {
  const running = new AbortController().signal;

  test.each([
    ['PREREQUISITE_MISSING', 3],
    ['UNSUITABLE_FILESYSTEM', 3],
    ['PERMISSION_DENIED', 3],
    ['OUT_OF_SPACE', 1],
  ] as const)('%s is %d', (code, exitCode) => {
    expect(exitCodeOf(new StorageError(code, 'x'), running)).toBe(exitCode);
  });

  test('any other error is 1, and any error after an interruption 130', () => {
    expect(exitCodeOf(new Error('x'), running)).toBe(1);
    expect(exitCodeOf(new StorageError('PERMISSION_DENIED', 'x'), AbortSignal.abort())).toBe(130);
  });
});
