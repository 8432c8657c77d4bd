import { createRequire } from 'node:module';
import { StorageError } from '@graphdriver/core';
import { errnoError } from './errno.ts';
import type { FilePath } from './file-path.ts';

// koffi is CommonJS, takes 12 ms to load and only pays where a system call is made: hence neither an import nor top-level code.
type Koffi = typeof import('koffi');
type CString = Buffer | null;

/** The system calls that Node lacks. All return what C returns; a negative number goes through {@link checked} at once. */
export interface Libc {
  readonly utimensat: (directory: number, path: CString, times: Buffer, flags: number) => number;
  readonly futimens: (fd: number, times: Buffer) => number;
  readonly mknod: (path: CString, mode: number, rdev: number) => number;
  readonly renameat2: (fromDirectory: number, from: CString, toDirectory: number, to: CString, flags: number) => number;
  readonly fchmodat2: (number: number, directory: number, path: CString, mode: number, flags: number) => number;
  readonly fchmodat: (directory: number, path: CString, mode: number, flags: number) => number;
  readonly openat: (directory: number, path: CString, flags: number, mode: number) => number;
  readonly openat2: (number: number, directory: number, path: CString, how: Buffer, size: number) => number;
  readonly mkdirat: (directory: number, path: CString, mode: number) => number;
  readonly mknodat: (directory: number, path: CString, mode: number, rdev: number) => number;
  readonly symlinkat: (target: CString, directory: number, path: CString) => number;
  readonly readlinkat: (directory: number, path: CString, target: Buffer, size: number) => number;
  readonly linkat: (fromDirectory: number, from: CString, toDirectory: number, to: CString, flags: number) => number;
  readonly unlinkat: (directory: number, path: CString, flags: number) => number;
  readonly fchownat: (directory: number, path: CString, uid: number, gid: number, flags: number) => number;
  readonly getdents64: (fd: number, entries: Buffer, size: number) => number;
  readonly listxattr: (path: CString, list: Buffer | null, size: number) => number;
  readonly getxattr: (path: CString, name: CString, value: Buffer | null, size: number) => number;
  readonly setxattr: (path: CString, name: CString, value: Buffer, size: number, flags: number) => number;
  readonly removexattr: (path: CString, name: CString) => number;
  readonly flistxattr: (fd: number, list: Buffer | null, size: number) => number;
  readonly fgetxattr: (fd: number, name: CString, value: Buffer | null, size: number) => number;
  readonly fsetxattr: (fd: number, name: CString, value: Buffer, size: number, flags: number) => number;
  readonly fremovexattr: (fd: number, name: CString) => number;
  readonly fallocate: (fd: number, mode: number, offset: number, length: number) => number;
  readonly llistxattr: (path: CString, list: Buffer | null, size: number) => number;
  readonly lgetxattr: (path: CString, name: CString, value: Buffer | null, size: number) => number;
  readonly lsetxattr: (path: CString, name: CString, value: Buffer, size: number, flags: number) => number;
  readonly lremovexattr: (path: CString, name: CString) => number;
  readonly statx: (directory: number, path: CString, flags: number, mask: number, result: Buffer) => number;
  readonly fcntl: (fd: number, command: number, argument: Buffer) => number;
  readonly ioctl: (fd: number, request: number, argument: Buffer) => number;
  readonly ioctlNumber: (fd: number, request: number, argument: number) => number;
  readonly lseek: (fd: number, offset: number, whence: number) => number;
  readonly copyFileRange: (
    from: number,
    fromOffset: Buffer,
    to: number,
    toOffset: Buffer,
    size: number,
    flags: number,
  ) => number;
  readonly syncFileRange: (fd: number, offset: number, length: number, flags: number) => number;
  readonly chdir: (path: CString) => number;
  readonly fchdir: (fd: number) => number;
  readonly mount: (source: CString, target: CString, type: CString, flags: number, data: CString) => number;
  readonly umount2: (target: CString, flags: number) => number;
  readonly fsopen: (number: number, type: CString, flags: number) => number;
  readonly fsconfig: (
    number: number,
    fd: number,
    command: number,
    key: CString,
    value: CString,
    extra: number,
  ) => number;
  readonly fsmount: (number: number, fd: number, flags: number, attributes: number) => number;
  readonly moveMount: (
    number: number,
    fromFd: number,
    from: CString,
    toFd: number,
    to: CString,
    flags: number,
  ) => number;
  readonly openTree: (number: number, directory: number, path: CString, flags: number) => number;
  readonly mountSetattr: (
    number: number,
    directory: number,
    path: CString,
    flags: number,
    attributes: Buffer,
    size: number,
  ) => number;
  readonly syncfs: (fd: number) => number;
  readonly read: (fd: number, into: Buffer, size: number) => number;
  readonly write: (fd: number, bytes: Buffer, size: number) => number;
  readonly epollCreate: (flags: number) => number;
  readonly epollCtl: (epoll: number, operation: number, fd: number, event: Buffer) => number;
  readonly epollWait: (epoll: number, events: Buffer, count: number, milliseconds: number) => number;
  readonly clockGettime: (clock: number, time: Buffer) => number;
  readonly quotactl: (command: number, device: CString, id: number, record: Buffer) => number;
  readonly quotactlFd: (number: number, fd: number, command: number, id: number, record: Buffer) => number;
  readonly pipe2: (ends: Buffer, flags: number) => number;
  readonly closeRange: (number: number, first: number, last: number, flags: number) => number;
  readonly pidfdOpen: (number: number, pid: number, flags: number) => number;
  readonly pidfdGetfd: (number: number, process: number, fd: number, flags: number) => number;
  readonly pidfdSendSignal: (number: number, fd: number, signal: number, info: null, flags: number) => number;
  readonly truncate: (path: CString, size: number) => number;
  readonly capget: (header: Buffer, data: Buffer) => number;
  readonly capset: (header: Buffer, data: Buffer) => number;
  readonly setThreadIds: (number: number, real: number, effective: number, saved: number) => number;
  readonly setThreadGroups: (number: number, count: number, groups: Buffer) => number;
}

