import { close, mkdirSync, writeFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { isErrno, mountDetached } from '@graphdriver/host';
import type { Asker } from '../union/asker.ts';
import { MountTrace } from '../union/mount-trace.ts';
import { Union } from '../union/union.ts';
import { UnionFileSystem } from '../union/union-file-system.ts';

/** So often V8 has to see a function before it compiles it; more often does not make a first write faster. */
const PASSES = 2;
const DIRECTORIES = 16;
const FILES = 16;
/** For so long nobody has to have asked, and for so long nobody is answered at most, in milliseconds. */
const REST = 10;
const SLICE = 0.1;

const closed = promisify(close);

const ROOT = 1;
const O_WRONLY = 1;
const ASKER: Asker = { uid: 0, gid: 0, id: 0, isResent: false };

/**
 * Does what programs do in a union, over and over, while nobody asks for anything: the first writes of a daemon that has done none of it
 * take a fifth longer. A quarter of a second of one processor in all. `requests` tells how many have come so far.
 *
 * All of it lies in memory that nobody else can see, and goes with this process. Where that cannot be had nothing is done.
 */
export async function rehearse(requests: () => number): Promise<void> {
  let memory = -1;
  try {
    memory = mountDetached('tmpfs');
    for (const _ of scenes(`/proc/self/fd/${memory}`)) await rest(requests);
  } catch (error) {
    // Not everybody may mount, or set attributes there: the first requests are the rehearsal then.
    if (!isErrno(error)) throw error;
  } finally {
    // In another thread: taking a file system away takes milliseconds.
    if (memory >= 0) await closed(memory);
  }
}

/** Resolves when a slice may begin: at once while nobody has asked since the last one. */
async function rest(requests: () => number): Promise<void> {
  let seen = requests();
  await new Promise(setImmediate);
  for (let now = requests(); now !== seen; now = requests()) {
    seen = now;
    await new Promise((resolve) => setTimeout(resolve, REST));
  }
}

/** Yields whenever a slice is over. */
function* scenes(place: string): Generator<void> {
  for (let pass = 0; pass < PASSES; pass += 1) {
    const home = `${place}/${pass}`;
    for (const name of ['', '/upper', '/lower', '/work']) mkdirSync(home + name);
    yield* sliced(build(`${home}/lower`));
    yield* sliced(act(home));
  }
}

function* sliced(steps: Iterable<void>): Generator<void> {
  let end = performance.now() + SLICE;
  for (const _ of steps) {
    if (performance.now() < end) continue;
    yield;
    end = performance.now() + SLICE;
  }
}

function* build(lower: string): Generator<void> {
  for (let directory = 0; directory < DIRECTORIES; directory += 1) {
    mkdirSync(`${lower}/d${directory}`);
    for (let file = 0; file < FILES; file += 1) yield writeFileSync(`${lower}/d${directory}/f${file}`, 'content');
  }
}

function* act(home: string): Generator<void> {
  const options = {
    branches: [`${home}/upper`, `${home}/lower`],
    work: `${home}/work`,
    readOnly: false,
    durableCopies: false,
    partsOpenFiles: false,
  };
  const fileSystem = new UnionFileSystem(new Union(options, new MountTrace(2)), { volatile: true, generation: 1 });
  try {
    for (let directory = 0; directory < DIRECTORIES; directory += 1) {
      const { node } = fileSystem.lookup(ROOT, `d${directory}`);
      for (let file = 0; file < FILES; file += 1) yield* perform(fileSystem, node, `f${file}`);
      yield fileSystem.readdir(node, { handle: 0, offset: 0, entries: { fits: () => true, add: () => true } });
    }
  } finally {
    fileSystem.destroy();
  }
}

/** What programs do most: find, read, write for the first time, make, rename, remove. */
function* perform(fileSystem: UnionFileSystem, directory: number, name: string): Generator<void> {
  const { node } = fileSystem.lookup(directory, name);
  yield void fileSystem.getattr(node);
  yield* readAndWrite(fileSystem, node);
  yield void fileSystem.getxattr(node, 'security.capability');
  yield* makeAndRemove(fileSystem, directory, `new-${name}`);
  yield fileSystem.unlink(directory, name, ASKER);
  fileSystem.forget(node, 1);
}

function* readAndWrite(fileSystem: UnionFileSystem, node: number): Generator<void> {
  for (const flags of [0, O_WRONLY]) {
    yield void fileSystem.open(node, { flags, killSuidGid: false });
    if (flags === 0) fileSystem.read(node, { handle: node, offset: 0, size: DATA.length, flags, into: DATA });
    else write(fileSystem, node);
    yield release(fileSystem, node);
  }
}

const DATA = Buffer.from('content');

function write(fileSystem: UnionFileSystem, node: number): void {
  const request = { handle: node, offset: 0, data: DATA, flags: O_WRONLY, fromCache: false, killSuidGid: false };
  fileSystem.write(node, request);
}

function release(fileSystem: UnionFileSystem, node: number): void {
  fileSystem.release(node, { handle: node, flags: 0, lockOwner: 0n, unlockFlock: false });
}

function* makeAndRemove(fileSystem: UnionFileSystem, directory: number, name: string): Generator<void> {
  fileSystem.lookup(directory, name);
  const request = { name, mode: 0o644, umask: 0o022, flags: O_WRONLY, killSuidGid: false };
  const { node } = fileSystem.create(directory, request, ASKER).entry;
  yield write(fileSystem, node);
  yield release(fileSystem, node);
  const newName = `${name}-moved`;
  const how = { noReplace: false, exchange: false, whiteout: false };
  yield void fileSystem.rename(directory, { name, newParent: directory, newName, ...how }, ASKER);
  yield fileSystem.unlink(directory, newName, ASKER);
  fileSystem.forget(node, 1);
  const made = fileSystem.mkdir(directory, { name, mode: 0o755, umask: 0o022 }, ASKER);
  yield fileSystem.rmdir(directory, name, ASKER);
  fileSystem.forget(made.node, 1);
}
