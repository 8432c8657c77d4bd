import type { Capabilities } from './capabilities.ts';
import type { ApplyResult, Change, DiffOptions, LayerFile } from './diff.ts';
import type { CallOptions, CreateOptions, Labels, LayerRecord, Usage } from './layer.ts';
import type { GetOptions, Holder, Mount, MountOptions, MountPlan, PutOptions } from './mount.ts';
import type { LayerMetadata, StatusLine } from './status.ts';

/**
 * The contract of a storage driver: the half that every driver implements.
 *
 * # Terms
 *
 * A *layer* is a set of changes to a file system tree: files added, replaced and deleted.
 * Its *parent* is the layer underneath; a chain of parents ends at a layer that has none.
 * The *view* of a layer is the tree that its whole chain adds up to.
 * A *mount* shows a view at a path.
 * A *diff* is a layer's change written as an archive: a tar stream in which a *whiteout* stands for a deletion.
 * A *driver* keeps layers under its *root*, a directory of the *host*.
 * *Images* and *containers* are made of layers by programs above; a driver knows neither.
 *
 * # Lifecycle
 *
 *     create ──► writable ──commit──► committed ──► parent of others
 *                   │                     │
 *                   └──────remove─────────┘   (not while held, nor with children)
 *
 * A layer is writable until `commit` and can never again change after it: not through a mount, not through a method.
 * Only a committed layer can be a parent, and a parent cannot be removed before its children.
 * Of a writable layer a driver can make a fork, if it promises to: another writable layer on the same parent, which starts from the files
 * that the first has by then. Neither sees what the other does afterwards.
 * A layer is used by holding it: `get` mounts it and counts the holder, `put` gives it back, the last `put` unmounts it.
 * A held layer can be neither committed nor removed, and no archive can be applied to it.
 * The count is shared by all processes that use the root, because a kernel lets one writable layer be mounted twice
 * and then loses data; holds of processes that have ended are found and released.
 *
 * # Durability
 *
 * `create` and `remove` are atomic and not durable: after a crash of the process or the host each has happened wholly or not at
 * all, whatever was half done being finished or undone when the root is next opened, and neither waits for the disk.
 * Only a fork does, as far as it must: no power cut may leave one with half of its files, and the layer that it was made from goes its own way.
 * `commit` is durable when it returns.
 * What was written into a writable layer is as durable as the programs made it that wrote it.
 *
 * # Order
 *
 * Calls on the same id run one after another, also between processes; calls on different ids run side by side.
 * A failing or aborted call leaves the state as it was and nothing behind.
 * No call blocks the event loop for more than a few milliseconds, and none changes the working directory.
 *
 * # A worked scenario
 *
 *     await using driver = await overlay2.open({ root: '/var/lib/graphdriver/overlay2' });
 *     await driver.create('base');
 *     await driver.applyDiff('base', createReadStream('debian.tar', { highWaterMark: 4 << 20 }));
 *     await driver.commit('base');
 *
 *     await driver.create('web', { parent: 'base' });         // a container's thin writable layer
 *     {
 *       await using mount = await driver.get('web');
 *       await writeFile(`${mount.path}/etc/motd`, 'hello');   // copy_up of the file's lower version, then the write
 *     }
 *     await driver.changes('web');                            // [{ kind: 'modify', path: '/etc' }, { kind: 'modify', path: '/etc/motd' }]
 *     await driver.remove('web');
 *
 * # Errors
 *
 * Every refusal and failure is a `StorageError` with a code; a wrong argument is a `TypeError`.
 * All calls but `close` fail with `CLOSED` on a closed driver.
 */
export interface LayerDriver extends AsyncDisposable {
  /** The driver's one name, as in `overlay2`. For people: nothing may be decided by it. */
  readonly name: string;
  /** The absolute path of the directory that holds everything of this driver. */
  readonly root: string;
  readonly capabilities: Capabilities;

  /**
   * Makes a writable layer on top of `parent`, or an empty one, or one that starts from the files of `forkOf`, and returns its record.
   *
   * Takes constant time unless `capabilities.copyOnWrite` is `none`: then time proportional to the view that it starts from.
   * A fork also waits for what was written into the layer that it starts from. `parent` and `forkOf` together are a `TypeError`.
   *
   * @throws {StorageError} `LAYER_EXISTS`, `PARENT_NOT_FOUND`, `PARENT_NOT_COMMITTED`, `DEPTH_EXCEEDED`, `UNSUPPORTED` (quota, fork);
   *   of a fork: `LAYER_NOT_FOUND`, `LAYER_COMMITTED` (give it as the parent), `LAYER_IN_USE` while anybody holds it
   */
  create(id: string, options?: CreateOptions): Promise<LayerRecord>;

  /**
   * Makes a layer unchangeable, and durable: when it returns, the layer survives the loss of power.
   *
   * Costs one `syncfs` or its equivalent. Committing a committed layer fails with `LAYER_COMMITTED`.
   *
   * @throws {StorageError} `LAYER_NOT_FOUND`, `LAYER_COMMITTED`, `LAYER_IN_USE` while anybody holds it, `DEPTH_EXCEEDED` where a chain of
   *   `maxDepth` can only be written to
   */
  commit(id: string, options?: CallOptions): Promise<LayerRecord>;

  /**
   * Removes a layer and all that it holds. The id is free when the call returns.
   *
   * A missing layer is an error, so that removing twice is noticed.
   * An abort is obeyed until the removal has begun; from there on it is finished.
   *
   * @throws {StorageError} `LAYER_NOT_FOUND`, `LAYER_IN_USE` while it is held or has children
   */
  remove(id: string, options?: CallOptions): Promise<void>;

