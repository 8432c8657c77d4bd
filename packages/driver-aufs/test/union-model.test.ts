import {
  appendFileSync,
  chmodSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmdirSync,
  rmSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unionTree as unionTreeOf } from '@graphdriver/archive';
import { exchangeFiles, listXattrs, readXattr, renameNoReplace, writeXattr } from '@graphdriver/host';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { unionTree } from './tree-facts.ts';
import { UnionClient } from './union-client.ts';

type Step =
  | { do: 'write' | 'append' | 'mkdir' | 'rmdir' | 'unlink' | 'symlink' | 'chmod' | 'truncate' | 'xattr'; path: string }
  | { do: 'rename' | 'no-replace' | 'exchange' | 'link'; path: string; to: string }
  | { do: 'remount' | 'stack' };

const path = fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 3 }).map((names) => names.join('/'));

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constantFrom('write', 'append', 'mkdir'), path }) },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constantFrom('rmdir', 'unlink', 'symlink', 'chmod', 'truncate', 'xattr'), path }),
  },
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constantFrom('rename', 'rename', 'no-replace', 'exchange', 'link'), path, to: path }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('remount', 'stack') }) },
);

let root: string;
let umask: number;
let turn = 0;

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'union-model-wurzel-ä-'));
  umask = process.umask(0);
});

afterAll(() => {
  process.umask(umask);
  rmSync(root, { recursive: true });
});

/** A union, a plain directory that goes through the same, and the branches that the union has become. */
class Twins {
  readonly #home: string;
  readonly plain: string;
  #branches: string[];
  client: UnionClient;
  #looks = new Map<string, number>();

