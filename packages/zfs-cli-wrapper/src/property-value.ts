import {
  kindOf,
  type PropertyKind,
  type PropertyTypes,
  type PropertyValue,
  type SettableValue,
} from './property-kinds.ts';
import { ZfsError } from './zfs-error.ts';

type Reader<K extends PropertyKind> = (text: string) => PropertyTypes[K] | undefined;

const READERS: { readonly [K in PropertyKind]: Reader<K> } = {
  bytes: wholeNumber,
  count: wholeNumber,
  tally: (text) => (text === 'none' ? null : wholeNumber(text)),
  limit: (text) => (text === 'none' || text === '0' || text === '18446744073709551615' ? null : wholeNumber(text)),
  id: (text) => (/^\d+$/.test(text) ? BigInt(text) : undefined),
  time: (text) => (/^\d+$/.test(text) ? new Date(Number(text) * 1000) : undefined),
  ratio: (text) => (/^\d+(\.\d+)?x?$/.test(text) ? Number.parseFloat(text) : undefined),
  flag: (text) => (text === 'on' || text === 'yes' ? true : text === 'off' || text === 'no' ? false : undefined),
  text: (text) => text,
};

/**
 * Reads the value of a property from its parsable form (`zfs get -p`). Pure.
 *
 * @throws {ZfsError} `UNEXPECTED_OUTPUT` where it is not of the property's kind
 */
export function readPropertyValue(name: string, text: string): PropertyValue {
  const value = READERS[kindOf(name)](text);
  if (value === undefined)
    throw new ZfsError('UNEXPECTED_OUTPUT', `${name} is ${JSON.stringify(text)}, which is no ${kindOf(name)}.`);
  return value;
}

/** Writes a value as ZFS takes it. Pure. @throws {ZfsError} `INVALID_PROPERTY` */
export function writePropertyValue(name: string, value: SettableValue): string {
  if (value === null) return 'none';
  if (typeof value === 'boolean') return value ? 'on' : 'off';
  if (typeof value === 'number' && !Number.isSafeInteger(value))
    throw new ZfsError('INVALID_PROPERTY', `${value} is no value for ${name}: it is not a whole number.`);
  // zfs-fuse refuses 0 where it means no limit; none is understood everywhere.
  if (kindOf(name) === 'limit' && String(value) === '0') return 'none';
  return String(value);
}

const UNITS = 'BKMGTPEZ';

/** Reads a size as people are shown it: `294M`, `1.46T`, `512`. Exact only without a unit. Pure. */
export function readRoundedSize(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)([BKMGTPEZ])?$/.exec(text);
  if (match === null) return undefined;
  return Math.round(Number(match[1]) * 1024 ** UNITS.indexOf(match[2] ?? 'B'));
}

function wholeNumber(text: string): number | undefined {
  return /^\d+$/.test(text) ? Number(text) : undefined;
}
