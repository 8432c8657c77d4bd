import { resolve } from 'node:path';
import { checkSettings, type DriverSettings, type SettingSpec, StorageError } from '@graphdriver/core';
import { bookLayout } from './book-layout.ts';
import { type RootFormat, readFormat } from './root-format.ts';

/** Which settings a root has is asked by a driver, with what it knows and what it was given. */
export interface SettingsRequest {
  readonly driver: string;
  readonly root: string;
  readonly settings: DriverSettings | undefined;
  readonly known: readonly SettingSpec[];
}

/**
 * The settings that a root was made with; `undefined` where no driver has made it yet. Changes nothing and loads nothing.
 *
 * @throws {StorageError} `NEWER_FORMAT`, `CORRUPT_ROOT`
 */
export function storedSettings(root: string): DriverSettings | undefined {
  return readFormat(bookLayout(resolve(root)))?.settings;
}

/**
 * The settings that hold for a root: those it was made with, or what is given where it is not made yet. What nobody has ever said is
 * left out: the driver's own word then counts, which for a root that is there must be the default.
 *
 * @throws {TypeError} for what are no settings of the driver
 * @throws {StorageError} `UNSUPPORTED` for others than the root was made with; `NEWER_FORMAT`, `CORRUPT_ROOT`
 */
export function settingsOf(request: SettingsRequest): DriverSettings {
  const { driver, root, known } = request;
  const given = checkSettings(request.settings, known, driver);
  const format = readFormat(bookLayout(resolve(root)));
  // Another driver's root is refused by whoever opens it, with better words.
  if (format === undefined || format.driver !== driver) return given;
  refuseUnknownSettings(format, known, root);
  refuseOtherSettings(given, format, known, root);
  return format.settings;
}

/** Settings last, because the layers of a root were made by them. @throws {StorageError} `UNSUPPORTED` */
export function refuseOtherSettings(
  given: DriverSettings,
  format: RootFormat,
  known: readonly SettingSpec[],
  root: string,
): void {
  for (const [key, value] of Object.entries(given)) {
    const stored = format.settings[key] ?? known.find((spec) => spec.key === key)?.values?.[0];
    // A call from JavaScript may name a setting and give none.
    if (value === undefined || value === stored) continue;
    const has = stored === undefined ? `no ${key}` : `${key}=${stored}`;
    throw new StorageError('UNSUPPORTED', `${root} was made with ${has}, and keeps it: ${key}=${value} is refused.`, {
      hint: 'Open it without the setting, or make another root with it and move the layers there by diff and applyDiff.',
      details: { root, key, stored, given: value },
    });
  }
}

function refuseUnknownSettings(format: RootFormat, known: readonly SettingSpec[], root: string): void {
  const unknown = Object.keys(format.settings).find((key) => !known.some((spec) => spec.key === key));
  if (unknown === undefined) return;
  throw new StorageError('NEWER_FORMAT', `${root} was made with the setting ${unknown}, which is not known here.`, {
    hint: 'Use the release that made it.',
    details: { root, key: unknown },
  });
}
