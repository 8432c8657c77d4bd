import type { Capabilities } from '@graphdriver/core';

/** Layers and mounts as another program keeps them, while it runs. Disposing ends it and takes away what it has mounted. */
export interface Peer extends AsyncDisposable {
  /** Makes a writable layer on a committed one, or on nothing. */
  create(id: string, parent: string | null): Promise<void>;
  /** Mounts it, and returns where. */
  mount(id: string): Promise<string>;
  unmount(id: string): Promise<void>;
  /** Unpacks an archive without whiteouts into a writable layer that is not mounted. */
  apply(id: string, archive: AsyncIterable<Uint8Array>): Promise<void>;
  /** Makes a writable layer one that others can stand on. */
  commit(id: string): Promise<void>;
  remove(id: string): Promise<void>;
}

/** Another program that keeps layers, and one way to drive it. */
export interface PeerKind {
  /** As in `docker:overlay2`, and `docker:overlay2:cli` by its command. */
  readonly name: string;
  /** How it is driven, and what of a first write is on the disk when it returns, in full sentences. */
  readonly summary: string;
  readonly copyOnWrite: Capabilities['copyOnWrite'];
  /** The greatest number of layers in a chain; `null` for none of its own. */
  readonly maxDepth: number | null;
  /** The programs without which it does not run. */
  readonly programs: readonly string[];
  /** The file system that it needs, where it needs one. */
  readonly filesystem?: string;
  /** Why it cannot run on this machine, as a sentence, or `null`; nothing is in its way unless given. */
  refusal?(): string | null;
  /** Starts it with everything that it keeps below `root`, an existing directory. Nothing of the host's own is touched. */
  start(root: string): Promise<Peer>;
}
