import type {
  CallOptions,
  Capabilities,
  LayerKind,
  LayerMetadata,
  MountDescription,
  Quota,
  SettingSpec,
  StatusLine,
  Usage,
} from '@graphdriver/core';

/** A layer as a backend sees it: the kit has looked up the chain and holds the layer's lock. */
export interface BackendLayer {
  readonly id: string;
  /** Ids of the layers underneath, the direct parent first. */
  readonly parents: readonly string[];
  readonly kind: LayerKind;
  /**
   * When `make` had made it, in nanoseconds since 1970; absent from a layer that is being made.
   * Nothing that users change has an older ctime, but for a tick of the kernel's clock.
   */
  readonly createdAt?: bigint;
}

/** How a backend is to mount a view. Flags such as `nosuid` are not its business: the kit adds them by a bind on top. */
export interface ViewRequest {
  readonly readOnly: boolean;
  readonly volatile: boolean;
  readonly mountLabel?: string;
}

/**
 * What is different in every driver: where a layer's files lie, and how they are made, mounted and removed.
 *
 * `openManagedDriver` makes a whole `LayerDriver` of it: ids, records, parents, locks, holders, marks and healing are the kit's work.
 * The kit calls a backend only with checked arguments, never twice at once for one id, and from several processes at once for different ids.
 * Everything that a backend writes for a layer must be found by `unmake` from the id alone.
 */
export interface LayerBackend {
  readonly name: string;
  readonly capabilities: Capabilities;
  /**
   * Names directly under the root that the backend makes before any layer. A new root that holds other names than these,
   * `lost+found` and those with a leading dot is refused: healing removes what it does not know.
   */
  readonly fixtures?: readonly string[];
  /** What a root of this driver can be made with, and then keeps; nothing where it is left out. */
  readonly settings?: readonly SettingSpec[];
  /** Makes the files of a new layer. The kit has marked the id as incomplete: whatever is left by a crash goes to `unmake`. */
  make(layer: BackendLayer, options: CallOptions & { readonly quota?: Quota }): Promise<void>;
  /**
   * Makes the files of a new layer from those that `source`, a writable layer with the same parents, has now. Nobody holds `source`, and
   * nobody can until this is done. Crashes are as in `make`, with this more: when it returns the files are as safe from a loss of power as
   * those of a new child, for nothing can bring them back from `source`, which goes its own way. Wanted where `capabilities.forks`.
   */
  fork?(layer: BackendLayer, source: BackendLayer, options: CallOptions & { readonly quota?: Quota }): Promise<void>;
  /** Removes whatever there is of a layer, complete or not. Repeating it is safe, also after a crash in the middle. */
  unmake(id: string): Promise<void>;
  /**
   * Makes the layer's data durable and, where the file system can, unchangeable. Nobody holds the layer.
   * Runs before the record says `committed`, and may run again after a crash.
   */
  seal(layer: BackendLayer, options: CallOptions): Promise<void>;
  /**
   * Brings a writable layer back to a whole state after the work of `exclusive`, or `seal`, failed or was ended by a crash.
   * Must tell from the files alone whether that work was done; repeating it is safe. Nobody holds the layer.
   */
  recover?(layer: BackendLayer): Promise<void>;
  /**
   * Looks over a layer after the host went down, or where `intact` said no: what was written without waiting for the disk may have its names
   * there without its content, or be gone. Asked of every layer, writable or committed, a parent before its children, so that it must
   * cost no more than a few looks where nothing is wrong. Repeating it is safe.
   */
  repair?(layer: BackendLayer): Promise<void>;
  /**
   * Tells, by one look and without an error, whether what stands beside the layers and belongs to all of them is in place.
   * Asked at every opening; where it says no, every layer is looked over as after the host went down.
   */
  intact?(): boolean;
  /** Takes away what is of no layer any more, beside them, and brings `intact` to say yes. Asked when all layers have been looked over. */
  tidy?(): Promise<void>;
  /** Where the view is mounted: an absolute path under the root, the same for every call. The kit makes and removes the directory. */
  mountpoint(id: string): string;
  /** Mounts the view at `target`, an existing empty directory. */
  mount(layer: BackendLayer, view: ViewRequest, target: string): Promise<void>;
  /**
   * Does what must be done before the view's own mount is taken away, when nothing is mounted on top of it any more: it may wait, and where
   * the mount is to be detached it may do that itself. When it fails, the mount is as before. Nothing where it is left out.
   */
  unmounting?(id: string, options: { readonly detach?: boolean }): Promise<void>;
  /** Takes away what the backend keeps beside layers as long as the root is open. Asked when all holds of this process have been given back; never fails. */
  closed?(): Promise<void>;
  /**
   * Takes away what `mount` made beside the layer, after the last of its holders has given it back and nobody has files open in it.
   * A description that was given away must go on working. What cannot be taken away is no failure, and goes with the layer.
   */
  unmounted?(id: string): void;
  /** The mount as a description for others, or `null` where only a bind of a held mount will do. */
  describe(layer: BackendLayer, view: ViewRequest): readonly MountDescription[] | null;
  usage(layer: BackendLayer, options: CallOptions): Promise<Usage>;
  reclaimable(layer: BackendLayer, options: CallOptions): Promise<number>;
  metadata(layer: BackendLayer): Promise<LayerMetadata>;
  status(): Promise<readonly StatusLine[]>;
  /** Ids of all layers of which there are files, for healing after the host went down. */
  layersOnDisk(): Promise<readonly string[]>;
}
