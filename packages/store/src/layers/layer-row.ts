import type { Digest } from '../identity/digest.ts';

/**
 * The name of a layer in the books: its chain ID; for a layer that was never made an archive of, such as the files that two containers
 * share after a fork, `private:` and a random id.
 */
export type LayerKey = Digest | `private:${string}`;

/** What the books say of a layer. */
export interface LayerRow {
  /** The digest of its archive; `null` where it is private. */
  readonly diffId: Digest | null;
  readonly parent: LayerKey | null;
  /** Its id in the driver: random, so that neither says anything of the other. */
  readonly driverLayer: string;
  /** Content bytes of its files. */
  readonly size: number;
  /** Bytes of its uncompressed archive; 0 where it has none. */
  readonly archiveSize: number;
}

/** How the layer is named as a target or user of uses, and as a lock. */
export function layerUse(key: LayerKey): string {
  return `layer:${key}`;
}
