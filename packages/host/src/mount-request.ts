import type { FilePath } from './file-path.ts';

/** Restrictions of one mount, whatever the files in it say. */
export type MountFlag = 'ro' | 'nosuid' | 'nodev' | 'noexec';

/** One option of a file system: `['upperdir', path]`, `['volatile']`. */
export type MountOption = readonly [key: string, value?: FilePath];

/** A mount to be made. */
export interface MountRequest {
  /** As in `overlay`, `tmpfs`. */
  readonly type: string;
  /** A device, or any word where the type has none. */
  readonly source: FilePath;
  /** An existing directory. */
  readonly target: FilePath;
  readonly flags?: readonly MountFlag[];
  /**
   * In order. Values are given as they are: the route escapes them. `lowerdir` may come several times, once per lower layer,
   * the top one first, and as often as the kernel allows (500).
   */
  readonly options?: readonly MountOption[];
  /** Looked at before the call: a mount is too short to be broken off. */
  readonly signal?: AbortSignal;
}

/** Makes and takes away mounts. All failures are `StorageError`s. */
export interface Mounter {
  readonly route: 'syscall' | 'command';
  /** Mounts, or leaves nothing mounted. @throws {StorageError} `PERMISSION_DENIED`, `PREREQUISITE_MISSING`, `SYSTEM_CALL_FAILED`, `COMMAND_FAILED` */
  mount(request: MountRequest): Promise<void>;
  /**
   * Shows the directory `source` at `target` too, without what is mounted beneath it, and with `flags` beside those that the
   * mount of `source` has already. The new mount is private. Leaves nothing mounted when it fails.
   */
  bind(source: FilePath, target: FilePath, flags?: readonly MountFlag[]): Promise<void>;
  /**
   * Takes away what is mounted at `target`, the uppermost where several are. Nothing mounted is no error.
   * `detach` takes it away at once even while it is used; open files stay usable. Runs in another thread, for it may write back much.
   *
   * @throws {StorageError} `LAYER_IN_USE` while files in it are open
   */
  unmount(target: FilePath, options?: UnmountOptions): Promise<void>;
}

/** Options of {@link Mounter.unmount}. */
export interface UnmountOptions {
  readonly detach?: boolean;
}
