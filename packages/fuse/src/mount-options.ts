import type { MountRoute } from '@graphdriver/core';
import type { FilePath, MountFlag } from '@graphdriver/host';
import type { OperationCounter } from './counters.ts';
import type { SessionOptions } from './features.ts';
import type { Session, SessionParameters } from './session.ts';

/** Options of {@link FuseServer}. */
export interface ServerOptions {
  /** Told of every defect of a file system: an error that is no errno, which the program sees as EIO. Written to stderr unless told. */
  readonly onError?: (error: unknown, operation: string) => void;
  /**
   * For how many milliseconds the thread waits for the next request before it goes back to the event loop. 1 unless told.
   * 0 leaves all waiting to the event loop: a request that comes alone then takes longer by what a turn of it takes.
   */
  readonly linger?: number;
  /**
   * For how many microseconds of that the thread looks for the next request without sleeping, as long as most requests come so soon.
   * 100 unless told, which a processor of its own has to be there for; 0 where there is one processor.
   */
  readonly spin?: number;
  /** After how many milliseconds of requests without a pause the event loop has its turn. 4 unless told. */
  readonly slice?: number;
}

/** A mount to be made. */
export interface MountOptions extends SessionOptions {
  /** An existing directory. Only its owner may mount there, as fuse(4) has it. */
  readonly target: FilePath;
  /** What stands in the mount table as the device. `graphdriver` unless told. */
  readonly source?: string;
  /** What stands there behind `fuse.`. Nothing unless told. */
  readonly subtype?: string;
  readonly flags?: readonly MountFlag[];
  /** Others than the user that mounts may look in. Off. */
  readonly allowOther?: boolean;
  /** The kernel checks modes and owners, and `access` is not asked. On: without it everybody may do everything that a method lets pass. */
  readonly defaultPermissions?: boolean;
  readonly mountWith?: MountRoute;
}

/** What another process needs to go on serving a mount. */
export interface Takeover extends SessionOptions {
  /** An inherited descriptor of /dev/fuse. */
  readonly device: number;
  /** What its `handover` gave. `undefined` where it had not even agreed with the kernel. */
  readonly parameters: SessionParameters | undefined;
  /** Where it is mounted, for {@link FuseMount.unmount}. */
  readonly target: FilePath;
}

/** A mount that this process serves. */
export interface FuseMount extends AsyncDisposable {
  readonly target: FilePath;
  readonly session: Session;
  /** The descriptor of /dev/fuse. Who keeps a copy of it keeps the mount alive when this process dies. */
  readonly device: number;
  /** Resolves when it is unmounted or given up. Never rejects. */
  readonly ended: Promise<void>;
  /** How many requests wait for an answer that was promised. */
  readonly pending: number;
  /** What has been asked, by kind. */
  counters(): Readonly<Record<string, Readonly<OperationCounter>>>;
  /**
   * Unmounts, and resolves when all is over. With `detach` it takes the mount away even while files are open, which go on until they
   * are closed: `ended` then resolves. Disposing detaches and does not wait for them: they fail with ENOTCONN.
   *
   * @throws {StorageError} `LAYER_IN_USE` while files are open
   */
  unmount(options?: { readonly detach?: boolean }): Promise<void>;
  /** Stops serving and keeps the mount: requests wait until another process, or this one, takes over. Nothing must be promised then. */
  handover(): SessionParameters;
  /** Ends the connection at once, if no other process has it: every open file fails with ENOTCONN. The dead mount stays to be unmounted. */
  abort(): void;
}
