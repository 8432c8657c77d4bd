/** A directory on a file system of its own kind. */
export interface Place {
  /** As in `ext4`, or `xfs in a file`. */
  readonly label: string;
  readonly directory: string;
  readonly filesystem: string;
  readonly loop: boolean;
}
