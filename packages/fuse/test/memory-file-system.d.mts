import type { FileSystem, Session } from '../src/index.ts';

/** Every method of a file system, on maps and buffers. */
export class MemoryFileSystem implements Required<Omit<FileSystem, 'access' | 'ioctl' | 'syncfs'>> {
  constructor(options?: { readonly timeout?: number });
  readonly session: Session;
  readonly destroyed: number;
  readonly forgotten: readonly number[];
  readonly handles: ReadonlyMap<number, unknown>;
  init: NonNullable<FileSystem['init']>;
  destroy: NonNullable<FileSystem['destroy']>;
  lookup: NonNullable<FileSystem['lookup']>;
  forget: NonNullable<FileSystem['forget']>;
  getattr: NonNullable<FileSystem['getattr']>;
  setattr: NonNullable<FileSystem['setattr']>;
  readlink: NonNullable<FileSystem['readlink']>;
  mknod: NonNullable<FileSystem['mknod']>;
  mkdir: NonNullable<FileSystem['mkdir']>;
  symlink: NonNullable<FileSystem['symlink']>;
  unlink: NonNullable<FileSystem['unlink']>;
  rmdir: NonNullable<FileSystem['rmdir']>;
  rename: NonNullable<FileSystem['rename']>;
  link: NonNullable<FileSystem['link']>;
  open: NonNullable<FileSystem['open']>;
  create: NonNullable<FileSystem['create']>;
  tmpfile: NonNullable<FileSystem['tmpfile']>;
  read: NonNullable<FileSystem['read']>;
  write: NonNullable<FileSystem['write']>;
  flush: NonNullable<FileSystem['flush']>;
  release: NonNullable<FileSystem['release']>;
  fsync: NonNullable<FileSystem['fsync']>;
  fallocate: NonNullable<FileSystem['fallocate']>;
  lseek: NonNullable<FileSystem['lseek']>;
  copyFileRange: NonNullable<FileSystem['copyFileRange']>;
  opendir: NonNullable<FileSystem['opendir']>;
  readdir: NonNullable<FileSystem['readdir']>;
  readdirplus: NonNullable<FileSystem['readdirplus']>;
  releasedir: NonNullable<FileSystem['releasedir']>;
  fsyncdir: NonNullable<FileSystem['fsyncdir']>;
  statfs: NonNullable<FileSystem['statfs']>;
  setxattr: NonNullable<FileSystem['setxattr']>;
  getxattr: NonNullable<FileSystem['getxattr']>;
  listxattr: NonNullable<FileSystem['listxattr']>;
  removexattr: NonNullable<FileSystem['removexattr']>;
  getlk: NonNullable<FileSystem['getlk']>;
  setlk: NonNullable<FileSystem['setlk']>;
}
