import type { CallOptions } from './call-options.ts';
import type { Dataset } from './dataset.ts';
import { type ListOptions, listDatasets } from './list-datasets.ts';
import { assertBookmarkName, assertSnapshotName } from './names.ts';
import type { ZfsCommands } from './zfs-commands.ts';

/** Bookmarks: where a snapshot was, for incremental streams after it has gone. Not on zfs-fuse. */
export class ZfsBookmarks {
  readonly #zfs: ZfsCommands;

  constructor(commands: ZfsCommands) {
    this.#zfs = commands;
  }

  /** Lists the bookmarks of a dataset and its descendants. @throws {ZfsError} `DATASET_NOT_FOUND`, `UNSUPPORTED` */
  async list(options: Omit<ListOptions, 'types'> = {}): Promise<Dataset[]> {
    return await listDatasets(this.#zfs, { ...options, types: ['bookmark'] });
  }

  /** Makes a bookmark of a snapshot of the same dataset. @throws {ZfsError} `DATASET_NOT_FOUND`, `DATASET_EXISTS`, `UNSUPPORTED` */
  async create(snapshot: string, bookmark: string, options: CallOptions = {}): Promise<void> {
    assertSnapshotName(snapshot);
    assertBookmarkName(bookmark);
    this.#zfs.require('bookmarks', 'make bookmarks');
    await this.#zfs.run('zfs', ['bookmark', snapshot, bookmark], options);
  }

  /** Destroys a bookmark. @throws {ZfsError} `DATASET_NOT_FOUND`, `UNSUPPORTED` */
  async destroy(bookmark: string, options: CallOptions = {}): Promise<void> {
    assertBookmarkName(bookmark);
    this.#zfs.require('bookmarks', 'make bookmarks');
    await this.#zfs.run('zfs', ['destroy', bookmark], options);
  }
}
