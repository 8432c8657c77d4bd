import type { Digest } from '../identity/digest.ts';
import type { LayerArchive } from '../layers/register-layer.ts';
import type { ImageConfig } from './image-config.ts';

/** An image as it is found in a layout or archive, before anything is done with it. */
export interface PlannedImage {
  /** The digest of its configuration. */
  readonly id: Digest;
  readonly config: ImageConfig;
  /** The configuration byte by byte. */
  readonly configBytes: Buffer;
  /** From the bottom up. */
  readonly layers: readonly PlannedLayer[];
  /** Canonical references that it is to have. */
  readonly references: readonly string[];
}

/** A layer of it. */
export interface PlannedLayer {
  readonly diffId: Digest;
  /** Bytes as it is stored, compressed or not. */
  readonly size: number;
  /** The uncompressed archive; what is stored is verified on the way. */
  readonly archive: LayerArchive;
}
