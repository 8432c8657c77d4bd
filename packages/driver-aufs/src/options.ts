import type { DriverSettings, SettingSpec } from '@graphdriver/core';
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
