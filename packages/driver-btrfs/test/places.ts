import { loopFilesystem, loopFilesystemReason, machineLock, requireOrSkip } from '@graphdriver/testkit';

/** A btrfs file system of its own, until it is disposed of. */
export interface Place extends AsyncDisposable {
  readonly path: string;
}

/** What {@link makePlace} makes. */
export interface PlaceRequest {
  /** Bytes; 512 MiB unless told. */
  readonly size?: number;
  readonly mkfsArgs?: readonly string[];
}

/** Why there cannot be one, or `null` where there can. */
export async function placeReason(): Promise<string | null> {
  return requireOrSkip('btrfs', await loopFilesystemReason('btrfs'));
}

/** Makes one, with the machine to itself. */
export async function makePlace({ size = 512 << 20, mkfsArgs = [] }: PlaceRequest = {}): Promise<Place> {
  const lock = await machineLock();
  const found = await loopFilesystem({ type: 'btrfs', size, mkfsArgs }).catch(async (error: unknown) => {
    await lock[Symbol.asyncDispose]();
    throw error;
  });
  return {
    path: found.path,
    async [Symbol.asyncDispose]() {
      await found[Symbol.asyncDispose]();
      await lock[Symbol.asyncDispose]();
    },
  };
}
