import { existsSync, readdirSync } from 'node:fs';
import {
  type CallOptions,
  type Capabilities,
  isLayerId,
  type LayerMetadata,
  type MountDescription,
  type SettingSpec,
  type StatusLine,
  StorageError,
  throwIfAborted,
  type Usage,
} from '@graphdriver/core';
import { type BackendLayer, dressRoot, type LayerBackend, type ViewRequest } from '@graphdriver/driver-kit';
import {
  closeFile,
  createFile,
  type Mounter,
  makeDirectory,
  measureTree,
  removeTree,
  syncFilesystem,
  writeBytes,
} from '@graphdriver/host';
import { aufsCapabilities } from './aufs-capabilities.ts';
import type { DaemonClient } from './daemon/client.ts';
import { AufsLayout } from './layout.ts';
import { SETTINGS } from './options.ts';
import { emptyWork } from './union/empty-work.ts';
import { finishInterrupted, isInterrupted } from './union/finish-interrupted.ts';
import { MountTrace } from './union/mount-trace.ts';
import { Union } from './union/union.ts';

/** How the names of attributes start that belong to one directory of a branch. */
const OWN_ATTRIBUTES = ['trusted.graphdriver.', 'trusted.overlay.', 'user.overlay.'];

/** What {@link AufsBackend} is made of. */
export interface AufsBackendParts {
  readonly layout: AufsLayout;
  readonly mounter: Mounter;
  readonly daemon: DaemonClient;
  /** The kernel reads and writes large files itself. */
  readonly passthrough: boolean;
  /** How many entries the daemon remembers of all that is mounted. */
  readonly cacheEntries: number;
}

/** Layers as directories in AUFS's format, which a union file system of our own stacks. What is not said here is said by {@link LayerBackend}. */
export class AufsBackend implements LayerBackend {
  readonly name = 'aufs';
  readonly fixtures: readonly string[] = AufsLayout.rooms;
  readonly settings: readonly SettingSpec[] = SETTINGS;
  readonly capabilities: Capabilities;
  readonly #layout: AufsLayout;
  readonly #mounter: Mounter;
  readonly #daemon: DaemonClient;
  readonly #passthrough: boolean;
  readonly #cacheEntries: number;

  constructor({ layout, mounter, daemon, passthrough, cacheEntries }: AufsBackendParts) {
    this.capabilities = aufsCapabilities({ passthrough });
    this.#layout = layout;
    this.#mounter = mounter;
    this.#daemon = daemon;
    this.#passthrough = passthrough;
    this.#cacheEntries = cacheEntries;
  }

