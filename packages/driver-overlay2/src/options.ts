import { resolve } from 'node:path';
import { type MountRoute, type OpenOptions, refuseUnknownKeys } from '@graphdriver/core';

/** {@link OpenOptions} after a look at them: the root absolute, nothing left open. */
export type CheckedOptions = Readonly<Required<OpenOptions>>;

const ROUTES: readonly MountRoute[] = ['auto', 'syscall', 'command'];

/** @throws {TypeError} for what are no options of this driver */
export function checkOptions(options: OpenOptions): CheckedOptions {
  refuseUnknownKeys(options, ['root', 'mountWith'], 'overlay2');
  // A call from JavaScript may give anything, or nothing.
  const { root, mountWith = 'auto' }: Partial<OpenOptions> = options ?? {};
  if (typeof root !== 'string' || root === '' || root.includes('\0'))
    throw new TypeError('The root is the path of a directory.');
  if (!ROUTES.includes(mountWith)) throw new TypeError(`mountWith is one of ${ROUTES.join(', ')}.`);
  return Object.freeze({ root: resolve(root), mountWith });
}
