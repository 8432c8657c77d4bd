import { readdirSync } from 'node:fs';
import {
  type DiffSource,
  directoryTree,
  type OpenView,
  type Touched,
  touchedIn,
  type UnpackTarget,
  unionTree,
} from '@graphdriver/archive';
import { type CallOptions, throwIfAborted } from '@graphdriver/core';
import { type BackendLayer, type ManagedDriver, whileHeld } from '@graphdriver/driver-kit';
import { copyTree, exchangeFiles, makeDirectory, removeTree, syncFilesystem } from '@graphdriver/host';
import { marksFromOverlay, marksToOverlay } from './convert-marks.ts';
import type { AufsLayout } from './layout.ts';
import { isRedirected, redirectedTree } from './redirected-tree.ts';

/** Lends the layers to the archive code: views are read from the directories of the chain, and never mounted. */
export class AufsDiffs implements DiffSource {
  readonly #managed: ManagedDriver;
  readonly #layout: AufsLayout;

  constructor(managed: ManagedDriver, layout: AufsLayout) {
    this.#managed = managed;
    this.#layout = layout;
  }

  async openView(id: string, options: CallOptions): Promise<OpenView> {
    const reading = await this.#managed.reading(id, options);
    const { layer } = reading;
    // A layer without a parent is an ordinary directory, where `.wh.x` is a file that no archive can carry.
    const isAlone = layer.parents.length === 0;
    return whileHeld(reading, () => ({
      tree: isAlone
        ? directoryTree(this.#layout.diff(id))
        : unionTree(this.#branches([layer.id, ...layer.parents]), 'aufs'),
    }));
  }

  /** What the layer's own directory names, and all that lies below a directory which it has moved. */
  async touched(id: string): Promise<Touched | null> {
    const { parent } = await this.#managed.stat(id);
    if (parent === null) return null;
    const top = this.#layout.diff(id);
    const touched = touchedIn(top, 'aufs');
    return (directory) => (isRedirected(top, directory) ? 'all' : touched(directory));
  }

  apply<T>(id: string, options: CallOptions, write: (target: UnpackTarget) => Promise<T>): Promise<T> {
    return this.#managed.exclusive(id, options, (layer) => {
      if (layer.parents.length === 0) {
        return this.#replace(layer, options, (root) => write({ root, whiteouts: 'remove', lower: null }));
      }
      const parents = unionTree(this.#branches(layer.parents), 'aufs');
      return this.#replace(layer, options, async (root) => {
        // The archive code writes deletions down as overlay does: the marks are put into its notation and back.
        await marksToOverlay(root);
        const lower = redirectedTree(parents, root);
        const result = await write({ root, whiteouts: 'overlay', lower });
        await marksFromOverlay(root);
        return result;
      });
    });
  }

  /**
   * Changes a layer's directory all at once: `write` works on a copy, and one exchange of names puts it in place. Until then, and after
   * a crash at any moment, the layer is as it was.
   */
  async #replace<T>(layer: BackendLayer, options: CallOptions, write: (root: string) => Promise<T>): Promise<T> {
    const [current, incoming] = [this.#layout.diff(layer.id), this.#layout.incoming(layer.id)];
    await removeTree(incoming);
    const isFresh = readdirSync(current).length === 0;
    makeDirectory(incoming, 0o700);
    await copyTree(current, incoming, options);
    const result = await write(incoming);
    // What the layer's users had synced must not become a copy that a loss of power leaves empty.
    if (!isFresh) await syncFilesystem(incoming);
    throwIfAborted(options.signal, 'Applying an archive');
    exchangeFiles(incoming, current);
    // The layer has changed: what cannot be removed now is no failure, and the commit or the next archive tries again.
    await removeTree(incoming).catch(() => undefined);
    return result;
  }

  #branches(ids: readonly string[]): readonly string[] {
    return ids.map((id) => this.#layout.diff(id));
  }
}