  /**
   * Holds a layer and mounts its view, unless somebody else's hold has mounted it the same way already.
   *
   * A writable layer may have any number of holders, all of whom see the same tree at once.
   * A committed layer is always mounted read-only, and asking for it without `readOnly` is not an error.
   * A lease that is taken twice must be given back twice.
   *
   * @throws {StorageError} `LAYER_NOT_FOUND`, `UNSUPPORTED` (an option beyond the capabilities),
   *   `LAYER_IN_USE` (held `volatile`, and now wanted without)
   */
  get(id: string, options?: GetOptions): Promise<Mount>;

  /**
   * Gives back one hold of the lease named `holder`, taken by this process or any other.
   *
   * @throws {StorageError} `LAYER_NOT_FOUND`, `HOLDER_NOT_FOUND`, `LAYER_IN_USE` while files in the mount are open
   */
  put(id: string, options: PutOptions & { readonly holder: string }): Promise<void>;

  /** Everybody who holds the layer. Holds of ended processes show as not live until they are healed. @throws {StorageError} `LAYER_NOT_FOUND` */
  holders(id: string): Promise<readonly Holder[]>;

  /**
   * Says how somebody else can mount the layer. Mounts nothing, holds nothing.
   *
   * A layer without a parent, and a read-only view of a single layer, is a bind of a directory.
   *
   * @throws {StorageError} `LAYER_NOT_FOUND`, `UNSUPPORTED`, `LAYER_IN_USE` (a `live` plan of a layer that nobody holds)
   */
  describeMount(id: string, options?: MountOptions): Promise<MountPlan>;

  /** The layer's record. @throws {StorageError} `LAYER_NOT_FOUND` */
  stat(id: string): Promise<LayerRecord>;

  /** Tells whether there is a layer of this id. */
  exists(id: string): Promise<boolean>;

  /** All layers, each after its parent, otherwise by id. Removing in reverse order works. Takes time proportional to their number. */
  list(): Promise<readonly LayerRecord[]>;

  /** Replaces a layer's labels; also of a committed layer. Labels are books, not content. @throws {StorageError} `LAYER_NOT_FOUND` */
  setLabels(id: string, labels: Labels): Promise<LayerRecord>;

  /** What the layer takes as a difference from its parent. @throws {StorageError} `LAYER_NOT_FOUND` */
  usage(id: string, options?: CallOptions): Promise<Usage>;

  /**
   * Bytes that removing this layer would give back now: what it shares with others does not count.
   * Changes when children come and go, unlike `usage`.
   *
   * @throws {StorageError} `LAYER_NOT_FOUND`
   */
  reclaimable(id: string, options?: CallOptions): Promise<number>;

  /** What the driver says of itself and its root, for people. */
  status(): Promise<readonly StatusLine[]>;

  /** What the driver says of one layer, for people and engines. @throws {StorageError} `LAYER_NOT_FOUND` */
  metadata(id: string): Promise<LayerMetadata>;

  /** Releases everything that this process holds here and closes the root. Leases stay. Repeating it does nothing. */
  close(): Promise<void>;
}

/**
 * The contract's other half: layers as archives and lists of changes.
 *
 * A driver that has no faster way of its own gets this half from `withNaiveDiff`.
 * Archives are tar in the OCI image format's notation; going in they may be compressed by gzip or zstd.
 * The same change gives the same bytes on every driver, whatever order it was made in.
 */
export interface LayerDiffs {
  /**
   * The layer's change from `base` as an uncompressed archive.
   *
   * The layer is held until the stream ends or is closed. A layer that somebody writes to meanwhile gives a mixture.
   * Reading may fail with `UNREPRESENTABLE` where a file's real name starts with `.wh.`.
   *
   * @throws {StorageError} `LAYER_NOT_FOUND` when first read, `UNREPRESENTABLE`, `ABORTED`
   */
  diff(id: string, options?: DiffOptions): AsyncIterable<Uint8Array>;

  /**
   * What differs from `base`, by path in byte order.
   *
   * A directory in which something changed is itself a `modify`; the root directory only if its own mode, owner or
   * extended attributes changed. Of a deleted directory only the top is listed. A file that is as it was, although it was opened for
   * writing or copied up, is not a change.
   *
   * @throws {StorageError} `LAYER_NOT_FOUND`
   */
  changes(id: string, options?: DiffOptions): Promise<readonly Change[]>;

  /**
   * Writes an archive into a writable layer that nobody holds.
   *
   * Reads `archive` to its end, also past the end mark, and fails on truncation.
   * On failure the layer is as it was before. Memory does not grow with the archive.
   *
   * @throws {StorageError} `LAYER_NOT_FOUND`, `LAYER_COMMITTED`, `LAYER_IN_USE`, `INVALID_ARCHIVE`, `OUT_OF_SPACE`, `QUOTA_EXCEEDED`
   */
  applyDiff(id: string, archive: AsyncIterable<Uint8Array>, options?: CallOptions): Promise<ApplyResult>;

  /** Content bytes of the regular files that `diff` would carry, hard links once. @throws {StorageError} `LAYER_NOT_FOUND` */
  diffSize(id: string, options?: DiffOptions): Promise<number>;

  /**
   * Opens a regular file of the layer's view without mounting it. Symbolic links are not followed, in no part of the path.
   *
   * @throws {StorageError} `LAYER_NOT_FOUND`, `FILE_NOT_FOUND` where there is no regular file
   */
  openLayerFile(id: string, path: string | Uint8Array, options?: CallOptions): Promise<LayerFile>;
}

/** A whole driver. */
export interface Driver extends LayerDriver, LayerDiffs {}
