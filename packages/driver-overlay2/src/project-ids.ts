import { assignProject, isErrno, type ProjectQuota, readProjectQuota } from '@graphdriver/host';

/** Far above what people write into /etc/projid and what other engines count up from there; the kernel takes 32 bits, we keep one away. */
export const FIRST_PROJECT = 0x4000_0000;
const LAST_PROJECT = 0x7fff_fffe;

/** What {@link claimProject} needs of the kernel. */
export interface ProjectCalls {
  assign(directory: string, project: number): void;
  read(directory: string, project: number): Pick<ProjectQuota, 'inodes'>;
}

const KERNEL: ProjectCalls = {
  assign: (directory, project) => assignProject(directory, project, { inherit: false }),
  read: readProjectQuota,
};

/** The projects before this were in use when this process last looked. */
let next = FIRST_PROJECT;

/**
 * Puts a directory under a project that nobody else on its file system has, and returns its number.
 *
 * There are no books: a project is in use as long as a file belongs to it, and the kernel counts those. A number with no file is
 * taken first and then looked at again; when by then the directory is not alone, somebody else took it at the same time, and both
 * go on to other numbers. So it does not matter how many processes, roots and engines share the file system, nor what a crash leaves.
 *
 * Costs four system calls, and in a new process one more for every project in use. Numbers are reused, lowest first, because
 * xfs never gives back the block that it once made for a number's record.
 */
export function claimProject(directory: string, calls: ProjectCalls = KERNEL, from: number = next): number {
  for (let project = from; project <= LAST_PROJECT; project += 1) {
    if (calls.read(directory, project).inodes > 0) continue;
    calls.assign(directory, project);
    if (calls.read(directory, project).inodes === 1) {
      next = project + 1;
      return project;
    }
    calls.assign(directory, 0);
    // Whoever else has just met us here looks at the next number, too.
    project += Math.floor(Math.random() * 8);
  }
  if (from > FIRST_PROJECT) return claimProject(directory, calls, FIRST_PROJECT);
  throw new RangeError('All project numbers are in use.');
}

/** Tells the file systems that have no projects, or none for us, from a disk that fails. */
export function isWithoutProjects(error: unknown): boolean {
  return isErrno(error, 'ENOTTY', 'EOPNOTSUPP', 'ENOTSUP', 'EINVAL', 'EPERM', 'ENOSYS', 'ESRCH');
}
