import type { Quota } from './layer.ts';

/**
 * Refuses option objects with keys that nobody reads, so that a misspelt option is an error and not a silent default.
 *
 * @throws {TypeError} naming the unknown keys and the known ones.
 */
export function refuseUnknownKeys(options: object | undefined, known: readonly string[], what: string): void {
  if (options === undefined) return;
  if (options === null || typeof options !== 'object') throw new TypeError(`The options of ${what} are an object.`);
  const unknown = Object.keys(options).filter((key) => !known.includes(key));
  if (unknown.length === 0) return;
  throw new TypeError(`${what} has no option ${unknown.join(', ')}; it takes ${known.join(', ') || 'none'}.`);
}

/**
 * Refuses what is not a quota: `bytes` is a positive whole number.
 *
 * @throws {TypeError}
 */
export function assertQuota(quota: unknown): asserts quota is Quota {
  const bytes = typeof quota === 'object' && quota !== null && 'bytes' in quota ? quota.bytes : undefined;
  if (bytes !== undefined) refuseUnknownKeys(quota as object, ['bytes'], 'a quota'); // It has `bytes`, so it is one.
  if (typeof bytes === 'number' && Number.isSafeInteger(bytes) && bytes > 0) return;
  throw new TypeError('A quota is an object whose `bytes` is a positive whole number.');
}