  constructor(home: string) {
    this.#home = home;
    this.plain = join(home, 'plain');
    this.#branches = [join(home, 'layer-0')];
    for (const directory of [this.plain, ...this.#branches]) mkdirSync(directory, { recursive: true });
    this.client = this.#mount();
  }

  #mount(): UnionClient {
    return new UnionClient(this.#branches, { work: join(this.#home, 'work') });
  }

  remount(): void {
    this.#looks = this.#numbers();
    this.client.close();
    this.client = this.#mount();
    const now = this.#numbers();
    expect(Object.fromEntries(now)).toEqual(Object.fromEntries(this.#looks));
  }

  stack(): void {
    this.client.close();
    const next = join(this.#home, `layer-${this.#branches.length}`);
    mkdirSync(next);
    this.#branches = [next, ...this.#branches];
    this.client = this.#mount();
  }

  get branches(): readonly string[] {
    return this.#branches;
  }

  #numbers(): Map<string, number> {
    const numbers = new Map<string, number>();
    for (const name of Object.keys(plainTree(this.plain))) numbers.set(name, this.client.look(name).ino);
    return numbers;
  }
}

/** Directories are told apart by their paths, files by the first of their names. */
function plainTree(top: string): Record<string, unknown> {
  const found: Record<string, unknown> = {};
  const names = new Map<number, string[]>();
  const visit = (at: string): void => {
    for (const name of readdirSync(join(top, at)).sort()) {
      const here = at === '' ? name : `${at}/${name}`;
      const stats = lstatSync(join(top, here));
      const isDirectory = stats.isDirectory();
      names.set(stats.ino, [...(names.get(stats.ino) ?? []), here]);
      const content = stats.isFile() ? readFileSync(join(top, here), 'latin1') : '';
      const target = stats.isSymbolicLink() ? readlinkSync(join(top, here)) : '';
      const xattrs = Object.fromEntries(
        listXattrs(join(top, here)).map((name) => [name, readXattr(join(top, here), name)?.toString('hex')]),
      );
      found[here] = {
        mode: stats.mode,
        content,
        target,
        xattrs,
        links: isDirectory ? 1 : names.get(stats.ino),
        owner: [stats.uid, stats.gid],
        count: isDirectory ? 1 : stats.nlink,
      };
      if (isDirectory) visit(here);
    }
  };
  visit('');
  return found;
}

/** What the archive package reads from the branches alone is what the mount shows. */
async function expectArchiveView(twins: Twins): Promise<void> {
  const tree = unionTreeOf(twins.branches, 'aufs');
  const names: string[] = [];
  const visit = (at: string): void => {
    for (const { name } of tree.list(at)) {
      const here = at === '' ? name : `${at}/${name}`;
      names.push(here);
      const node = tree.node(here);
      if (node?.type === 'directory') visit(here);
      if (node?.type !== 'file') continue;
      const content = readFileSync(Buffer.from(node.location, 'latin1'), 'latin1');
      expect(content).toBe(readFileSync(join(twins.plain, here), 'latin1'));
    }
  };
  visit('');
  expect(names.sort()).toEqual(Object.keys(plainTree(twins.plain)).sort());
}

function isFile(top: string, at: string): boolean {
  return lstatSync(join(top, at), { throwIfNoEntry: false })?.isFile() ?? false;
}

/** The kernel follows links itself: the file system never sees such a path. */
function leadsThroughLink(top: string, path: string): boolean {
  const names = path.split('/').slice(0, -1);
  return names.some((_name, at) => {
    return lstatSync(join(top, ...names.slice(0, at + 1)), { throwIfNoEntry: false })?.isSymbolicLink() === true;
  });
}

/** Does a step to the plain directory; says how it went. */
function onPlain(top: string, todo: Step, tick: number): string {
  return outcome(() => {
    if (!('path' in todo)) return;
    const at = join(top, todo.path);
    const paths = 'to' in todo ? [todo.path, todo.to] : [todo.path];
    const [from, to] = [`${paths[0]}/`, `${paths[1]}/`];
    const isNested = from !== to && (from.startsWith(to) || to.startsWith(from));
    if (isNested || paths.some((path) => leadsThroughLink(top, path)))
      throw Object.assign(new Error(), { code: 'ESKIP' });
    if (['append', 'chmod', 'truncate'].includes(todo.do) && !isFile(top, todo.path))
      throw Object.assign(new Error(), { code: 'ESKIP' });
    if (todo.do === 'write') {
      if (lstatSync(at, { throwIfNoEntry: false })?.isFile() === false)
        throw Object.assign(new Error(), { code: 'ESKIP' });
      writeFileSync(at, `${tick}.`.repeat(tick), { mode: 0o644 });
    } else if (todo.do === 'append') appendFileSync(at, `+${tick}`);
    else if (todo.do === 'mkdir') mkdirSync(at, 0o755);
    else if (todo.do === 'rmdir') rmdirSync(at);
    else if (todo.do === 'unlink') unlinkSync(at);
    else if (todo.do === 'symlink') symlinkSync(`to-${tick}`, at);
    else if (todo.do === 'chmod') chmodSync(at, 0o600 + (tick % 8));
    else if (todo.do === 'truncate') truncateSync(at, tick);
    else if (todo.do === 'xattr') writeXattr(at, 'trusted.x', Buffer.from(`${tick}`));
    else if ('to' in todo) movePlain(todo, at, join(top, todo.to));
  });
}

function movePlain(todo: Step & { to: string }, from: string, to: string): void {
  if (todo.do === 'rename') renameSync(from, to);
  else if (todo.do === 'no-replace') renameNoReplace(from, to);
  else if (todo.do === 'exchange') exchangeFiles(from, to);
  else linkSync(from, to);
}

async function onUnion(twins: Twins, todo: Step, tick: number, plain: string): Promise<string> {
  // What the kernel refuses before it asks, and what a plain path does that the kernel does in steps of its own.
  const { client } = twins;
  if (plain === 'ESKIP' || plain === 'EINVAL' || plain === 'ENOTDIR' || plain === 'ELOOP') return plain;
  return client.calling(() =>
    outcomeOf(async () => {
      if (todo.do === 'remount') return twins.remount();
      if (todo.do === 'stack') return twins.stack();
      if (!('path' in todo)) return;
      const { path: at } = todo;
      if (todo.do === 'write') await client.write(at, Buffer.from(`${tick}.`.repeat(tick)), 'truncate');
      else if (todo.do === 'append') await client.write(at, Buffer.from(`+${tick}`), client.look(at).size);
      else if (todo.do === 'mkdir') client.mkdir(at);
      else if (todo.do === 'rmdir') client.rmdir(at);
      else if (todo.do === 'unlink') client.unlink(at);
      else if (todo.do === 'symlink') client.symlink(`to-${tick}`, at);
      else if (todo.do === 'chmod') await client.change(at, { mode: 0o600 + (tick % 8) });
      else if (todo.do === 'truncate') await client.change(at, { size: tick });
      else if (todo.do === 'xattr') await client.setXattr(at, 'trusted.x', Buffer.from(`${tick}`));
      else if (todo.do === 'link') await client.link(at, todo.to);
      else if ('to' in todo) await client.rename(at, todo.to, todo.do === 'rename' ? 'replace' : todo.do);
    }),
  );
}

function outcome(action: () => void): string {
  try {
    action();
    return 'done';
  } catch (error) {
    return codeOf(error);
  }
}

async function outcomeOf(action: () => Promise<void>): Promise<string> {
  try {
    await action();
    return 'done';
  } catch (error) {
    return codeOf(error);
  }
}

function codeOf(error: unknown): string {
  if (
    error instanceof Error &&
    'code' in error &&
    typeof error.code === 'string' &&
    error.code.startsWith('E') &&
    !error.code.startsWith('ERR')
  )
    return error.code;
  throw error;
}

const RUNS = Number(process.env['UNION_RUNS'] ?? 150);

it('a union does what a plain directory does, over remounts and layers', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 60, size: 'max' }), async (steps) => {
      turn += 1;
      const twins = new Twins(join(root, `${turn}`));
      try {
        let tick = 0;
        for (const todo of steps) {
          tick += 1;
          const plain = onPlain(twins.plain, todo, tick);
          const union = await onUnion(twins, todo, tick, plain);
          expect([tick, todo, union]).toEqual([tick, todo, plain]);
        }
        await twins.client.calling(async () => {
          expect(unionTree(twins.client)).toEqual(plainTree(twins.plain));
        });
        twins.remount();
        await twins.client.calling(async () => {
          expect(unionTree(twins.client)).toEqual(plainTree(twins.plain));
        });
        expect(twins.client.union.nodes.size).toBe(1);
        await expectArchiveView(twins);
      } finally {
        twins.client.close();
        rmSync(join(root, `${turn}`), { recursive: true });
      }
    }),
    { numRuns: RUNS, endOnFailure: false },
  );
});
