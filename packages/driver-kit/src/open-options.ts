import { resolve } from 'node:path';
import {
  checkSettings,
  type MountRoute,
  type OpenOptions,
  refuseUnknownKeys,
  type SettingSpec,
} from '@graphdriver/core';

/** The options of `open` and `probe` after a look at them: the root absolute, nothing left open. */
export type CheckedOptions = Readonly<Required<OpenOptions>>;

/** A driver, as far as its options go. */
export interface OptionsRequest {
  readonly driver: string;
  /** What a root of the driver can be made with; nothing where it is left out. */
  readonly known?: readonly SettingSpec[];
}

const ROUTES: readonly MountRoute[] = ['auto', 'syscall', 'command'];

/**
 * Checks what a driver's `open` or `probe` was given, and fills it in. Looks at nothing but the options: what a root was made with is
 * told by `settingsOf`.
 *
 * @throws {TypeError} for unknown options, what is no path, what is no route, and what are no settings of the driver
 */
export function checkOpenOptions(options: OpenOptions, { driver, known = [] }: OptionsRequest): CheckedOptions {
  refuseUnknownKeys(options, ['root', 'mountWith', 'settings'], driver);
  // A call from JavaScript may give anything, or nothing.
  const { root, mountWith = 'auto', settings }: Partial<OpenOptions> = options ?? {};
  const path = absoluteRoot(root);
  if (!ROUTES.includes(mountWith)) throw new TypeError(`mountWith is one of ${ROUTES.join(', ')}.`);
  return Object.freeze({ root: path, mountWith, settings: checkSettings(settings, known, driver) });
}

/** @throws {TypeError} for what is no path */
export function absoluteRoot(root: unknown): string {
  if (typeof root === 'string' && root !== '' && !root.includes('\0')) return resolve(root);
  throw new TypeError('The root is the path of a directory.');
}
