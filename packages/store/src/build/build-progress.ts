import { type Digest, digestHex } from '../identity/digest.ts';

/** What a build tells while it goes on. */
export type BuildProgress =
  /** A step begins. `step` counts from 1 through all stages that are needed; `line` is that of the Dockerfile, from 1. */
  | {
      readonly kind: 'step';
      readonly step: number;
      readonly total: number;
      readonly line: number;
      readonly text: string;
    }
  /** Nothing needs to be done, for the same was done before. */
  | { readonly kind: 'cached'; readonly step: number; readonly key: Digest }
  /** A line that a RUN has written, without its end. */
  | { readonly kind: 'output'; readonly step: number; readonly stream: 'stdout' | 'stderr'; readonly line: string }
  /** A step has ended. `layer` is the chain ID of the layer it made, or `null` where it changed no file. */
  | { readonly kind: 'done'; readonly step: number; readonly layer: Digest | null }
  /** Something that the user may not have meant. */
  | { readonly kind: 'warning'; readonly message: string }
  /** The image is there. */
  | { readonly kind: 'image'; readonly id: Digest; readonly tags: readonly string[] };

/** The event as Docker's builder prints it, or `null` for one that it passes over. */
export function formatProgress(event: BuildProgress): string | null {
  switch (event.kind) {
    case 'step':
      return `Step ${event.step}/${event.total} : ${event.text}`;
    case 'cached':
      return ' ---> Using cache';
    case 'output':
      return event.line;
    case 'done':
      return event.layer === null ? null : ` ---> ${digestHex(event.layer).slice(0, 12)}`;
    case 'warning':
      return `[Warning] ${event.message}`;
    case 'image':
      return [
        `Successfully built ${digestHex(event.id).slice(0, 12)}`,
        ...event.tags.map((tag) => `Successfully tagged ${tag}`),
      ].join('\n');
  }
}
