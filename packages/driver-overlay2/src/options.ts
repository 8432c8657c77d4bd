import type { DriverSettings, SettingSpec } from '@graphdriver/core';
import { type CheckedOptions, settingsOf, storedSettings } from '@graphdriver/driver-kit';

/** What a root of this driver can be made with. */
export const OVERLAY2_SETTINGS: readonly SettingSpec[] = [
  {
    key: 'redirect_dir',
    values: ['off', 'on'],
    summary:
      'With `on` a directory of a lower layer can be renamed; diffs then walk whole views, because redirects make a layer unreadable by itself.',
  },
  {
    key: 'userxattr',
    values: ['off', 'on'],
    summary:
      'With `on` overlay keeps its marks in user.overlay.*; a root that is made in a user namespace has it, because nothing else works there.',
  },
];

/** How a root is to be mounted, as far as its owner has a say in it. */
export interface OverlaySettings {
  readonly redirects: boolean;
  /** `null`: whichever the kernel allows. */
  readonly userxattr: boolean | null;
}

/**
 * The settings of a root that is there, or those that it is to be made with.
 *
 * @throws {StorageError} `UNSUPPORTED` for others than it was made with; `NEWER_FORMAT`, `CORRUPT_ROOT`
 */
export function overlaySettings({ root, settings }: CheckedOptions): OverlaySettings {
  const found = settingsOf({ driver: 'overlay2', root, settings, known: OVERLAY2_SETTINGS });
  const isMade = storedSettings(root) !== undefined;
  return readSettings(found, isMade);
}

/** What settings mean; where `isMade`, what they leave out is off. */
export function readSettings(settings: DriverSettings, isMade: boolean): OverlaySettings {
  const { redirect_dir: redirects, userxattr } = settings;
  return {
    redirects: redirects === 'on',
    userxattr: userxattr === undefined && !isMade ? null : userxattr === 'on',
  };
}
