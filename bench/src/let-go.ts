import { isStorageError, type Mount } from '@graphdriver/core';

/**
 * Gives a mount back that nobody of ours uses any more, also where somebody else looks into it just then: an indexer, a `du`.
 * They keep what they see, and the measurement goes on.
 */
export async function letGo(mount: Mount): Promise<void> {
  try {
    await mount.put();
  } catch (error) {
    if (!isStorageError(error, 'LAYER_IN_USE')) throw error;
    await mount.put({ detach: true });
  }
}
