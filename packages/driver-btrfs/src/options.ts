import { resolve } from 'node:path';
import {
  checkSettings,
  type DriverSettings,
  type MountRoute,
  type OpenOptions,
  refuseUnknownKeys,
  type SettingSpec,
} from '@graphdriver/core';

/** What can be set when a root is opened for the first time. */
export const SETTINGS: readonly SettingSpec[] = [
  {
    key: 'quota',
    values: ['off', 'on'],
    summary:
      'Lets layers have a quota, which counts what a layer alone takes: its difference from its parent. ' +
      'Switches quotas on for the whole file system, which makes writing and removing snapshots slower for all who use it.',
  },
];

/** {@link OpenOptions} after a look at them: the root absolute, nothing left open. */
export interface CheckedOptions {
  readonly root: string;
  readonly mountWith: MountRoute;
  readonly settings: DriverSettings;
}

const ROUTES: readonly MountRoute[] = ['auto', 'syscall', 'command'];

/** @throws {TypeError} for what are no options of this driver */
export function checkOptions(options: OpenOptions): CheckedOptions {
  refuseUnknownKeys(options, ['root', 'mountWith', 'settings'], 'btrfs');
  // A call from JavaScript may give anything, or nothing.
  const { root, mountWith = 'auto', settings }: Partial<OpenOptions> = options ?? {};
  if (typeof root !== 'string' || root === '' || root.includes('\0'))
    throw new TypeError('The root is the path of a directory.');
  if (!ROUTES.includes(mountWith)) throw new TypeError(`mountWith is one of ${ROUTES.join(', ')}.`);
  return Object.freeze({ root: resolve(root), mountWith, settings: checkSettings(settings, SETTINGS, 'btrfs') });
}
