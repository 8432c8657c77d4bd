import type { CallOptions } from './layer.ts';

/** One range of a user namespace's map: `size` ids from `containerId` inside are those from `hostId` outside. */
export interface IdMapRange {
  readonly containerId: number;
  readonly hostId: number;
  readonly size: number;
}

/** How ids are shown inside a mount. */
export interface IdMap {
  readonly uid: readonly IdMapRange[];
  readonly gid: readonly IdMapRange[];
}

/** How a layer is to be mounted. */
export interface MountOptions extends CallOptions {
  /** Every write fails with EROFS. A committed layer is always mounted like this. */
  readonly readOnly?: boolean;
  /** Set-user-id and set-group-id bits have no effect. */
  readonly nosuid?: boolean;
  /** Device files cannot be opened. */
  readonly nodev?: boolean;
  /** Nothing can be executed. */
  readonly noexec?: boolean;
  /** Faster, and without any promise after a crash of the host: what was written may then be gone or half there. */
  readonly volatile?: boolean;
  readonly idMap?: IdMap;
  /** An SELinux label for every file of the mount. */
  readonly mountLabel?: string;
}

/** Options of {@link LayerDriver.get}. */
export interface GetOptions extends MountOptions {
  /**
   * The name of a persistent lease: it outlives this process and the host's next boot, until `put` names it.
   * Without it the holder is this process, and what it holds is released when it ends, however it ends.
   */
  readonly holder?: string;
}

/** Options of {@link LayerDriver.put} and {@link Mount.put}. */
export interface PutOptions {
  /**
   * Takes the mount away even while files in it are open. They stay usable, and writable where they were: the layer
   * can then change after a commit. Without it such a mount stays, held, and `put` fails with `LAYER_IN_USE`.
   */
  readonly detach?: boolean;
}

/** A held layer, at a path. Give it back with `put`, or by `await using`. */
export interface Mount extends AsyncDisposable {
  readonly id: string;
  /** An absolute path to the root directory of the layer's view. */
  readonly path: string;
  readonly readOnly: boolean;
  /** The lease's name, or `null` for this process. */
  readonly holder: string | null;
  /**
   * Gives the layer back; the last one to do so unmounts it, also in other mount namespaces that have got a copy of the mount.
   * Repeating it does nothing. @throws {StorageError} `LAYER_IN_USE`
   */
  put(options?: PutOptions): Promise<void>;
}

/** Somebody who holds a layer. */
export interface Holder {
  /** A lease's name, or `null` for a process. */
  readonly name: string | null;
  /** The process that took it, alive or not; `null` where that is not known. */
  readonly pid: number | null;
  /** False for the hold of a process that has ended, which healing will release. Leases are always live. */
  readonly live: boolean;
}

/** One call of mount(8): `mount -t type -o options source TARGET`. */
export interface MountDescription {
  readonly type: string;
  readonly source: string;
  readonly options: readonly string[];
}

/**
 * How somebody else can mount a layer, uncounted.
 *
 * `portable`: a mount that any process with the rights can make, in another namespace or a virtual machine that sees the same
 * files; it stays valid as long as the layer exists and keeps its kind.
 * `live`: a bind of a mount that must be held by `get` for as long as it is used.
 * Nothing protects an undeclared user: mount a writable layer twice and its data is lost, so hold it with a lease as well.
 */
export interface MountPlan {
  readonly sharing: 'portable' | 'live';
  readonly mounts: readonly MountDescription[];
}
