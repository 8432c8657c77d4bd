import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFaultHandler } from '@graphdriver/host';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { finishInterrupted } from '../src/union/finish-interrupted.ts';
import { NodeBook } from '../src/union/node-book.ts';
import { unionTree } from './tree-facts.ts';
import { UnionClient } from './union-client.ts';

const LOWER = `
mkdir -p a/b c full/sub empty moved/in spent; touch spent/x
echo one > a/b/file; echo two > c/other; ln c/other c/another; ln c/other full/third
echo deep > full/sub/deep; echo in > moved/in/file; ln -s target link
`;
const UPPER = `
mkdir -p a c spent; touch spent/.wh.x; echo up > a/up; echo hidden > .wh.gone; touch c/.wh.was
setfattr -n trusted.old -v x a/up
`;
const REQUEST = 42;
const USER = 1000;
const NEXT_IDS = 1000;

type Action = (client: UnionClient) => unknown;

const ACTIONS: Readonly<Record<string, Action>> = {
  'a write to a lower file': (client) => client.write('a/b/file', Buffer.from('new'), 4),
  'a write to a lower file with three names': (client) => client.change('c/other', { size: 2 }),
  'a removal of a lower file': (client) => client.unlink('a/b/file'),
  'a removal of one of three names of a lower file': (client) => client.unlink('c/other'),
  'a removal of an upper file': (client) => client.unlink('a/up'),
  'a removal of a lower directory': (client) => client.rmdir('empty'),
  'a rename of a lower file': (client) => client.rename('a/b/file', 'c/file'),
  'a rename over a lower file': (client) => client.rename('a/up', 'c/other'),
  'a rename of a lower directory': (client) => client.rename('moved', 'c/moved'),
  'a rename of a lower directory over another': (client) => client.rename('moved', 'empty'),
  'a rename of a directory over another with whiteouts': (client) => client.rename('moved', 'spent'),
  'a rename of an empty directory over another with whiteouts': (client) => client.rename('empty', 'spent'),
  'a rename, which leaves a device, of a directory over another with whiteouts': (client) =>
    client.rename('moved', 'spent', 'whiteout'),
  'an exchange of two directories': (client) => client.rename('moved', 'full', 'exchange'),
  'an exchange of two files': (client) => client.rename('a/up', 'c/other', 'exchange'),
  'an exchange of a file and a directory': (client) => client.rename('a/b/file', 'full', 'exchange'),
  'a new directory over a whiteout': (client) => client.mkdir('c/was'),
  'a new directory': (client) => client.mkdir('full/new'),
  'a new file': (client) => client.create('full/new'),
  'a new file over a whiteout': (client) => client.create('c/was'),
  'a new symbolic link': (client) => client.symlink('target', 'a/new'),
  'a new fifo': (client) => client.mknod('gone', 0o010644),
  'a new name of a lower file': (client) => client.link('link', 'a/link'),
  'a new name, over a whiteout, of an upper file': (client) => client.link('a/up', 'c/was'),
  'a removal of a directory with whiteouts': (client) => client.rmdir('spent'),
  'a change of a lower directory': (client) => client.change('full/sub', { mode: 0o700 }),
  'a new attribute': (client) => client.setXattr('a/b/file', 'trusted.new', Buffer.from('x'), { create: true }),
  'the removal of an attribute': (client) => client.removeXattr('a/up', 'trusted.old'),
};

/** Also what a process does on its way out fails: it is dead. */
class Crash extends Error {}

let root: string;
let umask: number;
let turn = 0;

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'union-crash-wurzel-ä-'));
  umask = process.umask(0);
});

afterAll(async () => {
  setFaultHandler(undefined);
  process.umask(umask);
  // The books of those that died write what they still had to: a process that is really dead does not.
  await new Promise(setImmediate);
  rmSync(root, { recursive: true });
});

interface Outcome {
  readonly isDone: boolean;
  readonly tree: Record<string, unknown>;
}

