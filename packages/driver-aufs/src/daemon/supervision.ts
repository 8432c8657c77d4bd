import type { SessionParameters } from '@graphdriver/fuse';
import type { UnionRequest } from './protocol.ts';

/*
 * What a daemon and its supervisor say to each other, through the daemon's standard streams: one JSON value a line.
 *
 * The supervisor holds a copy of the descriptor of each mount, so that the mount outlives the daemon: who asks it something meanwhile
 * waits, and the next daemon, which inherits the descriptors, answers.
 */

/** All that is needed to go on serving a mount, beside its descriptor. */
export interface MountState {
  readonly request: UnionRequest;
  readonly parameters: SessionParameters;
  /** By which the kernel tells files of this mount from those of others with the same numbers. */
  readonly inodeGeneration: number;
}

/** From the daemon: `keep` a copy of its descriptor `fd`, and answer; or let it go. */
export type DaemonLine =
  | { readonly do: 'keep'; readonly id: string; readonly fd: number; readonly state: MountState }
  | { readonly do: 'drop'; readonly id: string };

/** To the daemon: first of all the mounts to go on with, each by the descriptor that it has inherited; then `kept` for each `keep`. */
export type SupervisorLine =
  | { readonly adopt: readonly { readonly fd: number; readonly state: MountState }[] }
  | { readonly kept: string };

/** The first descriptor that a daemon inherits. */
export const FIRST_INHERITED = 3;
