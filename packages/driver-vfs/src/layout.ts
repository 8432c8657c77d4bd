import { join } from 'node:path';

/**
 * Every path that the driver uses under its root beside those of the kit:
 *
 *     <root>/<id>/fs        the layer's whole view, as a directory tree
 *     <root>/<id>/next      a tree that is being put together, to take the place of `fs`
 *     <root>/<id>/last      the tree that `fs` was, where the file system cannot exchange two names
 *     <root>/<id>/pristine  an empty file that says that nobody has written into `fs` since it was made
 *     <root>/<id>/mnt       where `fs` is mounted while somebody holds the layer
 */
export class VfsLayout {
  readonly root: string;

  constructor(root: string) {
    this.root = root;
  }

  layer(id: string): string {
    return join(this.root, id);
  }

  files(id: string): string {
    return join(this.root, id, 'fs');
  }

  next(id: string): string {
    return join(this.root, id, 'next');
  }

  last(id: string): string {
    return join(this.root, id, 'last');
  }

  pristine(id: string): string {
    return join(this.root, id, 'pristine');
  }

  mountpoint(id: string): string {
    return join(this.root, id, 'mnt');
  }
}
