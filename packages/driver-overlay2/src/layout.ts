import { join } from 'node:path';

/**
 * Where everything of this driver lies. Every path under the root is made here.
 *
 *     root/
 *       <id>/
 *         diff/      the layer's own files: what overlay calls the upper directory, and for its children a lower one
 *         work/      scratch space of the kernel, on the same file system as `diff`; made for the first mount, gone at commit
 *         merged/    the mountpoint, there while the layer is held
 *         incoming/  what `diff` is about to be exchanged with, while an archive is applied; garbage at any other time
 *       .graphdriver/    the books, which are the driver kit's
 *
 * Layer ids cannot start with a dot, so nothing of the driver's own is ever taken for a layer.
 */
export class Overlay2Layout {
  readonly root: string;

  constructor(root: string) {
    this.root = root;
  }

  layer(id: string): string {
    return join(this.root, id);
  }

  diff(id: string): string {
    return join(this.root, id, 'diff');
  }

  work(id: string): string {
    return join(this.root, id, 'work');
  }

  merged(id: string): string {
    return join(this.root, id, 'merged');
  }

  incoming(id: string): string {
    return join(this.root, id, 'incoming');
  }

  /** The driver kit's directory. */
  get books(): string {
    return join(this.root, '.graphdriver');
  }
}
