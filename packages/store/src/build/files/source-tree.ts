import { type BigIntStats, closeSync, constants, fstatSync, readdirSync, readlinkSync } from 'node:fs';
import type { BytePath } from '@graphdriver/archive';
import {
  isErrno,
  listXattrsAt,
  openInRoot,
  openInRootIfAny,
  openRoot,
  readLinkAt,
  readXattrAt,
} from '@graphdriver/host';
import { childPath, nameOf, parentOf } from './clean-path.ts';

const O_PATH = 0o10000000;
const LOOK = O_PATH | constants.O_NOFOLLOW;
const READ = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
const LIST = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;

/** What a copy takes along besides mode, owner and times. Labels and access lists are the host's, and `user.overlay` is a driver's. */
const KEPT_XATTRS = /^(?:security\.capability$|user\.(?!overlay\.))/;

/**
 * A directory that files are copied from: a build context, or the view of an image.
 *
 * Whoever made its content may be hostile, and may change it meanwhile. Paths are bytes below the root, `''` being the root. Everything is opened by the
 * kernel inside the root, so that no link and no `..` leads out; only {@link SourceTree.resolve} follows links at all. Everything that
 * `ignores` says is as if it were not there.
 */
export class SourceTree implements Disposable {
  readonly #root: number;
  readonly #place: BytePath;
  readonly #ignores: (path: BytePath) => boolean;

  constructor(path: string, ignores: (path: BytePath) => boolean = () => false) {
    this.#root = openRoot(path);
    this.#place = placeOf(this.#root);
    this.#ignores = ignores;
  }

  /** Where a path leads when links are followed, inside the root; `undefined` where that is nothing, or something ignored. */
  resolve(path: BytePath): BytePath | undefined {
    const fd = openInRootIfAny(this.#root, bytes(path), O_PATH);
    if (fd === undefined) return undefined;
    try {
      const found = this.#below(placeOf(fd));
      return found === undefined || this.#ignores(found) ? undefined : found;
    } finally {
      closeSync(fd);
    }
  }

  /** What lies at a path none of whose components is a link but perhaps the last; `undefined` where nothing does. */
  stat(path: BytePath): BigIntStats | undefined {
    if (this.#ignores(path)) return undefined;
    const fd = unlessLink(() => openInRootIfAny(this.#root, bytes(path), LOOK, { links: 'refuse' }));
    if (fd === undefined) return undefined;
    try {
      return fstatSync(fd, { bigint: true });
    } finally {
      closeSync(fd);
    }
  }

  /** The names in a directory, in byte order. */
  list(path: BytePath): readonly BytePath[] {
    const fd = openInRoot(this.#root, bytes(path), LIST, { links: 'refuse' });
    try {
      return readdirSync(`/proc/self/fd/${fd}`, { encoding: 'buffer' })
        .map((name) => name.toString('latin1'))
        .filter((name) => !this.#ignores(childPath(path, name)))
        .sort();
    } finally {
      closeSync(fd);
    }
  }

  /** Opens what should be a regular file for reading. To be closed. */
  open(path: BytePath): number {
    return openInRoot(this.#root, bytes(path), READ, { links: 'refuse' });
  }

  /** What a symbolic link says. */
  readLink(path: BytePath): BytePath {
    return this.#inParent(path, readLinkAt);
  }

  /** The extended attributes that a copy takes along, sorted by name. */
  xattrs(path: BytePath): readonly (readonly [name: string, value: Buffer])[] {
    return this.#inParent(path, (directory, name) =>
      listXattrsAt(directory, name)
        .filter((attribute) => KEPT_XATTRS.test(attribute))
        .sort()
        .flatMap((attribute): [string, Buffer][] => {
          const value = readXattrAt(directory, name, attribute);
          return value === undefined ? [] : [[attribute, value]];
        }),
    );
  }

  [Symbol.dispose](): void {
    closeSync(this.#root);
  }

  #inParent<T>(path: BytePath, use: (directory: number, name: BytePath) => T): T {
    const directory = openInRoot(this.#root, bytes(parentOf(path)), O_PATH | constants.O_DIRECTORY, {
      links: 'refuse',
    });
    try {
      return use(directory, path === '' ? '.' : nameOf(path));
    } finally {
      closeSync(directory);
    }
  }

  #below(place: BytePath): BytePath | undefined {
    if (place === this.#place) return '';
    const start = this.#place === '/' ? '/' : `${this.#place}/`;
    return place.startsWith(start) ? place.slice(start.length) : undefined;
  }
}

function placeOf(fd: number): BytePath {
  return readlinkSync(`/proc/self/fd/${fd}`, { encoding: 'buffer' }).toString('latin1');
}

function bytes(path: BytePath): Buffer {
  return Buffer.from(path, 'latin1');
}

/** A link where a directory was expected was put there since: what was asked for is gone. */
function unlessLink<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch (error) {
    if (isErrno(error, 'ELOOP')) return undefined;
    throw error;
  }
}