// The prototypes, word for word: a wrong one does not fail but corrupts memory. Variadic functions are bound once per use with
// the types that their arguments really have; syscall(2) takes longs. All of them are 64-bit Linux, glibc 2.33 or musl 1.2.3.
const PROTOTYPES: Readonly<Record<keyof Libc, string>> = {
  utimensat: 'int utimensat(int, const void *, const void *, int)',
  futimens: 'int futimens(int, const void *)',
  mknod: 'int mknod(const void *, uint32_t, uint64_t)',
  renameat2: 'int renameat2(int, const void *, int, const void *, uint32_t)',
  fchmodat2: 'int64_t syscall(int64_t, int64_t, const void *, int64_t, int64_t)',
  fchmodat: 'int fchmodat(int, const void *, uint32_t, int)',
  openat: 'int openat(int, const void *, int, uint32_t)',
  openat2: 'int64_t syscall(int64_t, int64_t, const void *, void *, int64_t)',
  mkdirat: 'int mkdirat(int, const void *, uint32_t)',
  mknodat: 'int mknodat(int, const void *, uint32_t, uint64_t)',
  symlinkat: 'int symlinkat(const void *, int, const void *)',
  readlinkat: 'int64_t readlinkat(int, const void *, void *, size_t)',
  linkat: 'int linkat(int, const void *, int, const void *, int)',
  unlinkat: 'int unlinkat(int, const void *, int)',
  fchownat: 'int fchownat(int, const void *, uint32_t, uint32_t, int)',
  getdents64: 'int64_t getdents64(int, void *, size_t)',
  listxattr: 'int64_t listxattr(const void *, void *, size_t)',
  getxattr: 'int64_t getxattr(const void *, const void *, void *, size_t)',
  setxattr: 'int setxattr(const void *, const void *, const void *, size_t, int)',
  removexattr: 'int removexattr(const void *, const void *)',
  flistxattr: 'int64_t flistxattr(int, void *, size_t)',
  fgetxattr: 'int64_t fgetxattr(int, const void *, void *, size_t)',
  fsetxattr: 'int fsetxattr(int, const void *, const void *, size_t, int)',
  fremovexattr: 'int fremovexattr(int, const void *)',
  fallocate: 'int fallocate(int, int, int64_t, int64_t)',
  llistxattr: 'int64_t llistxattr(const void *, void *, size_t)',
  lgetxattr: 'int64_t lgetxattr(const void *, const void *, void *, size_t)',
  lsetxattr: 'int lsetxattr(const void *, const void *, const void *, size_t, int)',
  lremovexattr: 'int lremovexattr(const void *, const void *)',
  statx: 'int statx(int, const void *, int, uint32_t, void *)',
  fcntl: 'int fcntl(int, int, void *)',
  ioctl: 'int ioctl(int, uint64_t, void *)',
  ioctlNumber: 'int ioctl(int, uint64_t, int64_t)',
  lseek: 'int64_t lseek(int, int64_t, int)',
  copyFileRange: 'int64_t copy_file_range(int, void *, int, void *, size_t, uint32_t)',
  syncFileRange: 'int sync_file_range(int, int64_t, int64_t, uint32_t)',
  chdir: 'int chdir(const void *)',
  fchdir: 'int fchdir(int)',
  mount: 'int mount(const void *, const void *, const void *, uint64_t, const void *)',
  umount2: 'int umount2(const void *, int)',
  fsopen: 'int64_t syscall(int64_t, const void *, int64_t)',
  fsconfig: 'int64_t syscall(int64_t, int64_t, int64_t, const void *, const void *, int64_t)',
  fsmount: 'int64_t syscall(int64_t, int64_t, int64_t, int64_t)',
  moveMount: 'int64_t syscall(int64_t, int64_t, const void *, int64_t, const void *, int64_t)',
  openTree: 'int64_t syscall(int64_t, int64_t, const void *, int64_t)',
  mountSetattr: 'int64_t syscall(int64_t, int64_t, const void *, int64_t, const void *, int64_t)',
  syncfs: 'int syncfs(int)',
  read: 'int64_t read(int, void *, size_t)',
  write: 'int64_t write(int, const void *, size_t)',
  epollCreate: 'int epoll_create1(int)',
  epollCtl: 'int epoll_ctl(int, int, int, void *)',
  epollWait: 'int epoll_wait(int, void *, int, int)',
  clockGettime: 'int clock_gettime(int, void *)',
  quotactl: 'int quotactl(uint32_t, const void *, int, void *)',
  quotactlFd: 'int64_t syscall(int64_t, int64_t, int64_t, int64_t, void *)',
  pipe2: 'int pipe2(void *, int)',
  closeRange: 'int64_t syscall(int64_t, int64_t, int64_t, int64_t)',
  pidfdOpen: 'int64_t syscall(int64_t, int64_t, int64_t)',
  pidfdGetfd: 'int64_t syscall(int64_t, int64_t, int64_t, int64_t)',
  pidfdSendSignal: 'int64_t syscall(int64_t, int64_t, int64_t, void *, int64_t)',
  truncate: 'int truncate(const void *, int64_t)',
  capget: 'int capget(void *, void *)',
  capset: 'int capset(void *, void *)',
  setThreadIds: 'int64_t syscall(int64_t, int64_t, int64_t, int64_t)',
  setThreadGroups: 'int64_t syscall(int64_t, int64_t, const void *)',
};