interface CrashOptions {
  /** What is done first after the crash, as what the kernel asks again because it had no answer. */
  readonly again?: Action;
  /** Who asks; root unless told. */
  readonly uid?: number;
}

/** Does something that dies at its `last`th change, mounts anew, and tells what is there then. */
async function crashAt(action: Action, last: number, { again, uid = 0 }: CrashOptions = {}): Promise<Outcome> {
  turn += 1;
  const home = join(root, `${turn}`);
  for (const [name, script] of Object.entries({ lower: LOWER, upper: UPPER })) {
    mkdirSync(join(home, name), { recursive: true });
    execFileSync('sh', ['-ec', script], { cwd: join(home, name) });
  }
  const branches = [join(home, 'upper'), join(home, 'lower')];
  const [work, notes] = [join(home, 'work'), join(home, 'notes')];
  let client = new UnionClient(branches, { work, book: NodeBook.begin(notes), asks: { id: REQUEST, uid, gid: uid } });
  let passed = 0;
  setFaultHandler(() => {
    passed += 1;
    if (passed >= last) throw new Crash();
  });
  let isDone = true;
  try {
    await client.calling(async () => action(client));
  } catch (error) {
    if (!(error instanceof Crash)) throw error;
    isDone = false;
  } finally {
    setFaultHandler(undefined);
    client.close();
  }
  const asks = { id: REQUEST, uid, gid: uid, isResent: true };
  client = new UnionClient(branches, { work, book: NodeBook.goOn(notes), firstId: NEXT_IDS, asks });
  await finishInterrupted(client.union);
  await client.calling(async () => again?.(client));
  const tree = await client.calling(async () => unionTree(client));
  client.close();
  rmSync(home, { recursive: true });
  return { isDone, tree };
}

for (const [what, action] of Object.entries(ACTIONS)) {
  it(`${what} has happened wholly or not at all, whenever a crash comes`, async () => {
    const before = (await crashAt(() => undefined, Number.POSITIVE_INFINITY)).tree;
    const after = (await crashAt(action, Number.POSITIVE_INFINITY)).tree;
    expect(after).not.toEqual(before);
    for (let last = 1; ; last += 1) {
      const { isDone, tree } = await crashAt(action, last);
      if (isDone) break;
      if (!isSame(tree, after)) expect([last, tree]).toEqual([last, before]);
    }
  });
}

for (const [what, action] of Object.entries(ACTIONS)) {
  it(`${what} has happened once when it is asked again, whenever who was asked first has died`, async () => {
    const after = (await crashAt(action, Number.POSITIVE_INFINITY, { uid: USER })).tree;
    for (let last = 1; ; last += 1) {
      const { isDone, tree } = await crashAt(action, last, { again: action, uid: USER });
      expect([last, tree]).toEqual([last, after]);
      if (isDone) break;
    }
  });
}

it('what is asked again and can be done at no time fails as it did', async () => {
  const refused: readonly (readonly [Action, string])[] = [
    [(client) => client.mkdir('a/b'), 'EEXIST'],
    [(client) => client.link('link', 'c/other'), 'EEXIST'],
    [(client) => client.rename('a/up', 'c/other', 'no-replace'), 'EEXIST'],
    [(client) => client.rename('a/none', 'c/none'), 'ENOENT'],
    [(client) => client.rmdir('full'), 'ENOTEMPTY'],
    [(client) => client.setXattr('a/up', 'trusted.old', Buffer.from('x'), { create: true }), 'EEXIST'],
    [(client) => client.removeXattr('c/other', 'trusted.old'), 'ENODATA'],
  ];
  for (const [action, code] of refused) {
    const failing = async (client: UnionClient): Promise<void> => {
      await expect(async () => action(client)).rejects.toMatchObject({ code });
    };
    await crashAt(failing, Number.POSITIVE_INFINITY, { again: failing });
  }
});

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
