import type { Digest } from '../identity/digest.ts';
import type { LayerKey } from '../layers/layer-row.ts';

/** Anything that JSON can say. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** What the books say of a container. */
export interface ContainerRow {
  readonly name: string;
  /** The image that it was made from; `null` for one that was made from nothing. */
  readonly image: Digest | null;
  /** How that image was called when the container was made. */
  readonly imageName: string | null;
  /** What its writable layer stands on; `null` for nothing. */
  readonly base: LayerKey | null;
  /** Its writable layer in the driver. */
  readonly driverLayer: string;
  /** RFC 3339. */
  readonly created: string;
  readonly labels: Readonly<Record<string, string>>;
  /** What it is to run and how. The runtime's own. */
  readonly spec: Json;
  /** Names of the volumes that it uses. */
  readonly volumes: readonly string[];
  /**
   * Of a container whose writable layer the driver made as a fork of another's: the id of the container that all such forks go back to, with
   * which they may share blocks. It may be gone.
   */
  readonly family?: string;
}

/** The family of a container, which has at least itself. */
export function familyOf(id: string, { family }: Pick<ContainerRow, 'family'>): string {
  return family ?? id;
}

/** How a volume is named as a target of uses. */
export function volumeUse(name: string): string {
  return `volume:${name}`;
}

/** How the container is named as a user of layers and images, and as a lock. */
export function containerUse(id: string): string {
  return `container:${id}`;
}
