import { ZfsError } from './zfs-error.ts';

const LONGEST_NAME = 255;
const LONGEST_TAG = 255;
/** What ZFS allows in a component of a name. Spaces are allowed; control characters, `%` and anything beyond ASCII are not. */
const COMPONENT = /^[A-Za-z0-9_.: -]+$/;
const USER_PROPERTY = /^[a-z0-9._+-]*:[a-z0-9:._+-]*$/;
const NATIVE_PROPERTY = /^[a-z][a-z0-9_]*(@[A-Za-z0-9_@.:+-]+)?$/;

/**
 * Refuses what is no name of a filesystem or volume: `pool/a/b`.
 *
 * A pool's name begins with a letter, so no name that passes can be taken for an option.
 *
 * @throws {ZfsError} `INVALID_NAME`
 */
export function assertDatasetName(name: string): void {
  assertString(name, 'dataset name');
  if (/[@#]/.test(name)) throw invalid(name, 'is the name of a snapshot or bookmark, not of a dataset');
  const [pool = '', ...components] = name.split('/');
  assertPoolName(pool, name);
  for (const component of components) assertComponent(component, name);
  if (name.length > LONGEST_NAME) throw invalid(name, `is longer than ${LONGEST_NAME} bytes`);
}

/** Refuses what is no name of a snapshot: `pool/a@name`. @throws {ZfsError} `INVALID_NAME` */
export function assertSnapshotName(name: string): void {
  assertMarked(name, '@', 'snapshot');
}

/** Refuses what is no name of a bookmark: `pool/a#name`. @throws {ZfsError} `INVALID_NAME` */
export function assertBookmarkName(name: string): void {
  assertMarked(name, '#', 'bookmark');
}

/** Refuses what is no name of any dataset, snapshot or bookmark. @throws {ZfsError} `INVALID_NAME` */
export function assertAnyName(name: string): void {
  assertString(name, 'name');
  if (name.includes('@')) assertSnapshotName(name);
  else if (name.includes('#')) assertBookmarkName(name);
  else assertDatasetName(name);
}

/** Refuses what is no name of a pool. @throws {ZfsError} `INVALID_NAME` */
export function assertPoolName(pool: string, whole: string = pool): void {
  assertString(pool, 'pool name');
  if (!/^[A-Za-z]/.test(pool)) throw invalid(whole, 'has a pool that does not begin with a letter');
  assertComponent(pool, whole);
}

/** Refuses what is no tag of a hold. @throws {ZfsError} `INVALID_NAME` */
export function assertHoldTag(tag: string): void {
  assertString(tag, 'hold tag');
  if (tag === '' || tag.startsWith('-')) throw invalid(tag, 'is empty or begins with a dash');
  if (/\p{Cc}/u.test(tag)) throw invalid(tag, 'holds a control character');
  if (Buffer.byteLength(tag) > LONGEST_TAG) throw invalid(tag, `is longer than ${LONGEST_TAG} bytes`);
}

/** Refuses what is no name of a property: `quota`, `userquota@root`, `com.example:key`. @throws {ZfsError} `INVALID_PROPERTY` */
export function assertPropertyName(name: string): void {
  assertString(name, 'property name');
  const known = NATIVE_PROPERTY.test(name) || (USER_PROPERTY.test(name) && !name.startsWith('-'));
  if (!known || name.length > LONGEST_NAME)
    throw new ZfsError('INVALID_PROPERTY', `${JSON.stringify(name)} is no name of a property.`, {
      hint: "A user property looks like 'com.example:key', in lower case and without a leading dash.",
    });
}

/** Refuses a value that cannot be passed. @throws {ZfsError} `INVALID_PROPERTY` */
export function assertPropertyValue(name: string, value: string): void {
  if (value.includes('\0')) throw new ZfsError('INVALID_PROPERTY', `The value of ${name} holds a NUL byte.`);
  if (value === '' && name.includes(':'))
    throw new ZfsError('INVALID_PROPERTY', `The value of ${name} is empty.`, {
      hint: 'Remove a user property with inherit().',
    });
}

/** Tells whether a property belongs to users and not to ZFS. */
export function isUserProperty(name: string): boolean {
  return name.includes(':');
}

/** `tank` for `tank/a/b@c`. */
export function poolOf(name: string): string {
  return /^[^/@#]*/.exec(name)?.[0] ?? name;
}

/** `tank/a/b` for `tank/a/b@c`, and for itself. */
export function datasetOf(name: string): string {
  return /^[^@#]*/.exec(name)?.[0] ?? name;
}

/** `tank/a` for `tank/a/b`; `undefined` for a pool. */
export function parentOf(name: string): string | undefined {
  const dataset = datasetOf(name);
  const slash = dataset.lastIndexOf('/');
  return slash < 0 ? undefined : dataset.slice(0, slash);
}

function assertMarked(name: string, mark: '@' | '#', kind: string): void {
  assertString(name, `${kind} name`);
  const [dataset = '', own, ...more] = name.split(mark);
  if (own === undefined || more.length > 0) throw invalid(name, `is no name of a ${kind}: it needs one '${mark}'`);
  assertDatasetName(dataset);
  assertComponent(own, name);
  if (name.length > LONGEST_NAME) throw invalid(name, `is longer than ${LONGEST_NAME} bytes`);
}

function assertComponent(component: string, whole: string): void {
  if (component === '') throw invalid(whole, 'has an empty component');
  if (component === '.' || component === '..') throw invalid(whole, "has a component '.' or '..'");
  if (!COMPONENT.test(component)) throw invalid(whole, 'has a character that ZFS does not allow');
}

function assertString(value: unknown, what: string): asserts value is string {
  if (typeof value !== 'string') throw new TypeError(`A ${what} must be a string.`);
}

function invalid(name: string, why: string): ZfsError {
  return new ZfsError('INVALID_NAME', `${JSON.stringify(name)} ${why}.`, {
    hint: "Names are made of ASCII letters, digits, spaces and '_', '-', '.', ':', in components separated by '/'.",
  });
}