  /** Makes a directory and a file, and gives the directory what the parent's has. */
  async make(layer: BackendLayer, options: CallOptions): Promise<void> {
    throwIfAborted(options.signal, `Making layer ${layer.id}`);
    makeDirectory(this.#layout.diff(layer.id), 0o755);
    const [parentId] = layer.parents;
    const parent = parentId === undefined ? null : this.#layout.diff(parentId);
    dressRoot(this.#layout.diff(layer.id), { parent, own: OWN_ATTRIBUTES });
    this.#writeParents(layer);
  }

  #writeParents(layer: BackendLayer): void {
    const fd = createFile(this.#layout.layers(layer.id), 0o644);
    try {
      writeBytes(fd, Buffer.from(layer.parents.map((id) => `${id}\n`).join('')));
    } finally {
      closeFile(fd);
    }
  }

  async unmake(id: string): Promise<void> {
    await this.#daemon.settled(id);
    for (const path of this.#placesOf(id)) await removeTree(path);
  }

  #placesOf(id: string): readonly string[] {
    const { layers, diff, work, incoming } = {
      layers: this.#layout.layers(id),
      diff: this.#layout.diff(id),
      work: this.#layout.work(id),
      incoming: this.#layout.incoming(id),
    };
    return [incoming, work, diff, layers];
  }

  /** The whole file system is synced: a directory tree has no smaller unit that the kernel knows. */
  async seal(layer: BackendLayer, options: CallOptions): Promise<void> {
    throwIfAborted(options.signal, `Committing layer ${layer.id}`);
    await this.recover(layer);
    await this.#finish(layer);
    await removeTree(this.#layout.work(layer.id));
    await syncFilesystem(this.#layout.diff(layer.id));
  }

  /** What a daemon that died was in the middle of, the next mount would finish. What is committed no mount can change. */
  async #finish(layer: BackendLayer): Promise<void> {
    if (layer.parents.length === 0 || !isInterrupted(this.#layout.diff(layer.id))) return;
    const [work, branches] = [this.#layout.work(layer.id), this.#branches(layer)];
    await emptyWork(work);
    const manner = { readOnly: false, durableCopies: false, partsOpenFiles: false };
    const union = new Union({ branches, work, ...manner }, new MountTrace(branches.length));
    try {
      await finishInterrupted(union);
    } finally {
      union.close();
    }
  }

  #branches(layer: BackendLayer): readonly string[] {
    return [layer.id, ...layer.parents].map((id) => this.#layout.diff(id));
  }

  /** What was being put together beside the layer's directory never became part of it, or is what it was exchanged for. */
  async recover(layer: BackendLayer): Promise<void> {
    await this.#daemon.settled(layer.id);
    await removeTree(this.#layout.incoming(layer.id));
  }

  /** A writable layer's directory may not have reached the disk before its record did, on a file system without a journal. */
  async repair(layer: BackendLayer): Promise<void> {
    if (layer.kind === 'writable' && !existsSync(this.#layout.diff(layer.id))) {
      await this.unmake(layer.id);
      await this.make(layer, {});
    } else if (!existsSync(this.#layout.layers(layer.id))) this.#writeParents(layer);
  }

  mountpoint(id: string): string {
    return this.#layout.mountpoint(id);
  }

  async mount(layer: BackendLayer, view: ViewRequest, target: string): Promise<void> {
    const source = this.#layout.diff(layer.id);
    if (layer.parents.length === 0) return this.#mounter.bind(source, target, view.readOnly ? ['ro'] : []);
    this.#refuseMissing(layer);
    const work = view.readOnly ? null : this.#layout.work(layer.id);
    if (work !== null) await emptyWork(work);
    const branches = this.#branches(layer);
    const { volatile } = view;
    const [passthrough, cacheEntries] = [this.#passthrough, this.#cacheEntries];
    await this.#daemon.mount({ id: layer.id, target, branches, work, volatile, passthrough, cacheEntries });
  }

  #refuseMissing(layer: BackendLayer): void {
    const missing = [layer.id, ...layer.parents].find((id) => !existsSync(this.#layout.diff(id)));
    if (missing === undefined) return;
    throw new StorageError('CORRUPT_LAYER', `The files of layer ${missing} are gone, which layer ${layer.id} shows.`, {
      hint: 'Bring its directory back from a copy, or remove the layers that stand on it.',
      details: { id: missing, directory: this.#layout.diff(missing) },
    });
  }

  /** Only a layer without a parent can be mounted without the daemon: as the directory that it is. */
  describe(layer: BackendLayer, view: ViewRequest): readonly MountDescription[] | null {
    if (layer.parents.length > 0) return null;
    const options = view.readOnly ? ['bind', 'ro'] : ['bind'];
    return [{ type: 'bind', source: this.#layout.diff(layer.id), options }];
  }

  async usage(layer: BackendLayer, options: CallOptions): Promise<Usage> {
    const { allocated, apparent, inodes } = await measureTree(this.#layout.diff(layer.id), options);
    return { allocated, apparent, inodes };
  }

  async reclaimable(layer: BackendLayer, options: CallOptions): Promise<number> {
    const { exclusive } = await measureTree(this.#layout.diff(layer.id), options);
    return exclusive;
  }

  async metadata(layer: BackendLayer): Promise<LayerMetadata> {
    return { DiffDir: this.#layout.diff(layer.id), MergedDir: this.#layout.mountpoint(layer.id) };
  }

  /** Docker's keys, and the daemon's. */
  async status(): Promise<readonly StatusLine[]> {
    const daemon = await this.#daemon.status();
    return [
      { key: 'Dirs', value: `${readdirSync(this.#layout.room('diff')).length}` },
      { key: 'Dirperm1 Supported', value: 'true' },
      {
        key: 'Daemon',
        value:
          daemon === null
            ? 'not running'
            : `process ${daemon.pid}, ${daemon.mounts.length} mounts, ${Math.round(daemon.entries)} entries`,
      },
    ];
  }

  async layersOnDisk(): Promise<readonly string[]> {
    const names = AufsLayout.rooms.flatMap((room) => readdirSync(this.#layout.room(room)));
    return [...new Set(names)].filter(isLayerId);
  }
}
