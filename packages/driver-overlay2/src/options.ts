import { resolve } from 'node:path';
import {
  checkSettings,
  type DriverSettings,
  type MountRoute,
  type OpenOptions,
  refuseUnknownKeys,
  type SettingSpec,
} from '@graphdriver/core';
import { settingsOf, storedSettings } from '@graphdriver/driver-kit';

/** {@link OpenOptions} after a look at them: the root absolute, nothing left open. */
export type CheckedOptions = Readonly<Required<OpenOptions>>;

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

const ROUTES: readonly MountRoute[] = ['auto', 'syscall', 'command'];

/** @throws {TypeError} for what are no options of this driver */
export function checkOptions(options: OpenOptions): CheckedOptions {
  refuseUnknownKeys(options, ['root', 'mountWith', 'settings'], 'overlay2');
  // A call from JavaScript may give anything, or nothing.
  const { root, mountWith = 'auto', settings }: Partial<OpenOptions> = options ?? {};
  if (typeof root !== 'string' || root === '' || root.includes('\0'))
    throw new TypeError('The root is the path of a directory.');
  if (!ROUTES.includes(mountWith)) throw new TypeError(`mountWith is one of ${ROUTES.join(', ')}.`);
  const checked = checkSettings(settings, OVERLAY2_SETTINGS, 'overlay2');
  return Object.freeze({ root: resolve(root), mountWith, settings: checked });
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
