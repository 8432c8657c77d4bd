import type { DriverSettings, OpenOptions, SettingSpec } from '@graphdriver/core';
import { type CheckedOptions, checkOpenOptions } from '@graphdriver/driver-kit';
import { kernelAtLeast } from '@graphdriver/host';

/** What can be set when a root is opened for the first time. */
export const SETTINGS: readonly SettingSpec[] = [
  {
    key: 'passthrough',
    values: ['on', 'off'],
    summary:
      'With `on` the kernel (Linux 6.9) reads and writes large files itself, and who has a file open keeps seeing it as it was before its first write; with `off` every open file sees every write, and large files take several times as long.',
  },
  {
    key: 'cache_entries',
    values: null,
    summary:
      'How many names and files the daemon remembers of all that is mounted, at most 8 MiB for 10,000, beside what is in use; 200000 unless ' +
      'set, 1000 at least. Beyond it, the kernel (Linux 6.18) is asked to forget the oldest, which then are looked up anew.',
  },
];

const DEFAULT_ENTRIES = 200_000;
const FEWEST_ENTRIES = 1000;

/** How many entries the daemon may remember, given a root's settings. */
export function cacheEntriesOf(settings: DriverSettings): number {
  return Number(settings['cache_entries'] ?? DEFAULT_ENTRIES);
}

/** As every driver's, and the number of entries is one. @throws {TypeError} for what are no options of this driver */
export function checkOptions(options: OpenOptions): CheckedOptions {
  const checked = checkOpenOptions(options, { driver: 'aufs', known: SETTINGS });
  const { cache_entries: entries = `${DEFAULT_ENTRIES}` } = checked.settings;
  if (/^[1-9][0-9]{0,8}$/.test(entries) && Number(entries) >= FEWEST_ENTRIES) return checked;
  throw new TypeError(`The setting cache_entries of aufs is a whole number of at least ${FEWEST_ENTRIES}.`);
}

/** Whether files are handed to the kernel, given a root's settings. */
export function wantsPassthrough(settings: DriverSettings): boolean {
  return settings['passthrough'] !== 'off' && kernelAtLeast(6, 9);
}
