import { chmodCases } from './chmod.ts';
import { chownCases } from './chown.ts';
import { linkCases } from './link.ts';
import { mkdirCases } from './mkdir.ts';
import { mkfifoCases, mknodCases } from './mknod.ts';
import { openCases } from './open.ts';
import type { PosixCase } from './posix-case.ts';
import { renameCases } from './rename.ts';
import { renameDirectoryCases } from './rename-directory.ts';
import { renameFlagCases, renamePermissionCases } from './rename-permission.ts';
import { rmdirCases } from './rmdir.ts';
import { symlinkCases } from './symlink.ts';
import { truncateCases } from './truncate.ts';
import { unlinkCases } from './unlink.ts';
import { utimensatCases } from './utimensat.ts';
import { writeCases } from './write.ts';
import { xattrCases } from './xattr.ts';

/** All cases, call by call. */
export const allPosixCases: readonly PosixCase[] = [
  ...chmodCases,
  ...chownCases,
  ...linkCases,
  ...mkdirCases,
  ...mkfifoCases,
  ...mknodCases,
  ...openCases,
  ...renameCases,
  ...renameDirectoryCases,
  ...renamePermissionCases,
  ...renameFlagCases,
  ...rmdirCases,
  ...symlinkCases,
  ...truncateCases,
  ...unlinkCases,
  ...utimensatCases,
  ...writeCases,
  ...xattrCases,
];
