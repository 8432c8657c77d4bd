import { realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import { isErrno } from '@graphdriver/host';

/** Where the folder of a store really is. */
export interface RootPlace {
  /** As it was given, absolute. */
  readonly path: string;
  /** Without symbolic links; the same where there is nothing yet. */
  readonly realPath: string;
  /** A symbolic link leads there, as where somebody has moved a root by hand. Everything works through it. */
  readonly isLinked: boolean;
}

/** Looks where the folder `root` of a store really is. It need not exist. */
export function rootPlace(root: string): RootPlace {
  const path = resolve(root);
  const realPath = realPathOf(path);
  return { path, realPath, isLinked: realPath !== path };
}

/** What does not exist yet will be below what does. */
function realPathOf(path: string): string {
  try {
    return realpathSync.native(path);
  } catch (error) {
    if (!isErrno(error, 'ENOENT')) throw error;
    const slash = path.lastIndexOf('/');
    const parent = realPathOf(path.slice(0, slash) || '/');
    return `${parent === '/' ? '' : parent}${path.slice(slash)}`;
  }
}
