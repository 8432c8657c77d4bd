import { readFileSync } from 'node:fs';
import { isErrno } from '@graphdriver/host';
import { StoreError } from '../store-error.ts';

/** Tells whether a value that was read from a file is what a field must be. */
export type FieldCheck = (value: unknown) => boolean;

export const isString: FieldCheck = (value) => typeof value === 'string';
export const isNumber: FieldCheck = (value) => typeof value === 'number';
export const isBoolean: FieldCheck = (value) => typeof value === 'boolean';

export function nullOr(check: FieldCheck): FieldCheck {
  return (value) => value === null || check(value);
}

export function optional(check: FieldCheck): FieldCheck {
  return (value) => value === undefined || check(value);
}

export function oneOf(...words: readonly string[]): FieldCheck {
  return (value) => words.some((word) => word === value);
}

export function listOf(check: FieldCheck): FieldCheck {
  return (value) => Array.isArray(value) && value.every(check);
}

/** What every field of an object must be. All fields of `T` are named, so that none is forgotten. */
export type Shape<T> = Readonly<Record<keyof T, FieldCheck>>;

/** Tells whether a value is an object whose fields are all as they must be. */
export function hasShape<T>(value: unknown, shape: Shape<T>): value is T {
  if (typeof value !== 'object' || value === null) return false;
  const fields: Readonly<Record<string, unknown>> = { ...value };
  return Object.entries<FieldCheck>(shape).every(([name, check]) => check(fields[name]));
}

/**
 * Reads one of the small records of a container's run; `undefined` where the file does not exist.
 *
 * Checked by hand: a schema library takes longer to load than a container to start, and monitors are many.
 *
 * @throws {StoreError} `CORRUPT_STORE`
 */
export function readRecord<T>(path: string, shape: Shape<T>): T | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined;
    throw error;
  }
  const value = parseJson(text);
  if (hasShape<T>(value, shape)) return value;
  throw new StoreError('CORRUPT_STORE', `${path} is not what was written there.`, { details: { path } });
}

/** The value that a JSON text stands for; `undefined` where it is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
