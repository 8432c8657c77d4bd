import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { Readable } from 'node:stream';
import { isDeepStrictEqual } from 'node:util';
import { makeDirectory, makeNode, writeXattr } from '@graphdriver/host';
import { machineLock, privilegeReason, scratchRoot } from '@graphdriver/testkit';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, type TestContext, test } from 'vitest';
import type { BranchReader } from '../src/branch-notation.ts';
import type { CompareOptions, Tree } from '../src/index.ts';
import { compareTrees, directoryTree, packDiff, touchedIn, unionTree, unpackLayer } from '../src/index.ts';
import { MergedDirectory } from '../src/merged-directory.ts';
import { aufsBranch } from './support/aufs-branch.ts';
import { OverlayStack } from './support/overlay-stack.ts';
import { applyEdits, type Edit, edits } from './support/random-edits.ts';
import { snapshotOf } from './support/tree-snapshot.ts';

const S_IFCHR = 0o020000;
const RUNS = Number(process.env['GRAPHDRIVER_TEST_RUNS'] ?? 40);
const now = (): bigint => BigInt(Date.now()) * 1_000_000n;

async function packed(upper: Tree, lower: Tree, options: CompareOptions): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of packDiff(compareTrees(upper, lower, options))) chunks.push(chunk);
  return Buffer.concat(chunks);
}

type Snapshot = ReturnType<typeof snapshotOf>;

// Others may have the machine's lock for a while.
const MOUNTING = { timeout: 600_000 };

/** Takes the machine's lock for a test that mounts, or skips it. */
async function lockOrSkip({ skip }: TestContext): Promise<AsyncDisposable> {
  const reason = privilegeReason();
  if (reason !== null) skip(reason);
  return await machineLock();
}

const edit = (what: Edit['what'], target: number, name: number): Edit => ({
  what,
  target,
  directory: 0,
  name,
  value: 0,
});

/** One of two names gets the owner that it has. */
const IDLE_SPLIT = [[edit('file', 0, 0), edit('link', 0, 1), edit('file', 0, 4)], [edit('chown', 1, 0)]];

/**
 * A snapshot of a mount as its diff makes it again: overlayfs makes two files of two names also where a change of one of them has changed
 * nothing, and of that a diff tells nothing.
 */
function withoutIdleSplits(mount: Snapshot, again: Snapshot): Snapshot {
  const whole = (path: string): unknown => {
    const { sameFileAs } = mount[path] ?? {};
    return typeof sameFileAs === 'string' ? mount[`/${sameFileAs}`] : mount[path];
  };
  const isIdle = ([path, { sameFileAs }]: [string, Snapshot[string]]): boolean =>
    typeof sameFileAs === 'string' && isDeepStrictEqual(whole(path), whole(`/${sameFileAs}`));
  return { ...mount, ...Object.fromEntries(Object.entries(again).filter(isIdle)) };
}

describe('a union of overlay layers', MOUNTING, () => {
  test('shows what a mount of them shows, and its diff has the bytes of a diff of the mounts and makes the same layer again', async (context) => {
    await using _ = await lockOrSkip(context);
    await fc.assert(
      fc.asyncProperty(fc.array(edits(25), { minLength: 2, maxLength: 4 }), async (layers) => {
        await using scratch = await scratchRoot();
        await using stack = new OverlayStack(scratch.path);
        let unchangedSince = 0n;
        for (const layer of layers) {
          unchangedSince = now();
          await stack.add((root) => applyEdits(root, layer));
        }
        const [top = '', ...lowers] = stack.branches;
        const union = unionTree(stack.branches, 'overlay');
        const mount = directoryTree(await stack.view());
        expect(snapshotOf(union)).toEqual(snapshotOf(mount));

        const base = unionTree(lowers, 'overlay');
        const mountedBase = directoryTree(await stack.view(lowers));
        const quick = await packed(union, base, { touched: touchedIn(top, 'overlay'), unchangedSince });
        expect(quick.equals(await packed(mount, mountedBase, {}))).toBe(true);
        expect(quick.equals(await packed(union, base, {}))).toBe(true);

        const applied = `${scratch.path}/applied`;
        makeDirectory(applied);
        await unpackLayer(Readable.from([quick]), { root: applied, whiteouts: 'overlay', lower: base });
        const again = snapshotOf(directoryTree(await stack.view([applied, ...lowers])));
        expect(again).toEqual(withoutIdleSplits(snapshotOf(mount), again));
      }),
      { numRuns: RUNS, examples: [[IDLE_SPLIT]] },
    );
  });

  test('shows the same when deletions are written as aufs does', async (context) => {
    await using _ = await lockOrSkip(context);
    await fc.assert(
      fc.asyncProperty(fc.array(edits(25), { minLength: 2, maxLength: 4 }), async (layers) => {
        await using scratch = await scratchRoot();
        await using stack = new OverlayStack(scratch.path);
        for (const layer of layers)
          await stack.add((root) =>
            applyEdits(
              root,
              layer.filter(({ name }) => name !== 9),
            ),
          );
        const branches: string[] = [];
        for (const [index, branch] of stack.branches.entries()) {
          branches.push(await aufsBranch(branch, `${scratch.path}/aufs-${index}`));
        }
        expect(snapshotOf(unionTree(branches, 'aufs'))).toEqual(snapshotOf(unionTree(stack.branches, 'overlay')));
      }),
      { numRuns: RUNS },
    );
  });
});

