import { StorageError } from '@graphdriver/core';
import { measureTree } from '@graphdriver/host';

/** Sees to it that both sides did the same work: whoever leaves files out is faster for a bad reason. */
export class SameResult {
  #first: string | undefined;

  /** @throws {StorageError} `CORRUPT_LAYER` where a tree is unlike the first one that was compared */
  async compare(directory: string): Promise<void> {
    const { apparent, inodes } = await measureTree(directory);
    const size = `${inodes} inodes with ${apparent} bytes`;
    this.#first ??= size;
    if (size !== this.#first) {
      throw new StorageError(
        'CORRUPT_LAYER',
        `The two sides do not do the same: one makes ${this.#first}, one ${size}.`,
      );
    }
  }
}
