import {
  assertHolderName,
  type Capabilities,
  type GetOptions,
  type LayerKind,
  type MountOptions,
  refuseUnknownKeys,
  StorageError,
} from '@graphdriver/core';
import type { ViewRequest } from './layer-backend.ts';

/** How a layer is wanted: what the backend mounts, and what a bind on top of it adds. */
export interface View extends ViewRequest {
  /** The bind's flags, one letter each: `o` read-only, `s` nosuid, `d` nodev, `x` noexec. Empty: the backend's mount itself. */
  readonly flags: string;
}

/** A flag of mount(8). */
export type MountFlag = 'ro' | 'nosuid' | 'nodev' | 'noexec';

const FLAGS: readonly (readonly [letter: string, flag: MountFlag])[] = [
  ['o', 'ro'],
  ['s', 'nosuid'],
  ['d', 'nodev'],
  ['x', 'noexec'],
];

const SWITCHES = ['readOnly', 'nosuid', 'nodev', 'noexec', 'volatile'] as const;
const VIEW_KEYS = [...SWITCHES, 'idMap', 'mountLabel', 'signal'];

/** Refuses what cannot be the options of `get` or `describeMount`. @throws {TypeError} */
export function checkMountOptions(options: GetOptions | undefined, what: 'get' | 'describeMount'): void {
  refuseUnknownKeys(options, what === 'get' ? [...VIEW_KEYS, 'holder'] : VIEW_KEYS, what);
  for (const key of SWITCHES) {
    const value = options?.[key];
    if (value !== undefined && typeof value !== 'boolean') throw new TypeError(`${key} is true or false.`);
  }
  if (options?.holder !== undefined) assertHolderName(options.holder);
  const idMap: unknown = options?.idMap;
  if (idMap !== undefined && (typeof idMap !== 'object' || idMap === null))
    throw new TypeError('An idMap is an object.');
  const label: unknown = options?.mountLabel;
  if (label !== undefined && (typeof label !== 'string' || label === '' || label.includes('\0'))) {
    throw new TypeError('A mountLabel is a string, not empty and without NUL.');
  }
}

/**
 * What `options` come to for a layer of `kind`.
 *
 * @throws {StorageError} `UNSUPPORTED` for what the driver never promised
 */
export function viewOf(capabilities: Capabilities, kind: LayerKind, options: MountOptions): View {
  const committed = kind === 'committed';
  const readOnly = committed || options.readOnly === true;
  if (options.idMap !== undefined && capabilities.idMap === 'none') throw unsupported('mount with an idMap');
  if (options.mountLabel !== undefined && !capabilities.mountLabel) throw unsupported('give its mounts a label');
  if (readOnly && !capabilities.readOnlyViews) throw unsupported('mount read-only');
  const flags = [
    // A committed layer's own mount is read-only already.
    options.readOnly === true && !committed ? 'o' : '',
    options.nosuid === true ? 's' : '',
    options.nodev === true ? 'd' : '',
    options.noexec === true ? 'x' : '',
  ].join('');
  // Nothing is written through a committed layer, so that there is nothing to be careless with.
  const volatile = capabilities.volatile && options.volatile === true && !committed;
  const view = { flags, readOnly, volatile };
  return options.mountLabel === undefined ? view : { ...view, mountLabel: options.mountLabel };
}

/** What the backend is to mount for a view of a layer of `kind`: a writable layer is mounted writable, whatever is put on top. */
export function primaryOf(view: View, kind: LayerKind): ViewRequest {
  const { volatile, mountLabel } = view;
  const primary = { readOnly: kind === 'committed', volatile };
  return mountLabel === undefined ? primary : { ...primary, mountLabel };
}

/** The bind's flags by their names. A bind on top of a read-only mount must say so again, or it would be writable. */
export function bindFlags(view: View): readonly MountFlag[] {
  return FLAGS.filter(([letter, flag]) => view.flags.includes(letter) || (flag === 'ro' && view.readOnly)).map(
    ([, flag]) => flag,
  );
}

function unsupported(what: string): StorageError {
  return new StorageError('UNSUPPORTED', `This driver cannot ${what}.`, { hint: 'Ask capabilities before using it.' });
}
