import { closeSync } from 'node:fs';
import type { FileNode } from './nodes.ts';

/** So many have a descriptor each, in each mount. */
const MOST = 16;

/**
 * Large files of lower branches that nobody has open any more, while the kernel could still read them itself: who opens one of them again
 * costs no system call. Four are saved, two when it was closed, which took a tenth of a millisecond after a rest.
 *
 * Only files of branches that nobody writes to: of others the blocks would stay in use when they are removed.
 */
export class LingeringFiles {
  /** Ends the kernel's own way to a file; without a mount there is none. */
  closeBacking: (backingId: number) => void = () => undefined;
  /** Oldest first. */
  readonly #files = new Set<FileNode>();

  /** Keeps a file that was just closed ready. It takes the place of the one that was closed first. */
  keep(node: FileNode): void {
    this.#files.add(node);
    if (this.#files.size <= MOST) return;
    for (const oldest of this.#files) {
      this.end(oldest);
      return;
    }
  }

  /** Somebody opens it again. */
  resume(node: FileNode): void {
    this.#files.delete(node);
  }

  /** Closes it, if it was kept: it was copied up, or the kernel has forgotten it. */
  end(node: FileNode): void {
    if (this.#files.delete(node)) this.close(node);
  }

  /** Closes what the kernel and we have of a file that nobody has open. */
  close(node: FileNode): void {
    if (node.backing > 0) this.closeBacking(node.backing);
    if (node.fd >= 0) closeSync(node.fd);
    node.backing = 0;
    node.fd = -1;
  }
}
