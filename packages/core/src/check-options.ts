import type { DriverSettings, SettingSpec } from './driver-module.ts';
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

/**
 * Refuses settings that a driver does not know, and returns those that were given.
 *
 * @throws {TypeError} naming the unknown setting, or the values that a known one takes.
 */
export function checkSettings(
  settings: DriverSettings | undefined,
  known: readonly SettingSpec[],
  driver: string,
): DriverSettings {
  refuseUnknownKeys(
    settings,
    known.map(({ key }) => key),
    `settings of ${driver}`,
  );
  for (const { key, values } of known) {
    const value: unknown = settings?.[key];
    if (value === undefined) continue;
    if (typeof value !== 'string') throw new TypeError(`The setting ${key} of ${driver} is a string.`);
    if (values !== null && !values.includes(value))
      throw new TypeError(`The setting ${key} of ${driver} is one of ${values.join(', ')}.`);
  }
  return Object.freeze({ ...settings });
}
