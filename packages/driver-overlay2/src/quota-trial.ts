import { join } from 'node:path';
import {
  assignProject,
  closeFile,
  createFile,
  isErrno,
  limitProject,
  makeDirectory,
  projectOf,
  writeBytes,
} from '@graphdriver/host';
import { claimProject, FIRST_PROJECT, isWithoutProjects } from './project-ids.ts';

/**
 * What a file system does with projects: has `none`; `keeps` which directory belongs to which, so that their numbers must agree where files
 * are renamed; or `limits` what a project takes, also when this process writes.
 */
export type ProjectAbility = 'none' | 'keeps' | 'limits';

const LIMIT = 64 * 1024;

/** Tries in a directory of its own whether a limit holds. Leaves no limit behind. Costs a few system calls, and writing 256 KiB where there is quota. */
export function tryProjects(room: string): ProjectAbility {
  const directory = join(room, 'project');
  makeDirectory(directory, 0o700);
  try {
    assignProject(directory, FIRST_PROJECT, { inherit: true });
    assignProject(directory, 0, { inherit: false });
  } catch (error) {
    if (isWithoutProjects(error)) return 'none';
    throw error;
  }
  return limitHolds(directory) ? 'limits' : 'keeps';
}

function limitHolds(directory: string): boolean {
  try {
    const project = claimProject(directory);
    try {
      assignProject(directory, project, { inherit: true });
      limitProject(directory, project, { softBytes: LIMIT, hardBytes: LIMIT });
      return isRefused(join(directory, 'filling'));
    } finally {
      limitProject(directory, projectOf(directory), { softBytes: 0, hardBytes: 0 });
    }
  } catch (error) {
    if (isWithoutProjects(error)) return false;
    throw error;
  }
}

/**
 * ext4 has limits but holds nobody to them who has CAP_SYS_RESOURCE; so the one question is what happens to us. xfs refuses the file
 * already, because it reserves for it what making one takes at worst.
 */
function isRefused(path: string): boolean {
  try {
    fill(path);
    return false;
  } catch (error) {
    if (isErrno(error, 'ENOSPC', 'EDQUOT')) return true;
    throw error;
  }
}

function fill(path: string): void {
  const file = createFile(path, 0o600);
  try {
    writeBytes(file, Buffer.alloc(4 * LIMIT, 'x'));
  } finally {
    closeFile(file);
  }
}
