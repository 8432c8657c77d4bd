/** How a request is told from others, and whether another daemon was sent it before. A `RequestContext` of fuse has all of it. */
export interface Sending {
  readonly id: number;
  readonly isResent: boolean;
}

/** The same, and for whom it is. */
export interface Asker extends Sending {
  readonly uid: number;
  readonly gid: number;
}
