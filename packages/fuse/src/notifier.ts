/**
 * Tells the kernel, without being asked, that what it remembers is wrong. It is done when the method returns.
 *
 * Never from within a method that holds what the kernel holds: it locks the directory (`entry`, `remove`) or waits for pages that are
 * being read or written (`inode` with a range), and would wait for this very server. From a timer or after the answer is right.
 *
 * Each answers whether the kernel knew what it was told about; it is no error that it did not.
 */
export interface Notifier {
  /** Forget the attributes of a node, and its pages from `offset` on: `length` of them, 0 for all. A negative offset spares the pages. */
  inode(node: number, offset?: number, length?: number): boolean;
  /** Forget a name, or with `expire` only ask anew at its next use (and keep what is mounted or open beneath). */
  entry(parent: number, name: string, options?: { readonly expire?: boolean }): boolean;
  /** A name is gone, and it was `node`: watchers (inotify) are told. */
  remove(parent: number, node: number, name: string): boolean;
  /** Put data into the page cache of a node. */
  store(node: number, offset: number, data: Uint8Array): boolean;
  /** Send again every request that some process has taken and not answered: for who takes a mount over. Linux 6.9. */
  resend(): boolean;
  /** All names were remembered before now: ask anew for each. Linux 6.16. */
  newEpoch(): boolean;
  /**
   * Forget nodes that nobody uses. Each that goes comes back as a `forget`; what is open, mounted upon, somebody's current directory or
   * above something that is remembered stays. Unlike all others it is done in another thread, which may wait for this server, and so may
   * be called at any time. Answers `false` where the kernel cannot, as none before Linux 6.18 can. Never rejects.
   */
  prune(nodes: readonly number[]): Promise<boolean>;
}
