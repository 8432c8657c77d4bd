import type { Digest } from '../identity/digest.ts';

/** A build step that was carried out, as the books keep it. */
export interface KeptStep {
  /** When it was carried out: RFC 3339 in UTC. */
  readonly created: string;
  /** `null`: the step changed no file. */
  readonly layer: { readonly diffId: Digest; readonly chainId: Digest; readonly size: number } | null;
}