describe('a union', () => {
  let scratch: Awaited<ReturnType<typeof scratchRoot>>;

  beforeEach(async () => {
    scratch = await scratchRoot();
  });

  afterEach(async () => {
    await scratch[Symbol.asyncDispose]();
  });

  /** Makes one branch of files (`name: content`), directories (`name/`), whiteouts (`name: null`) and links (`name@: target`). */
  function branch(name: string, content: Readonly<Record<string, string | null>>): string {
    const root = `${scratch.path}/${name}`;
    makeDirectory(root);
    for (const [path, value] of Object.entries(content)) {
      mkdirSync(dirname(`${root}/${path}x`), { recursive: true });
      if (value === null) makeNode(`${root}/${path}`, S_IFCHR | 0o600, 0);
      else if (path.endsWith('@')) symlinkSync(value, `${root}/${path.slice(0, -1)}`);
      else if (!path.endsWith('/')) writeFileSync(`${root}/${path}`, value);
    }
    return root;
  }

  const names = (tree: Tree, path = ''): string[] => tree.list(path).map(({ name }) => name);

  test('never follows a symbolic link, wherever in a path it stands', () => {
    const upper = branch('upper', { 'link@': 'd', 'up@': '..' });
    const lower = branch('lower', { 'd/f': 'x', 'link/hidden': 'x' });
    const tree = unionTree([upper, lower], 'overlay');
    expect(tree.node('link')?.type).toBe('symlink');
    expect([tree.node('link/f'), tree.node('link/hidden'), tree.node('up/lower')]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect([...tree.list('link'), ...tree.list('up'), ...tree.list('d/f')]).toEqual([]);
  });

  test('hides below what is no directory, and what is below that again', () => {
    const branches = [branch('3', { 'a/3': 'x' }), branch('2', { a: 'file' }), branch('1', { 'a/1': 'x' })];
    const tree = unionTree(branches, 'overlay');
    expect(names(tree, 'a')).toEqual(['3']);
    expect(tree.node('a/1')).toBeUndefined();
    expect(names(unionTree(branches.slice(1), 'overlay'))).toEqual(['a']);
  });

  test('shows neither whiteouts nor what they hide, also when one path after another is looked up', () => {
    const upper = branch('upper', { a: null, 'd/b': null, 'never-there': null, 'd/e/': '' });
    const lower = branch('lower', { a: 'x', 'd/b': 'x', 'd/c': 'x', 'd/e/f': 'x' });
    for (const reads of [0, 1]) {
      const tree = unionTree([upper, lower], 'overlay');
      for (let read = 0; read < reads; read++) names(tree, 'd');
      for (let round = 0; round < 10; round++) {
        expect([tree.node('a'), tree.node('d/b'), tree.node('never-there'), tree.node('d/b/x')]).toEqual(
          Array(4).fill(undefined),
        );
        expect([tree.node('d/c')?.type, tree.node('d/e')?.type, tree.node('d/e/f')?.type]).toEqual([
          'file',
          'directory',
          'file',
        ]);
      }
      expect([names(tree), names(tree, 'd')]).toEqual([['d'], ['c', 'e']]);
    }
  });

  test('merges directories down to where the name is deleted', () => {
    const branches = [
      branch('4', { 'd/4': 'x' }),
      branch('3', { 'd/3': 'x' }),
      branch('2', { d: null }),
      branch('1', { 'd/1': 'x' }),
    ];
    expect(names(unionTree(branches, 'overlay'), 'd')).toEqual(['3', '4']);
    const read = unionTree(branches, 'overlay');
    expect([names(read), names(read, 'd')]).toEqual([['d'], ['3', '4']]);
  });

  test('merges directories down to an opaque one, which hides the rest and has itself the say about owner and mode', () => {
    const branches = ['3', '2', '1'].map((name) => branch(name, { [`d/${name}`]: name }));
    makeOpaque(`${branches[1]}/d`);
    const tree = unionTree(branches, 'overlay');
    expect(names(tree, 'd')).toEqual(['2', '3']);
    expect(tree.node('d')?.location).toBe(`${branches[0]}/d`);
    expect(tree.node('d/1')).toBeUndefined();
  });

  test('takes no notice of a mark that makes a root directory opaque, like the kernel', MOUNTING, async (context) => {
    await using _ = await lockOrSkip(context);
    const branches = ['3', '2', '1'].map((name) => branch(name, { [name]: name }));
    for (const path of branches) makeOpaque(path);
    await using stack = new OverlayStack(scratch.path);
    stack.branches.push(...branches);
    const mounted = readdirSync(await stack.view());
    expect(names(unionTree(branches, 'overlay'))).toEqual(mounted);
    expect(mounted).toEqual(['1', '2', '3']);
    expect(touchedIn(branches[0] ?? '', 'overlay')('')).toEqual(['3']);
  });

  test('of aufs branches hides what is marked beside it, shows what stands beside its own mark, and never shows the marks', () => {
    const upper = branch('upper', {
      '.wh.a': '',
      b: 'new',
      '.wh.b': '',
      'd/.wh..wh..opq': '',
      'd/n': 'x',
      'r/n': 'x',
      '.wh.r': '',
      '.wh..wh.aufs': '',
    });
    const lower = branch('lower', { a: 'x', b: 'old', 'd/o': 'x', 'r/o': 'x', e: 'x', '.wh.e': '' });
    const fresh = unionTree([upper, lower], 'aufs');
    expect([names(fresh, 'd'), names(fresh, 'r')]).toEqual([['n'], ['n']]);
    const tree = unionTree([upper, lower], 'aufs');
    expect([names(tree), names(tree, 'd'), names(tree, 'r')]).toEqual([['b', 'd', 'e', 'r'], ['n'], ['n']]);
    for (let round = 0; round < 10; round++) {
      expect([tree.node('a'), tree.node('.wh.a'), tree.node('d/o'), tree.node('.wh..wh.aufs')]).toEqual(
        Array(4).fill(undefined),
      );
      expect(tree.node('b')?.size).toBe(3);
    }
    expect(touchedIn(upper, 'aufs')('')).toEqual(['a', 'b', 'd', 'r']);
    expect(touchedIn(upper, 'aufs')('d')).toBe('all');
    expect(touchedIn(upper, 'aufs')('e')).toEqual([]);
  });

  test('of five hundred branches looks into each of them a few times for a directory, and not for every name', () => {
    const all = Array.from({ length: 2000 }, (_, index) => `name-${index}`);
    let looks = 0;
    const counting: BranchReader = {
      read: () => ({ entries: [], whiteouts: Array(looks++ % 2).fill('hidden') }),
      find: () => void looks++,
      hides: () => false,
      isOpaque: () => false,
      redirectOf: () => undefined,
    };
    const directory = new MergedDirectory(
      Array.from({ length: 500 }, (_, index) => `/nowhere/${index}`),
      counting,
    );
    for (const name of all) {
      directory.find(name);
      directory.placesOf(name);
    }
    expect(looks).toBeLessThan(5 * 500 + 1);
  });
});

function makeOpaque(path: string): void {
  writeXattr(path, 'trusted.overlay.opaque', Buffer.from('y'));
}
