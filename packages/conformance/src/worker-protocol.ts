import {
  isStorageError,
  type OpenOptions,
  StorageError,
  type StorageErrorCode,
  type StorageErrorOptions,
} from '@graphdriver/core';

/** What a worker is started with, as JSON in its one argument. */
export interface WorkerConfig {
  /** A `file:` URL or package name, and the name of the export that is the driver's module. */
  readonly specifier: string;
  readonly export: string;
  readonly options: OpenOptions;
}

/** One line to the worker. */
export interface WorkerRequest {
  readonly id: number;
  readonly method: string;
  readonly args: readonly unknown[];
}

/** One line from the worker. The answer to request 0, which nobody makes, says that the root is open or why not. */
export interface WorkerAnswer {
  readonly id: number;
  readonly value?: unknown;
  readonly error?: EncodedError;
}

/** An error as it travels. */
export interface EncodedError {
  readonly name: string;
  readonly message: string;
  readonly code?: string;
  readonly hint?: string;
}

/** Replaces byte arrays by `{ $bytes: base64 }`, at any depth, so that a value can travel as JSON. */
export function encodeValue(value: unknown): unknown {
  if (value instanceof Uint8Array) return { $bytes: Buffer.from(value).toString('base64') };
  if (Array.isArray(value)) return value.map(encodeValue);
  if (value !== null && typeof value === 'object') {
    return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, encodeValue(entry)]));
  }
  return value;
}

/** Undoes {@link encodeValue}. */
export function decodeValue(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(decodeValue);
  if (value === null || typeof value !== 'object') return value;
  if ('$bytes' in value && typeof value.$bytes === 'string') return Buffer.from(value.$bytes, 'base64');
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, decodeValue(entry)]));
}

/** An error as JSON: storage errors keep code and hint, all keep name and message. */
export function encodeError(error: unknown): EncodedError {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error) };
  const plain = { name: error.name, message: error.message };
  if (!isStorageError(error)) return plain;
  return { ...plain, code: error.code, ...(error.hint === undefined ? {} : { hint: error.hint }) };
}

/** An error like the one that {@link encodeError} was given. */
export function decodeError(encoded: EncodedError): Error {
  if (encoded.name === 'StorageError' && encoded.code !== undefined) {
    const options: StorageErrorOptions = encoded.hint === undefined ? {} : { hint: encoded.hint };
    return new StorageError(encoded.code as StorageErrorCode, encoded.message, options); // A newer driver's code may be unknown here.
  }
  const error = encoded.name === 'TypeError' ? new TypeError(encoded.message) : new Error(encoded.message);
  error.name = encoded.name;
  return error;
}
