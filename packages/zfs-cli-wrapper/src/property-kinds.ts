/**
 * What the values of the native properties are. Those that are not listed are text, as are all user properties.
 *
 * - `bytes`, `count`: a number. `id`: a 64-bit number, as a bigint.
 * - `limit`: a number of bytes or of things, `null` where there is no limit. `tally`: a number, `null` where nothing is counted.
 * - `time`: seconds in ZFS, a `Date` here. `ratio`: `1.00x` in ZFS, a number here.
 * - `flag`: `on` and `yes` are `true`, `off` and `no` are `false`.
 */
export const PROPERTY_KINDS = {
  available: 'bytes',
  logicalreferenced: 'bytes',
  logicalused: 'bytes',
  recordsize: 'bytes',
  referenced: 'bytes',
  used: 'bytes',
  usedbychildren: 'bytes',
  usedbydataset: 'bytes',
  usedbyrefreservation: 'bytes',
  usedbysnapshots: 'bytes',
  volblocksize: 'bytes',
  volsize: 'bytes',
  written: 'bytes',
  quota: 'limit',
  refquota: 'limit',
  reservation: 'limit',
  refreservation: 'limit',
  filesystem_limit: 'limit',
  snapshot_limit: 'limit',
  copies: 'count',
  filesystem_count: 'tally',
  snapshot_count: 'tally',
  userrefs: 'count',
  version: 'count',
  createtxg: 'id',
  guid: 'id',
  objsetid: 'id',
  creation: 'time',
  compressratio: 'ratio',
  refcompressratio: 'ratio',
  atime: 'flag',
  defer_destroy: 'flag',
  devices: 'flag',
  exec: 'flag',
  mounted: 'flag',
  nbmand: 'flag',
  overlay: 'flag',
  readonly: 'flag',
  relatime: 'flag',
  setuid: 'flag',
  utf8only: 'flag',
  vscan: 'flag',
  zoned: 'flag',
} as const;

/** The types behind the kinds. */
export interface PropertyTypes {
  readonly bytes: number;
  readonly limit: number | null;
  readonly count: number;
  readonly tally: number | null;
  readonly id: bigint;
  readonly time: Date;
  readonly ratio: number;
  readonly flag: boolean;
  readonly text: string;
}

/** What values a property may have. */
export type PropertyKind = keyof PropertyTypes;

/** The type of the property called `Name`. */
export type PropertyType<Name extends string> = Name extends keyof typeof PROPERTY_KINDS
  ? PropertyTypes[(typeof PROPERTY_KINDS)[Name]]
  : string;

/** Any value of any property. */
export type PropertyValue = PropertyTypes[PropertyKind];

/** What can be set: numbers as they are, flags as `on` and `off`, no limit as `null`. */
export type SettableValue = string | number | bigint | boolean | null;

/** The kind of a property; text where it is not known. */
export function kindOf(name: string): PropertyKind {
  return Object.hasOwn(PROPERTY_KINDS, name)
    ? ((PROPERTY_KINDS as Readonly<Record<string, PropertyKind>>)[name] ?? 'text')
    : 'text'; // A table of kinds.
}
