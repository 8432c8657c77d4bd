import type { OverlayNotation } from './branch-notation.ts';
import type { Tree } from './tree.ts';

/** Where an archive is unpacked to, and how a deletion is written down there. */
export interface UnpackTarget {
  /** Absolute path of the directory that becomes, or holds, the layer's tree. Nothing is written outside it. */
  readonly root: string;
  /**
   * `remove`: `root` shows the whole view, and a whiteout deletes the file it names.
   * `overlay`: `root` is an overlay upper directory; a whiteout becomes a character device 0:0 and an opaque directory gets the
   * `trusted.overlay.opaque` attribute.
   * `overlay-user`: the same with `user.overlay.opaque`, for mounts with `userxattr`.
   */
  readonly whiteouts: 'remove' | OverlayNotation;
  /**
   * The view underneath an `overlay` target, or `null`. Parents that the archive does not bring take their mode, owner, times and
   * attributes from here, a hard link's target is copied up from here, and a parent that is a symbolic link here is refused.
   */
  readonly lower: Tree | null;
}
