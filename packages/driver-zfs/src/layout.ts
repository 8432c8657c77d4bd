import { join } from 'node:path';

/**
 * Every path that the driver uses under its root beside those of the kit:
 *
 *     <root>/key             a symbolic link to eight random hexadecimal digits: what the names of the root's datasets start with
 *     <root>/datasets/<id>   the layer's dataset is mounted here for as long as it takes to bind it elsewhere; there means: it was made
 *     <root>/mnt/<id>        where the layer is mounted while somebody holds it
 *     <root>/views/<name>    where a layer is mounted while it is measured or changed by the driver itself
 *     <root>/views/.locks    who mounts, and which views are in use
 *
 * The files of layers lie in the pool: see {@link DatasetNames}.
 */
export class ZfsLayout {
  readonly root: string;

  constructor(root: string) {
    this.root = root;
  }

  /** The directories that hold something of each layer, by their names under the root. */
  static readonly rooms: readonly string[] = ['datasets', 'mnt', 'views'];

  static readonly keyName = 'key';

  room(name: string): string {
    return join(this.root, name);
  }

  get key(): string {
    return join(this.root, ZfsLayout.keyName);
  }

  dataset(id: string): string {
    return join(this.root, 'datasets', id);
  }

  mountpoint(id: string): string {
    return join(this.root, 'mnt', id);
  }

  get views(): string {
    return join(this.root, 'views');
  }

  view(name: string): string {
    return join(this.root, 'views', name);
  }

  get locks(): string {
    return join(this.root, 'views', '.locks');
  }
}
