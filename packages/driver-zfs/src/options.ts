import type { OpenOptions, SettingSpec } from '@graphdriver/core';
import { type CheckedOptions, checkOpenOptions } from '@graphdriver/driver-kit';
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

/** As every driver's, and the name of the dataset is one. @throws {TypeError} for what are no options of this driver */
export function checkOptions(options: OpenOptions): CheckedOptions {
  const checked = checkOpenOptions(options, { driver: 'zfs', known: SETTINGS });
  if (checked.settings['fsname'] !== undefined) checkName(checked.settings['fsname']);
  return checked;
}

function checkName(fsname: string): void {
  try {
    assertDatasetName(fsname);
  } catch (error) {
    if (!isZfsError(error)) throw error;
    throw new TypeError(`The setting fsname of zfs is the name of a dataset: ${error.message}`);
  }
}
