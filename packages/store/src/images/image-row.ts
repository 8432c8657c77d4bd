import type { Digest } from '../identity/digest.ts';

/** What the books say of an image beside its configuration. */
export interface ImageRow {
  /** The chain ID of its top layer; `null` for an image without layers. */
  readonly top: Digest | null;
  readonly layers: number;
  /** Content bytes of the files in all its layers. */
  readonly size: number;
  /** When it was made, as its configuration says; `null` where that says nothing. */
  readonly created: string | null;
  /** When it came into this store, RFC 3339. */
  readonly added: string;
}

/** How the image is named as a target or user of uses. */
export function imageUse(id: Digest): string {
  return `image:${id}`;
}
