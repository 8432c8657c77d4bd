import { type Digest, digestOf } from './digest.ts';

/**
 * The name of a layer together with all that are underneath, as the OCI image specification defines it: that of a bottom layer is its
 * diff ID; that of any other the digest of its parent's chain ID, a space, and its diff ID.
 */
export function chainId(parent: Digest | null, diffId: Digest): Digest {
  return parent === null ? diffId : digestOf(`${parent} ${diffId}`);
}

/** The chain IDs of a stack of layers, from the bottom up: as many as there are diff IDs. */
export function chainIds(diffIds: readonly Digest[]): readonly Digest[] {
  const chain: Digest[] = [];
  for (const diffId of diffIds) chain.push(chainId(chain.at(-1) ?? null, diffId));
  return chain;
}
