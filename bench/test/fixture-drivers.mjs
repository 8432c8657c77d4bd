// Drivers for the tests of the runner, as plain as can be: a layer is a directory, a parent is copied, and nothing is mounted.
import { execFileSync, spawn } from 'node:child_process';
import {
  constants,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statfsSync,
  writeFileSync,
} from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { errnoError, makeNode, setFaultHandler } from '@graphdriver/host';

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
  readOnlyViews: false,
  volatile: false,
  portableMounts: false,
  sharedRoot: false,
  persistent: true,
};

class DirectoryDriver {
  constructor(root, { create = async () => undefined, get = () => undefined, remove = () => undefined } = {}) {
    this.root = root;
    this.beforeCreate = create;
    this.beforeGet = get;
    this.beforeRemove = remove;
    this.name = 'directory';
    this.capabilities = capabilities;
    mkdirSync(root, { recursive: true });
  }
  async create(id, { parent } = {}) {
    await this.beforeCreate(id);
    if (existsSync(this.#at(id))) throw new Error(`${id} exists`);
    if (parent === undefined) mkdirSync(this.#at(id));
    else cpSync(this.#at(parent), this.#at(id), { recursive: true });
  }
  async commit() {}
  async applyDiff(id, archive) {
    const chunks = [];
    for await (const chunk of archive) chunks.push(chunk);
    execFileSync('tar', ['-x', '-C', this.#at(id)], { input: Buffer.concat(chunks) });
    return { size: 0 };
  }
  async changes() {
    return [];
  }
  async *diff() {
    yield Buffer.alloc(1024);
  }
  async reclaimable() {
    return 4096;
  }
  async get(id) {
    this.beforeGet(this.#at(id));
    const put = async () => undefined;
    return { id, path: this.#at(id), readOnly: false, holder: null, put, [Symbol.asyncDispose]: put };
  }
  async remove(id) {
    if (!existsSync(this.#at(id))) throw new Error(`${id} does not exist`);
    this.beforeRemove(this.#at(id));
    rmSync(this.#at(id), { recursive: true });
  }
  async exists(id) {
    return existsSync(this.#at(id));
  }
  async list() {
    return readdirSync(this.root).map((id) => ({ id }));
  }
  async close() {}
  async [Symbol.asyncDispose]() {}
  #at(id) {
    return `${this.root}/${id}`;
  }
}

function moduleOf(name, hooks, promises = {}) {
  const report = {
    driver: name,
    usable: true,
    checks: [],
    filesystem: 'any',
    priorState: false,
    capabilities: { ...capabilities, ...promises },
  };
  return {
    name,
    summary: 'for tests',
    probe: async () => report,
    open: async ({ root }) => new DirectoryDriver(root, hooks),
  };
}

/** Does all that it should. */
export const directory = moduleOf('directory', {});

/** Says that it does not work here. */
export const unusable = {
  ...directory,
  name: 'unusable',
  probe: async () => ({
    driver: 'unusable',
    usable: false,
    checks: [{ check: 'kernel', passed: false, required: true, why: 'This kernel has no such thing.' }],
    filesystem: 'any',
    priorState: false,
    capabilities: null,
  }),
};

/** Fails to create the second container of each case. */
export const failing = moduleOf('failing', {
  create: async (id) => {
    if (id === 'container-1') throw new Error('no second container');
  },
});

/** Takes its process down with it. */
export const dying = moduleOf('dying', {
  create: async (id) => {
    if (id === 'container-1') process.kill(process.pid, 'SIGKILL');
  },
});

/** Takes a long time for each container. */
export const slow = moduleOf('slow', {
  create: async (id) => {
    if (id.startsWith('container')) await sleep(300);
  },
});

const DELAY = 5;

/** Lets the first opening of a file for writing in each container take 5 ms longer. */
export const delaying = moduleOf('delaying', {
  get: (path) => {
    const delayed = (call, opened) => {
      if (call !== 'open' || !String(opened).startsWith(`${path}/directory`)) return;
      setFaultHandler(undefined);
      const end = performance.now() + DELAY;
      while (performance.now() < end);
    };
    setFaultHandler(path.includes('/container-') ? delayed : undefined);
  },
});

/** Lets the first call of any kind that changes something under the directories of a container take 5 ms longer. */
export const delayingAll = moduleOf('delayingAll', {
  get: (path) => {
    const delayed = (_call, changed) => {
      if (!String(changed).startsWith(`${path}/directory`)) return;
      setFaultHandler(undefined);
      const end = performance.now() + DELAY;
      while (performance.now() < end);
    };
    setFaultHandler(path.includes('/container-') ? delayed : undefined);
  },
});

/** Lets nobody make a link in a container. */
export const refusing = moduleOf('refusing', {
  get: (path) => {
    setFaultHandler((call, changed) => {
      if (call === 'link' && String(changed).startsWith(path)) throw errnoError(call, 1, changed);
    });
  },
});

/** Stands on a file system where there are no links. */
export const linkless = moduleOf('linkless', {
  get: () => {
    setFaultHandler((call, changed) => {
      if (call === 'link') throw errnoError(call, 1, changed);
    });
  },
});

/** Fills the holes of all files of a container. */
export const filling = moduleOf('filling', {
  get: (path) => {
    if (!path.includes('/container-')) return;
    for (const file of filesUnder(path)) writeFileSync(file, readFileSync(file));
  },
});

const readers = new Map();

/**
 * Has pipes in its containers in place of files, and one reader for all of them: it opens the last, waits 5 ms, opens the one before,
 * and so on. Whoever opens one after another for writing, beginning with the first, waits for ever.
 */
export const meeting = moduleOf('meeting', {
  get: (path) => {
    if (!path.includes('/container-')) return;
    const pipes = filesUnder(path)
      .filter((file) => file.startsWith(`${path}/directory`))
      .toSorted(); // The first has the shortest name.
    for (const pipe of pipes) rmSync(pipe);
    for (const pipe of pipes) makeNode(pipe, constants.S_IFIFO | 0o600, 0);
    const opens = pipes.toReversed().map((pipe, index) => `exec ${index + 3}<'${pipe}'`);
    const script = `${opens.join(`; sleep ${DELAY / 1000}; `)}; exec sleep 60`;
    readers.set(path, spawn('sh', ['-c', script], { stdio: 'ignore' }));
  },
  remove: (path) => readers.get(path)?.kill('SIGKILL'),
});

function filesUnder(path) {
  return readdirSync(path, { recursive: true })
    .map((name) => `${path}/${name}`)
    .filter((file) => lstatSync(file).isFile());
}

/** Says that its containers can be volatile. */
export const forgetful = moduleOf('forgetful', {}, { volatile: true });

/** Something else that this file exports, and no driver. */
export const blockSize = statfsSync('/').bsize;
