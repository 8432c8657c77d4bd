import type { SettingSpec } from '@graphdriver/core';

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
