/** What a layer id looks like: 1 to 128 characters, the first a letter or digit, none that needs quoting in a path. */
export const LAYER_ID_PATTERN: RegExp = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$/;

/** Tells whether `id` is a layer id. Case matters, and drivers keep two ids that differ only in case apart. */
export function isLayerId(id: unknown): id is string {
  return typeof id === 'string' && LAYER_ID_PATTERN.test(id);
}

/**
 * Refuses what is not a layer id.
 *
 * @throws {TypeError} with what an id looks like.
 */
export function assertLayerId(id: unknown, what = 'layer id'): asserts id is string {
  if (isLayerId(id)) return;
  throw new TypeError(
    `A ${what} is 1 to 128 of the characters A-Z a-z 0-9 _ . - and starts with a letter or digit; got ${JSON.stringify(id)}.`,
  );
}

/**
 * Refuses what is not the name of a holder: the grammar is that of layer ids.
 *
 * @throws {TypeError}
 */
export function assertHolderName(name: unknown): asserts name is string {
  assertLayerId(name, 'holder name');
}
