import { isLayerId, StorageError } from '@graphdriver/core';

/** What a committed layer's children are cloned from. */
const COMMITTED = 'committed';

/** What a layer is rolled back to when an archive could not be applied. Not there at any other time. */
const BEFORE = 'before-applying';

/** Bytes of the longest name that ZFS takes. */
const LONGEST = 255;

/** Bytes that a layer adds to the name of the parent dataset at most: `/`, the key, `.`, an id of 128 characters, and a snapshot. */
const LONGEST_ADDITION = 1 + 8 + 1 + 128 + 1 + Math.max(COMMITTED.length, BEFORE.length);

/**
 * The names of a root's datasets: `<parent>/<key>.<id>`. The key is the root's own, so that roots that share a parent dataset do not
 * meet, and an id is never used by two layers of one root.
 */
export class DatasetNames {
  readonly parent: string;
  readonly key: string;

  /** @throws {StorageError} `UNSUITABLE_FILESYSTEM` where the parent's name leaves too little room */
  constructor(parent: string, key: string) {
    requireRoom(parent);
    this.parent = parent;
    this.key = key;
  }

  of(id: string): string {
    return `${this.parent}/${this.key}.${id}`;
  }

  committed(id: string): string {
    return `${this.of(id)}@${COMMITTED}`;
  }

  before(id: string): string {
    return `${this.of(id)}@${BEFORE}`;
  }

  /** Whose dataset it is; `undefined` where the name is none of ours. */
  idIn(name: string): string | undefined {
    const start = this.of('');
    const id = name.slice(start.length);
    return name.startsWith(start) && isLayerId(id) ? id : undefined;
  }
}

/** @throws {StorageError} `UNSUITABLE_FILESYSTEM` where names of layers would be too long for ZFS */
export function requireRoom(parent: string): void {
  const room = LONGEST - LONGEST_ADDITION;
  if (parent.length <= room) return;
  throw new StorageError('UNSUITABLE_FILESYSTEM', `The name of the dataset ${parent} is too long to hold layers.`, {
    hint: `Choose one of at most ${room} characters with the setting fsname.`,
    details: { fsname: parent },
  });
}
