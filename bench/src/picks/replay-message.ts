import type { BenchTarget } from '../bench-target.ts';
import type { WorkloadProfile } from '../workload-profiles/workload-profile.ts';
import type { ReplayParts } from './replay.ts';

/** What a process that replays is asked. It gives up when its input ends. */
export interface ReplayRequest {
  readonly target: Pick<BenchTarget, 'source' | 'mountWith' | 'settings'>;
  /** The driver's root. */
  readonly root: string;
  /** An empty directory on the same file system. */
  readonly plain: string;
  readonly seed: number;
  /** In the order in which they are to be done. */
  readonly work: readonly WorkloadProfile[];
}

/** What such a process says, each as one line of JSON on its standard output. */
export type ReplayMessage =
  | { readonly type: 'replaying'; readonly workload: string }
  | { readonly type: 'replayed'; readonly workload: string; readonly parts: ReplayParts }
  /** The workload could not be done. */
  | { readonly type: 'failed'; readonly workload: string; readonly reason: string }
  /** All have been dealt with. */
  | { readonly type: 'finished' };
