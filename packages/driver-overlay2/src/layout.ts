import { join } from 'node:path';
import { isLayerId } from '@graphdriver/core';

/** The one id that is also the name of a directory of the driver's own, and what its layer's directory is called: no id starts like that. */
const TAKEN = 'l';
const INSTEAD = '_l';

/**
 * Where everything of this driver lies, which is where Docker's overlay2 has it. Every path under the root is made here.
 *
 *     root/
 *       l/
 *         <NAME>     a symbolic link to `../<id>/diff` of a committed layer
 *       <id>/
 *         diff/      the layer's own files: what overlay calls the upper directory, and for its children a lower one
 *         lower      `l/<NAME>` of all layers underneath, top to bottom, parted by colons; a hard link to the parent's `committed`
 *         link       the layer's NAME, from its commit on
 *         committed  `l/<NAME>` of the layer itself and of all underneath, from its commit on: what is `lower` of its children
 *         work/      scratch space of the kernel, on the same file system as `diff`, there while the layer is held
 *         merged/    the mountpoint, there while the layer is held
 *         described  empty; there once others were told how to mount the layer, so that `work` stays for them
 *         incoming/  what `diff` is about to be exchanged with, while an archive is applied; garbage at any other time
 *       .graphdriver/    the books, which are the driver kit's
 *
 * Layer ids cannot start with a dot or an underscore, so that nothing of the driver's own is ever taken for a layer. The layer `l` lies in `_l`.
 */
export class Overlay2Layout {
  readonly root: string;

  constructor(root: string) {
    this.root = root;
  }

  layer(id: string): string {
    return join(this.root, folderOf(id));
  }

  diff(id: string): string {
    return join(this.root, folderOf(id), 'diff');
  }

  work(id: string): string {
    return join(this.root, folderOf(id), 'work');
  }

  merged(id: string): string {
    return join(this.root, folderOf(id), 'merged');
  }

  incoming(id: string): string {
    return join(this.root, folderOf(id), 'incoming');
  }

  described(id: string): string {
    return join(this.root, folderOf(id), 'described');
  }

  link(id: string): string {
    return join(this.root, folderOf(id), 'link');
  }

  lower(id: string): string {
    return join(this.root, folderOf(id), 'lower');
  }

  committed(id: string): string {
    return join(this.root, folderOf(id), 'committed');
  }

  /** The directory of short names. */
  get names(): string {
    return join(this.root, TAKEN);
  }

  /** The path that a short name gives a layer's own files. */
  named(name: string): string {
    return join(this.root, TAKEN, name);
  }

  /** What the link of a short name says. */
  target(id: string): string {
    return `../${folderOf(id)}/diff`;
  }

  /** Whose {@link target} this is, or `undefined` where it is nobody's. */
  idOfTarget(target: string): string | undefined {
    const folder = /^\.\.\/([^/]+)\/diff$/.exec(target)?.[1];
    return folder === undefined ? undefined : this.idOfFolder(folder);
  }

  /** Whose directory under the root has this name, or `undefined` where it is no layer's. */
  idOfFolder(name: string): string | undefined {
    if (name === INSTEAD) return TAKEN;
    return name !== TAKEN && isLayerId(name) ? name : undefined;
  }

  /** The driver kit's directory. */
  get books(): string {
    return join(this.root, '.graphdriver');
  }
}

function folderOf(id: string): string {
  return id === TAKEN ? INSTEAD : id;
}
