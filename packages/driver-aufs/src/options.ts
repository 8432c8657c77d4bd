import { resolve } from 'node:path';
import {
  checkSettings,
  type DriverSettings,
  type MountRoute,
  type OpenOptions,
  refuseUnknownKeys,
  type SettingSpec,
} from '@graphdriver/core';
import { kernelAtLeast } from '@graphdriver/host';

/** What can be set when a root is opened for the first time. */
export const SETTINGS: readonly SettingSpec[] = [
  {
    key: 'passthrough',
    values: ['on', 'off'],
    summary:
      'With `on` the kernel (Linux 6.9) reads and writes large files itself, and who has a file open keeps seeing it as it was before its first write; with `off` every open file sees every write, and large files take several times as long.',
  },
];

/** Whether files are handed to the kernel, given a root's settings. */
export function wantsPassthrough(settings: DriverSettings): boolean {
  return settings['passthrough'] !== 'off' && kernelAtLeast(6, 9);
}

/** {@link OpenOptions} after a look at them: the root absolute, nothing left open. */
export interface CheckedOptions {
  readonly root: string;
  readonly mountWith: MountRoute;
  readonly settings: DriverSettings;
}

const ROUTES: readonly MountRoute[] = ['auto', 'syscall', 'command'];

/** @throws {TypeError} for what are no options of this driver */
export function checkOptions(options: OpenOptions): CheckedOptions {
  refuseUnknownKeys(options, ['root', 'mountWith', 'settings'], 'aufs');
  // A call from JavaScript may give anything, or nothing.
  const { root, mountWith = 'auto', settings }: Partial<OpenOptions> = options ?? {};
  if (typeof root !== 'string' || root === '' || root.includes('\0'))
    throw new TypeError('The root is the path of a directory.');
  if (!ROUTES.includes(mountWith)) throw new TypeError(`mountWith is one of ${ROUTES.join(', ')}.`);
  return Object.freeze({ root: resolve(root), mountWith, settings: checkSettings(settings, SETTINGS, 'aufs') });
}
