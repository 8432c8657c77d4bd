import { join } from 'node:path';

/**
 * Every path that the driver uses under its root beside those of the kit:
 *
 *     <root>/subvolumes/<id>   the layer's whole view: a subvolume, read-only once it is committed
 *     <root>/quotas/<id>       the layer's quota in bytes, as text; absent without one
 *     <root>/incoming/<id>     a subvolume that is being put together, to take the place of the layer's; garbage at any other time
 *     <root>/mnt/<id>          where the layer is mounted while somebody holds it
 *
 * The first two are where Docker's driver has them.
 */
export class BtrfsLayout {
  readonly root: string;

  constructor(root: string) {
    this.root = root;
  }

  /** The directories that hold something of each layer, by their names under the root. */
  static readonly rooms: readonly string[] = ['subvolumes', 'quotas', 'incoming', 'mnt'];

  room(name: string): string {
    return join(this.root, name);
  }

  subvolume(id: string): string {
    return join(this.root, 'subvolumes', id);
  }

  quota(id: string): string {
    return join(this.root, 'quotas', id);
  }

  incoming(id: string): string {
    return join(this.root, 'incoming', id);
  }

  mountpoint(id: string): string {
    return join(this.root, 'mnt', id);
  }
}
