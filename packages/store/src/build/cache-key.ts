import { type Digest, digestOf } from '../identity/digest.ts';

/** Changes whenever the same step is carried out in another way: old entries of a cache are then no longer found. */
const VERSION = 1;

/** Everything that decides what a step does to the files: nothing else is in its key, and no time is. */
export type StepInput =
  | {
      readonly kind: 'run';
      readonly args: readonly string[];
      readonly env: readonly string[];
      readonly user: string;
      readonly cwd: string;
      readonly network: string;
      /** The text of a script that is no argument. */
      readonly script: string | null;
    }
  | {
      readonly kind: 'copy';
      readonly unpacks: boolean;
      readonly sources: readonly SourceInput[];
      readonly destination: string;
      readonly isDirectory: boolean;
      readonly chown: string | null;
      readonly chmod: number | null;
      readonly keepsOwners: boolean;
    }
  | { readonly kind: 'workdir'; readonly path: string; readonly user: string };

/** One source of a copy: what it is called, and its digest. */
export interface SourceInput {
  readonly name: string;
  readonly digest: Digest;
}

/**
 * The key under which a step's layer is remembered: the digest of the layers that it starts from and of everything that decides what it does.
 *
 * It says nothing of hosts, drivers or times itself, so it is the same wherever the layers underneath are. COPY, ADD and WORKDIR make the same layer
 * of the same files on every driver; but a layer does hold the times of the files that were copied, and those that a RUN wrote, so that steps
 * behind another checkout's COPY, or behind a RUN that was carried out twice, have other keys.
 */
export function stepKey(parent: Digest | null, input: StepInput): Digest {
  return digestOf(JSON.stringify([VERSION, parent, input.kind, canonical(input)]));
}

/** In one order of fields, however the object was made. */
function canonical(input: StepInput): readonly (readonly [string, unknown])[] {
  return Object.entries(input)
    .filter(([field]) => field !== 'kind')
    .sort(([a], [b]) => (a < b ? -1 : 1));
}
