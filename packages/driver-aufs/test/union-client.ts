import { mkdirSync, rmSync } from 'node:fs';
import type { Entry, OpenRequest, SetAttributesRequest } from '@graphdriver/fuse';
import { Errno } from '@graphdriver/fuse';
import type { Asker } from '../src/union/asker.ts';
import { MountTrace } from '../src/union/mount-trace.ts';
import type { NodeBook } from '../src/union/node-book.ts';
import { Union } from '../src/union/union.ts';
import { UnionFileSystem } from '../src/union/union-file-system.ts';

const ROOT = 1;
const NOTHING: SetAttributesRequest = {
  mode: undefined,
  uid: undefined,
  gid: undefined,
  size: undefined,
  atime: undefined,
  mtime: undefined,
  ctime: undefined,
  handle: undefined,
  killSuidGid: false,
};

/** What a file looks like to a program. */
export interface Seen {
  readonly node: number;
  readonly ino: number;
  readonly mode: number;
  readonly links: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  readonly mtime: bigint;
  readonly ctime: bigint;
}

/** Does to a union what the kernel does for programs that use paths, without a mount: looks names up, one after the other, and forgets them. */
export class UnionClient {
  readonly union: Union;
  readonly fileSystem: UnionFileSystem;
  readonly #looked: number[] = [];
  readonly #context: Asker;

  constructor(
    branches: readonly string[],
    {
      work,
      volatile = true,
      partsOpenFiles = false,
      asks = {},
      ...takeover
    }: {
      work: string | null;
      volatile?: boolean;
      partsOpenFiles?: boolean;
      book?: NodeBook;
      firstId?: number;
      asks?: Partial<Asker>;
    },
  ) {
    this.#context = { uid: 0, gid: 0, id: 0, isResent: false, ...asks };
    if (work !== null) {
      rmSync(work, { recursive: true, force: true });
      mkdirSync(work, { recursive: true });
    }
    const options = {
      branches,
      readOnly: work === null,
      work,
      durableCopies: !volatile,
      partsOpenFiles,
      openDirectories: 64,
      ...takeover,
    };
    this.union = new Union(options, new MountTrace(branches.length));
    this.fileSystem = new UnionFileSystem(this.union, { volatile, generation: 0 });
  }

  close(): void {
    this.fileSystem.destroy();
  }

