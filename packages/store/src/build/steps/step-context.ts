import type { BuildHost } from '../build-host.ts';
import type { SourceTree } from '../files/source-tree.ts';
import type { ImageDraft } from '../image-draft.ts';
import type { CachedStep } from './cached-step.ts';
import type { StepWords } from './config-steps.ts';
import type { Args } from './variables.ts';

/** The files that a COPY brings. */
export interface StepSource {
  readonly tree: SourceTree;
  /** Files keep their owners: they come from an image, where owners mean the same as in this one. */
  readonly keepsOwners: boolean;
}

/** What a step is carried out with. */
export interface StepContext {
  readonly host: BuildHost;
  readonly draft: ImageDraft;
  readonly words: StepWords;
  readonly args: Args;
  /** Arguments that were given to the build. */
  readonly given: Readonly<Record<string, string>>;
  readonly network: 'none' | 'host';
  /** Uses the cache, or makes a layer. */
  readonly cached: CachedStep;
  readonly signal: AbortSignal | undefined;
  /** Takes a line that a RUN writes. */
  readonly onLine: (stream: 'stdout' | 'stderr', line: string) => void;
}

/** The signal as an optional field. */
export function signalOf(signal: AbortSignal | undefined): { readonly signal?: AbortSignal } {
  return signal === undefined ? {} : { signal };
}
