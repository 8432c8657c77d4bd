import { join } from 'node:path';

/** The kit's folder under the root. No layer can be called that: ids do not start with a dot. */
const BOOKS = '.graphdriver';

// Whoever may pass through the root may get to what is mounted in it, and to nothing else.
const PASSABLE = 0o711;
const CLOSED = 0o700;

/** Every path that the kit itself uses under a root. */
export interface BookLayout {
  readonly root: string;
  /** Says whose root this is, and in which format. */
  readonly format: string;
  /** The boot during which the root was last healed. */
  readonly boot: string;
  readonly locks: string;
  readonly processes: string;
  /** One note or file per layer. */
  readonly records: string;
  /** Records that are being written over, and left by a crash. */
  readonly asides: string;
  /** Layers that are being made. */
  readonly pending: string;
  /** Writable layers whose files are being changed by the driver itself. */
  readonly changing: string;
  /** Records of layers that are being removed. */
  readonly removing: string;
  /** One folder per layer that has or had children. */
  readonly children: string;
  /** One note per layer that is held. */
  readonly holds: string;
  /** Where mounts with flags are. */
  readonly mounts: string;
  /** All folders with their modes, in the order to make them. */
  readonly folders: readonly (readonly [path: string, mode: number])[];
}

/** The paths of the books under `root`, an absolute path. */
export function bookLayout(root: string): BookLayout {
  const books = join(root, BOOKS);
  const named = {
    records: join(books, 'records'),
    asides: join(books, 'asides'),
    pending: join(books, 'pending'),
    changing: join(books, 'changing'),
    removing: join(books, 'removing'),
    children: join(books, 'children'),
    holds: join(books, 'holds'),
    mounts: join(books, 'mnt'),
  };
  return {
    root,
    format: join(books, 'format.json'),
    boot: join(books, 'boot'),
    locks: join(books, 'locks'),
    processes: join(books, 'processes'),
    ...named,
    folders: [
      [books, PASSABLE],
      ...Object.values(named).map((path) => [path, path === named.mounts ? PASSABLE : CLOSED] as const),
    ],
  };
}

const RECORD_SUFFIX = '.json';

export function recordPath(layout: BookLayout, id: string): string {
  return `${layout.records}/${id}${RECORD_SUFFIX}`;
}

export function asidePath(layout: BookLayout, id: string): string {
  return `${layout.asides}/${id}${RECORD_SUFFIX}`;
}

export function pendingPath(layout: BookLayout, id: string): string {
  return `${layout.pending}/${id}`;
}

export function changingPath(layout: BookLayout, id: string): string {
  return `${layout.changing}/${id}`;
}

export function removingPath(layout: BookLayout, id: string): string {
  return `${layout.removing}/${id}${RECORD_SUFFIX}`;
}

/** The id that a file in `records`, `asides` or `removing` is about. */
export function recordId(file: string): string {
  return file.slice(0, -RECORD_SUFFIX.length);
}

export function childrenPath(layout: BookLayout, parent: string): string {
  return `${layout.children}/${parent}`;
}

export function childPath(layout: BookLayout, parent: string, child: string): string {
  return `${layout.children}/${parent}/${child}`;
}

export function holdsPath(layout: BookLayout, id: string): string {
  return `${layout.holds}/${id}`;
}

/** Where a layer's holds are written before they take the place of the former ones. No id starts with a dot. */
export function holdsAsidePath(layout: BookLayout, id: string): string {
  return `${layout.holds}/.${id}`;
}

/** Where a layer is mounted with `flags`. Unique: flags hold no dot. */
export function variantPath(layout: BookLayout, id: string, flags: string): string {
  return `${layout.mounts}/${id}.${flags}`;
}

/** The id that a name in `mounts` is about. */
export function variantId(name: string): string {
  return name.slice(0, name.lastIndexOf('.'));
}
