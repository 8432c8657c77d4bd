import { resolve } from 'node:path';
import {
  checkSettings,
  type DriverSettings,
  type MountRoute,
  type OpenOptions,
  refuseUnknownKeys,
  type SettingSpec,
} from '@graphdriver/core';
import { assertDatasetName, isZfsError } from '@graphdriver/zfs-cli-wrapper';

/** What can be set when a root is opened for the first time. */
export const SETTINGS: readonly SettingSpec[] = [
  {
    key: 'fsname',
    values: null,
    summary:
      'The dataset under which those of the layers are made, as in tank/layers; it must be there. ' +
      'The dataset that the root lies on unless it is given.',
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
  refuseUnknownKeys(options, ['root', 'mountWith', 'settings'], 'zfs');
  // A call from JavaScript may give anything, or nothing.
  const { root, mountWith = 'auto', settings }: Partial<OpenOptions> = options ?? {};
  if (typeof root !== 'string' || root === '' || root.includes('\0'))
    throw new TypeError('The root is the path of a directory.');
  if (!ROUTES.includes(mountWith)) throw new TypeError(`mountWith is one of ${ROUTES.join(', ')}.`);
  const checked = checkSettings(settings, SETTINGS, 'zfs');
  if (checked['fsname'] !== undefined) checkName(checked['fsname']);
  return Object.freeze({ root: resolve(root), mountWith, settings: checked });
}

function checkName(fsname: string): void {
  try {
    assertDatasetName(fsname);
  } catch (error) {
    if (!isZfsError(error)) throw error;
    throw new TypeError(`The setting fsname of zfs is the name of a dataset: ${error.message}`);
  }
}