  /** Runs an action, then has the kernel forget all that it has looked up. */
  async calling<T>(action: () => Promise<T>): Promise<T> {
    try {
      return await action();
    } finally {
      for (const node of this.#looked.splice(0)) this.fileSystem.forget(node, 1);
    }
  }

  find(path: string): number {
    let node = ROOT;
    for (const name of path.split('/').filter((part) => part !== '')) {
      const found = this.fileSystem.lookup(node, name);
      if (found.node === 0) throw failure('ENOENT');
      this.#looked.push(found.node);
      node = found.node;
    }
    return node;
  }

  look(path: string): Seen {
    const node = this.find(path);
    const { attributes } = this.fileSystem.getattr(node);
    const { ino, mode, links, uid, gid, size } = attributes;
    const [mtime, ctime] = [timeOf(attributes.mtime, attributes.mtimeNs), timeOf(attributes.ctime, attributes.ctimeNs)];
    return { node, ino, mode, links, uid, gid, size, mtime, ctime };
  }

  list(path: string): string[] {
    const names: string[] = [];
    let last = 0;
    const node = this.find(path);
    for (;;) {
      let added = 0;
      const entries = {
        fits: () => added < 3,
        add: (name: string, _ino: number, _type: number, next: number) => {
          added += 1;
          last = next;
          if (name !== '.' && name !== '..') names.push(name);
          return true;
        },
      };
      this.fileSystem.readdir(node, { handle: 0, offset: last, entries });
      if (added === 0) return names.sort();
    }
  }

  read(path: string): Buffer {
    const { node, size } = this.look(path);
    const into = Buffer.alloc(size + 16);
    void this.#open(node, 0);
    const length = this.fileSystem.read(node, { handle: node, offset: 0, size: size + 16, flags: 0, into });
    this.#release(node);
    return into.subarray(0, length);
  }

  async write(path: string, content: Buffer, offset: number | 'truncate'): Promise<void> {
    const [parent, name] = this.#split(path);
    const found = this.fileSystem.lookup(parent, name);
    let node = found.node;
    if (node === 0) node = this.#create(parent, name);
    else await this.#open(node, offset === 'truncate' ? 0o1001 : 1);
    this.#looked.push(node);
    const at = offset === 'truncate' ? 0 : offset;
    this.fileSystem.write(node, {
      handle: node,
      offset: at,
      data: content,
      flags: 1,
      fromCache: false,
      killSuidGid: false,
    });
    this.#release(node);
  }

  /** Makes a file, which the kernel knows not to be there. */
  create(path: string): void {
    const node = this.#create(...this.#split(path));
    this.#looked.push(node);
    this.#release(node);
  }

  #create(parent: number, name: string): number {
    const request = { name, mode: 0o100644, umask: 0o022, flags: 0o102, killSuidGid: false };
    return this.fileSystem.create(parent, request, this.#context).entry.node;
  }

  async open(path: string, flags: number): Promise<number> {
    const node = this.find(path);
    await this.#open(node, flags);
    return node;
  }

  release(node: number): void {
    this.#release(node);
  }

  mkdir(path: string): void {
    const [parent, name] = this.#split(path);
    this.#count(this.fileSystem.mkdir(parent, { name, mode: 0o755, umask: 0o022 }, this.#context));
  }

  mknod(path: string, mode: number): void {
    const [parent, name] = this.#split(path);
    this.#count(this.fileSystem.mknod(parent, { name, mode, umask: 0, rdev: 0 }, this.#context));
  }

  symlink(target: string, path: string): void {
    const [parent, name] = this.#split(path);
    this.#count(this.fileSystem.symlink(parent, { name, target }, this.#context));
  }

  unlink(path: string): void {
    const [parent, name] = this.#split(path);
    this.fileSystem.unlink(parent, name, this.#context);
  }

  rmdir(path: string): void {
    const [parent, name] = this.#split(path);
    this.fileSystem.rmdir(parent, name, this.#context);
  }

  async rename(path: string, to: string, manner: 'replace' | 'no-replace' | 'exchange' | 'whiteout' = 'replace') {
    const [parent, name] = this.#split(path);
    const [newParent, newName] = this.#split(to);
    const flags = {
      noReplace: manner === 'no-replace',
      exchange: manner === 'exchange',
      whiteout: manner === 'whiteout',
    };
    await settled(this.fileSystem.rename(parent, { name, newParent, newName, ...flags }, this.#context));
  }

  async link(path: string, to: string): Promise<void> {
    const node = this.find(path);
    const [parent, newName] = this.#split(to);
    this.#count(await settled(this.fileSystem.link(parent, { node, newName }, this.#context)));
  }

  async change(path: string, request: Partial<SetAttributesRequest>): Promise<void> {
    await settled(this.fileSystem.setattr(this.find(path), { ...NOTHING, ...request }));
  }

  async setXattr(path: string, name: string, value: Buffer, { create = false } = {}): Promise<void> {
    const request = { name, value, create, replace: false, killSgid: false };
    await settled(this.fileSystem.setxattr(this.find(path), request, this.#context));
  }

  async removeXattr(path: string, name: string): Promise<void> {
    await settled(this.fileSystem.removexattr(this.find(path), name, this.#context));
  }

  readlink(path: string): string {
    return this.fileSystem.readlink(this.find(path));
  }

  xattrs(path: string): Record<string, string> {
    const node = this.find(path);
    const found = this.fileSystem.listxattr(node, { uid: 0 }).map((name) => {
      const value = this.fileSystem.getxattr(node, name);
      if (value instanceof Promise || value instanceof Errno) throw value;
      return [name, Buffer.from(value).toString('hex')];
    });
    return Object.fromEntries(found.sort());
  }

  async #open(node: number, flags: number): Promise<void> {
    const request: OpenRequest = { flags, killSuidGid: false };
    await settled(this.fileSystem.open(node, request));
  }

  #release(node: number): void {
    this.fileSystem.release(node, { handle: node, flags: 0, lockOwner: 0n, unlockFlock: false });
  }

  #count(entry: Entry): void {
    this.#looked.push(entry.node);
  }

  #split(path: string): [parent: number, name: string] {
    const slash = path.lastIndexOf('/');
    return [this.find(path.slice(0, Math.max(slash, 0))), path.slice(slash + 1)];
  }
}

async function settled<T>(answer: T | Errno | Promise<T | Errno>): Promise<T> {
  const found = await answer;
  if (found instanceof Errno) throw found;
  return found;
}

function failure(code: string): Error {
  return Object.assign(new Error(code), { code });
}

function timeOf(seconds: number, nanoseconds: number): bigint {
  return BigInt(seconds) * 1_000_000_000n + BigInt(nanoseconds);
}
