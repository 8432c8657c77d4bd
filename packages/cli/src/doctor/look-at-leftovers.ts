import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { examineBooks } from '@graphdriver/driver-kit';
import { isErrno, type MountEntry, mountsUnder, readMounts } from '@graphdriver/host';
import { askFuse, isFuse, isIn, textOf } from './ask-fuse.ts';
import type { BooksFacts, FuseSilence, LeftoverFacts, LoopFacts } from './facts.ts';

/** A probe takes less than a second: a folder of this age has been left. */
const OLD = 600_000;

/**
 * Looks for what was left under a root, and beside it in `directory`, its nearest ancestor that exists. Both answer.
 * Reads the books of each driver without opening its root, and looks into no FUSE mount that does not answer.
 */
export async function lookAtLeftovers(root: string, directory: string): Promise<LeftoverFacts> {
  const mounts = mountsOf(root);
  const fuse = (await Promise.all(mounts.filter(isFuse).map(askFuse))).flatMap((found) => found ?? []);
  const places = directory === root ? placesIn(root, fuse) : [];
  return {
    books: places.flatMap(booksAt),
    mounts: mounts.map(({ mountPoint }) => textOf(mountPoint)),
    fuse,
    loops: loopsUnder(root),
    // A probe makes its folder in the driver's directory, or in the nearest one that is there.
    trials: [directory, ...places.map(({ path }) => path)].flatMap(trialsIn),
  };
}

/** The mounts under a root, not the one that it may be itself. */
function mountsOf(root: string): readonly MountEntry[] {
  const real = Buffer.from(existsSync(root) ? realpathSync(root) : root);
  return mountsUnder(real).filter(({ mountPoint }) => textOf(mountPoint) !== real.toString());
}

/** What is in a root and answers: a directory for each driver, and the store's. */
function placesIn(root: string, fuse: readonly FuseSilence[]): readonly Omit<BooksFacts, 'examination'>[] {
  const real = realpathSync(root);
  return namesIn(root)
    .map((name) => ({ name, path: join(real, name) }))
    .filter(({ path }) => !isIn(path, fuse));
}

function booksAt({ name, path }: Omit<BooksFacts, 'examination'>): readonly BooksFacts[] {
  const examination = examineBooks(path);
  return examination === undefined ? [] : [{ path, name, examination }];
}

function loopsUnder(root: string): readonly LoopFacts[] {
  const sources = new Set(readMounts().map(({ source }) => source));
  return namesIn('/sys/block')
    .filter((name) => /^loop\d+$/.test(name))
    .flatMap((name) => {
      const file = backingFile(name);
      const device = `/dev/${name}`;
      return file?.startsWith(`${root}/`) === true ? [{ device, file, mounted: sources.has(device) }] : [];
    });
}

/** The file that a loop device shows; `undefined` for one that is free. */
function backingFile(name: string): string | undefined {
  try {
    return readFileSync(`/sys/block/${name}/loop/backing_file`, 'utf8').trimEnd();
  } catch (error) {
    if (!isErrno(error)) throw error;
    return undefined;
  }
}

function trialsIn(directory: string): readonly string[] {
  return namesIn(directory)
    .filter((name) => name.startsWith('.graphdriver-probe-'))
    .map((name) => join(directory, name))
    .filter((path) => Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now()) > OLD);
}

/** What is in a directory; nothing where it is none, or may not be read. */
function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory).sort();
  } catch (error) {
    if (!isErrno(error)) throw error;
    return [];
  }
}