/** Numbers for the `number` argument of those calls that go through syscall(2); the same on every architecture. */
export const SYSCALL_NUMBERS = {
  pidfdSendSignal: 424,
  openTree: 428,
  moveMount: 429,
  fsopen: 430,
  fsconfig: 431,
  fsmount: 432,
  pidfdOpen: 434,
  pidfdGetfd: 438,
  closeRange: 436,
  openat2: 437,
  mountSetattr: 442,
  quotactlFd: 443,
  fchmodat2: 452,
} as const;

/** For the calls that take a directory: relative paths start at the current directory. */
export const AT_FDCWD = -100;

let koffi: Koffi | undefined;
let bound: Libc | undefined;
let refusal: unknown;

/**
 * The system calls, bound at the first use (12 ms) and kept.
 *
 * @throws {StorageError} `PREREQUISITE_MISSING` where koffi cannot be loaded
 */
export function libc(): Libc {
  return bound ?? bind();
}

/** koffi itself, for what is no call of a function in libc. Loaded at the first use. @throws {StorageError} `PREREQUISITE_MISSING` */
export function nativeCalls(): Koffi {
  libc();
  // `libc` has set it, or has thrown.
  return koffi as Koffi;
}

/** Why system calls do not work in this process, or `undefined` where they do. */
export function libcRefusal(): unknown {
  if (bound === undefined && refusal === undefined) {
    try {
      bind();
    } catch (error) {
      refusal = error;
    }
  }
  return refusal;
}

function bind(): Libc {
  try {
    // The type of a CommonJS module's exports is not known to `require`.
    const loaded = createRequire(import.meta.url)('koffi') as Koffi;
    const process = loaded.load(null);
    const calls = Object.entries(PROTOTYPES).map(([name, prototype]) => [name, process.func(prototype)]);
    koffi = loaded;
    // Object.fromEntries loses the keys' type; PROTOTYPES has exactly those of Libc.
    bound = Object.fromEntries(calls) as Libc;
    return bound;
  } catch (error) {
    throw new StorageError('PREREQUISITE_MISSING', 'System calls cannot be made from here, for koffi did not load.', {
      hint: 'Install koffi with its prebuilt part for this platform (64-bit Linux).',
      cause: error,
    });
  }
}

/** The errno of the call that has just failed: ask before anything else runs. */
export function lastErrno(): number {
  return koffi === undefined ? 0 : koffi.errno();
}

/** Throws the errno error of a call that has just returned `result`, where that is negative; else returns it. */
export function checked(call: string, result: number, path?: FilePath): number {
  if (result < 0) throw errnoError(call, lastErrno(), path);
  return result;
}

/** A function as koffi binds it: callable at once, or in a thread of the pool. */
interface Asynchronous {
  async(...args: unknown[]): void;
}

/**
 * Runs one of the calls in a thread of Node's pool and resolves with its result. Buffers must not be those of `cString`.
 *
 * @throws the errno error
 */
export function inThread<N extends keyof Libc>(
  name: N,
  call: string,
  args: Parameters<Libc[N]>,
  path?: FilePath,
): Promise<number> {
  // Every bound function has `async`; the interface leaves it out to stay readable.
  const bound = libc()[name] as unknown as Asynchronous;
  return new Promise((resolve, reject) => {
    bound.async(...args, (error: Error | null, result: number) => {
      // koffi restores the thread's errno just before this callback.
      if (error === null && result < 0) reject(errnoError(call, lastErrno(), path));
      else if (error === null) resolve(result);
      else reject(error);
    });
  });
}
