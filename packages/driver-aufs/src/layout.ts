import { join } from 'node:path';

/**
 * Where everything of this driver lies; the first three are where Docker's aufs driver had them.
 *
 *     root/
 *       layers/<id>      the ids of the layers underneath, one a line, the direct parent first
 *       diff/<id>/       the layer's own files: a branch in AUFS's format
 *       mnt/<id>/        the mountpoint, there while the layer is held
 *       work/<id>/       what is being made for the layer, while it is held; garbage at any other time
 *       incoming/<id>/   what `diff` is about to be exchanged with, while an archive is applied; garbage at any other time
 *       .aufs/           the daemon's socket, lock and log
 *       .graphdriver/    the books, which are the driver kit's
 */
export class AufsLayout {
  /** The directories that hold something of each layer, by their names under the root. */
  static readonly rooms: readonly string[] = ['layers', 'diff', 'mnt', 'work', 'incoming'];
  readonly root: string;

  constructor(root: string) {
    this.root = root;
  }

  room(name: string): string {
    return join(this.root, name);
  }

  layers(id: string): string {
    return join(this.root, 'layers', id);
  }

  diff(id: string): string {
    return join(this.root, 'diff', id);
  }

  mountpoint(id: string): string {
    return join(this.root, 'mnt', id);
  }

  work(id: string): string {
    return join(this.root, 'work', id);
  }

  incoming(id: string): string {
    return join(this.root, 'incoming', id);
  }

  /** The daemon's own directory. */
  get daemon(): string {
    return join(this.root, '.aufs');
  }
}
