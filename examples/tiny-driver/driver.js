// A whole storage driver on one page: each layer is a full copy of its parent's tree.
// Prove it: graphdriver conformance examples/tiny-driver/driver.js
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { directoryTree, emptyTree, usageOfDifference, withNaiveDiff } from '@graphdriver/archive';
import { openManagedDriver, prepareRoot, probeRoot } from '@graphdriver/driver-kit';
import { copyTree, createMounter, makeDirectory, measureTree, removeTree, syncFilesystem } from '@graphdriver/host';

const capabilities = {
  copyOnWrite: 'none',
  maxDepth: null,
  nativeDiff: false,
  quota: null,
  idMap: 'none',
  forks: false,
  mountLabel: false,
  timestampGranularity: 1,
  renameLowerDirectory: true,
  stableInodes: true,
  keepsHardLinks: true,
  sharesOpenFiles: true,
  readOnlyViews: true,
  volatile: false,
  portableMounts: true,
  sharedRoot: true,
  persistent: true,
};

/** What is different in this driver: where the files of a layer lie, and how they are made, mounted and removed. */
class TinyBackend {
  name = 'tiny';
  fixtures = ['trees', 'mounts'];
  capabilities = capabilities;
  #trees;
  #mounts;
  #mounter;

  constructor(root, mountWith) {
    this.#trees = join(root, 'trees');
    this.#mounts = join(root, 'mounts');
    this.#mounter = createMounter(mountWith);
    for (const directory of [this.#trees, this.#mounts]) mkdirSync(directory, { recursive: true });
  }

  async make({ id, parents: [parent] }, { signal }) {
    if (parent === undefined) makeDirectory(this.#tree(id), 0o755);
    else await copyTree(this.#tree(parent), this.#tree(id), { signal });
  }

  async unmake(id) {
    await removeTree(this.#tree(id));
  }

  async seal({ id }) {
    await syncFilesystem(this.#tree(id));
  }

  mountpoint(id) {
    return join(this.#mounts, id);
  }

  async mount({ id }, { readOnly }, target) {
    await this.#mounter.bind(this.#tree(id), target, readOnly ? ['ro'] : []);
  }

  describe({ id }, { readOnly }) {
    return [{ type: 'bind', source: this.#tree(id), options: readOnly ? ['bind', 'ro'] : ['bind'] }];
  }

  async usage({ id, parents: [parent], createdAt }, { signal }) {
    const lower = parent === undefined ? emptyTree : directoryTree(this.#tree(parent));
    return await usageOfDifference(directoryTree(this.#tree(id)), lower, { unchangedSince: createdAt, signal });
  }

  async reclaimable({ id }, { signal }) {
    return (await measureTree(this.#tree(id), { signal })).exclusive;
  }

  async metadata({ id }) {
    return { SourceDir: this.#tree(id) };
  }

  async status() {
    return [];
  }

  async layersOnDisk() {
    return readdirSync(this.#trees);
  }

  #tree(id) {
    return join(this.#trees, id);
  }
}

/** @type {import('@graphdriver/core').DriverModule} */
export const driver = {
  name: 'tiny',
  summary: 'A full copy for each layer, in as few lines as possible.',
  probe: (options) => probeRoot({ driver: 'tiny', options, unsuitable: () => null, capabilities: () => capabilities }),
  open: async (options) => {
    const root = prepareRoot(options.root);
    return withNaiveDiff(await openManagedDriver(new TinyBackend(root, options.mountWith), { ...options, root }));
  },
};
