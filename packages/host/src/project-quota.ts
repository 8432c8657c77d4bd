import { closeSync, constants, openSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { cString } from './c-string.ts';
import { errnoError, isErrno } from './errno.ts';
import { faultPoint } from './fault-point.ts';
import { type FilePath, pathBytes } from './file-path.ts';
import { makeNode, unlinkFile } from './files.ts';
import { checked, lastErrno, libc, SYSCALL_NUMBERS } from './libc.ts';
import {
  DISK_QUOTA_SIZE,
  encodeLimits,
  FSXATTR_SIZE,
  type ProjectQuota,
  parseDiskQuota,
  projectOfAttributes,
  withProject,
} from './quota-records.ts';

const GET_ATTRIBUTES = 0x801c581f;
const SET_ATTRIBUTES = 0x401c5820;

const GET_QUOTA = 0x5803;
const SET_LIMITS = 0x5804;
const PROJECT_QUOTA = 2;

const ENOSYS = 38;

/** A device node of this name may be left by a crash, on kernels that ask for one; it takes no block of the disk. */
const DEVICE_NODE = '.quota-device';

/** Set when the kernel turns out to be older than quotactl_fd(2). */
let asksForDevice = false;

/**
 * The project that a directory or regular file belongs to: 0 for none, and where the file system has no projects. Costs some 5 µs.
 */
export function projectOf(path: FilePath): number {
  return withOpened(path, (fd) => {
    const attributes = Buffer.alloc(FSXATTR_SIZE);
    return libc().ioctl(fd, GET_ATTRIBUTES, attributes) < 0 ? 0 : projectOfAttributes(attributes);
  });
}

/**
 * Puts a directory under a project. With `inherit` everything that is made in it from now on belongs to the project, too, and the kernel
 * refuses to rename or link files of another project into it (EXDEV); what is in it already stays as it was.
 *
 * Fails with ENOTTY, EOPNOTSUPP or EINVAL where the file system has no projects, or none with so high a number.
 */
export function assignProject(path: FilePath, project: number, { inherit }: { readonly inherit: boolean }): void {
  faultPoint('setproject', path);
  withOpened(path, (fd) => {
    const attributes = Buffer.alloc(FSXATTR_SIZE);
    checked('FS_IOC_FSGETXATTR', libc().ioctl(fd, GET_ATTRIBUTES, attributes), path);
    checked('FS_IOC_FSSETXATTR', libc().ioctl(fd, SET_ATTRIBUTES, withProject(attributes, project, inherit)), path);
  });
}

/**
 * Reads what a project takes on the file system of `directory`. Privileged. Costs a system call and opening the directory.
 *
 * Fails with ENOSYS or ESRCH where project quota is not switched on there.
 */
export function readProjectQuota(directory: FilePath, project: number): ProjectQuota {
  const record = Buffer.alloc(DISK_QUOTA_SIZE);
  try {
    quotactl(directory, GET_QUOTA, project, record);
  } catch (error) {
    // xfs keeps no record of a project that has neither files nor limits.
    if (!isErrno(error, 'ENOENT')) throw error;
  }
  return parseDiskQuota(record);
}

/** Sets the limits of a project on the file system of `directory`, in bytes, rounded up to 512; 0 takes a limit away. Privileged. */
export function limitProject(
  directory: FilePath,
  project: number,
  limits: Pick<ProjectQuota, 'softBytes' | 'hardBytes'>,
): void {
  faultPoint('setquota', directory);
  quotactl(directory, SET_LIMITS, project, encodeLimits(project, limits.softBytes, limits.hardBytes));
}

function quotactl(directory: FilePath, command: number, project: number, record: Buffer): void {
  withOpened(directory, (fd) => {
    const operation = ((command << 8) | PROJECT_QUOTA) >>> 0;
    if (!asksForDevice) {
      if (libc().quotactlFd(SYSCALL_NUMBERS.quotactlFd, fd, operation, project, record) >= 0) return;
      const errno = lastErrno();
      if (errno !== ENOSYS || knowsQuotactlFd()) throw errnoError('quotactl_fd', errno, directory);
      asksForDevice = true;
    }
    withDevice(directory, (device) =>
      checked('quotactl', libc().quotactl(operation, cString(device), project, record), directory),
    );
  });
}

/** ENOSYS also says that the file system has no quota. A kernel that knows the call says EBADF of a descriptor that is none. */
function knowsQuotactlFd(): boolean {
  libc().quotactlFd(SYSCALL_NUMBERS.quotactlFd, -1, 0, 0, Buffer.alloc(8));
  return lastErrno() !== ENOSYS;
}

/** Before Linux 5.14 the kernel wants the path of the block device, for which nothing in /dev can be relied on in a container. */
function withDevice(directory: FilePath, use: (device: Buffer) => void): void {
  const path = Buffer.from(join(pathBytes(directory).toString('latin1'), DEVICE_NODE), 'latin1');
  removeNode(path); // What a crash may have left.
  makeNode(path, constants.S_IFBLK | 0o600, statSync(directory).dev);
  try {
    use(path);
  } finally {
    removeNode(path);
  }
}

function removeNode(path: Buffer): void {
  try {
    unlinkFile(path);
  } catch (error) {
    if (!isErrno(error, 'ENOENT')) throw error;
  }
}

function withOpened<T>(path: FilePath, use: (fd: number) => T): T {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    return use(fd);
  } finally {
    closeSync(fd);
  }
}
