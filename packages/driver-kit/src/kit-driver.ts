import {
  assertLayerId,
  type CallOptions,
  type Capabilities,
  type CreateOptions,
  type GetOptions,
  type Holder,
  type Labels,
  type LayerMetadata,
  type LayerRecord,
  type Mount,
  type MountOptions,
  type MountPlan,
  type PutOptions,
  type StatusLine,
  StorageError,
  type Usage,
} from '@graphdriver/core';
import { toStorageError } from '@graphdriver/host';
import { callOptions, checkedLabels, checkSignal, creationRequest, leaseOptions, putOptions } from './arguments.ts';
import { recordPath } from './book-layout.ts';
import { changing } from './changing.ts';
import { commitLayer, labelLayer, reclaimableOf, usageOf } from './commitment.ts';
import { createLayer } from './creation.ts';
import { giveBack, giveBackLease, takeMount, takeReading } from './holding.ts';
import { type Hold, isLive, listHolds } from './holds.ts';
import { requireIdle } from './idle-layer.ts';
import type { BackendLayer } from './layer-backend.ts';
import { listLayers } from './layer-list.ts';
import { lockFiles } from './layer-locks.ts';
import type { ManagedDriver, ReadingHold } from './managed-driver.ts';
import { planMount } from './mount-plan.ts';
import { hasName } from './notes.ts';
import type { OpenRoot } from './open-root.ts';
import { backendLayer, requireRecord } from './records.ts';
import { removeLayer } from './removal.ts';
import { requireThere, unlessGone } from './root-gone.ts';
import { rootStatus } from './root-status.ts';
import { checkMountOptions } from './view.ts';

/** The contract's layer half over an open root: checks arguments, converts errors, and knows what this process holds. */
export class KitDriver implements ManagedDriver {
  readonly name: string;
  readonly root: string;
  readonly capabilities: Capabilities;
  readonly #root: OpenRoot;
  /** What this driver gives back when it is closed. */
  readonly #held = new Map<Hold, string>();
  readonly #running = new Set<Promise<unknown>>();
  #closing: Promise<void> | undefined;

  constructor(root: OpenRoot) {
    this.#root = root;
    this.name = root.backend.name;
    this.root = root.layout.root;
    this.capabilities = Object.freeze({ ...root.backend.capabilities });
  }

  async create(id: string, options?: CreateOptions): Promise<LayerRecord> {
    const request = creationRequest(id, options);
    return this.#run(`Could not make the layer ${id}.`, request.signal, () => {
      if (request.quota !== undefined && this.capabilities.quota === null) throw unsupported('gives no quotas');
      if (request.forkOf !== undefined && !this.capabilities.forks) throw unsupported('forks no layers');
      return createLayer(this.#root, id, request);
    });
  }

  async commit(id: string, options?: CallOptions): Promise<LayerRecord> {
    const given = callOptions(id, options, 'commit');
    return this.#run(`Could not commit the layer ${id}.`, given.signal, () => commitLayer(this.#root, id, given));
  }

  async remove(id: string, options?: CallOptions): Promise<void> {
    const given = callOptions(id, options, 'remove');
    return this.#run(`Could not remove the layer ${id}.`, given.signal, () => removeLayer(this.#root, id, given));
  }

  async get(id: string, options: GetOptions = {}): Promise<Mount> {
    assertLayerId(id);
    checkMountOptions(options, 'get');
    checkSignal(options.signal);
    return this.#run(`Could not mount the layer ${id}.`, options.signal, async () => {
      const taken = await takeMount(this.#root, id, options);
      if (taken.hold.kind === 'process') this.#held.set(taken.hold, id);
      const put = (how?: PutOptions): Promise<void> => this.#put(id, taken.hold, putOptions(how));
      return mountOf(id, taken.path, taken.readOnly, taken.hold.name, put);
    });
  }

  async put(id: string, options: PutOptions & { readonly holder: string }): Promise<void> {
    const given = leaseOptions(id, options);
    return this.#run(`Could not give back the layer ${id}.`, undefined, () => {
      return giveBackLease(this.#root, id, given.holder, given);
    });
  }

  async holders(id: string): Promise<readonly Holder[]> {
    assertLayerId(id);
    return this.#run(`Could not read who holds the layer ${id}.`, undefined, () => {
      requireRecord(this.#root.layout, id);
      const holds = listHolds(this.#root.layout, id);
      return holds.map((hold) => ({ name: hold.name, pid: hold.pid, live: isLive(this.#root, hold) }));
    });
  }

  async describeMount(id: string, options: MountOptions = {}): Promise<MountPlan> {
    assertLayerId(id);
    checkMountOptions(options, 'describeMount');
    checkSignal(options.signal);
    return this.#run(`Could not describe the mount of the layer ${id}.`, options.signal, () => {
      return planMount(this.#root, id, options);
    });
  }

  async stat(id: string): Promise<LayerRecord> {
    assertLayerId(id);
    return this.#run(`Could not read the record of the layer ${id}.`, undefined, () => {
      return requireRecord(this.#root.layout, id).record;
    });
  }

  async exists(id: string): Promise<boolean> {
    assertLayerId(id);
    return this.#run(`Could not look for the layer ${id}.`, undefined, () => {
      if (hasName(recordPath(this.#root.layout, id))) return true;
      requireThere(this.#root);
      return false;
    });
  }

  async list(): Promise<readonly LayerRecord[]> {
    return this.#run(`Could not list the layers of ${this.root}.`, undefined, () => listLayers(this.#root));
  }

  async setLabels(id: string, labels: Labels): Promise<LayerRecord> {
    assertLayerId(id);
    const checked = checkedLabels(labels);
    return this.#run(`Could not label the layer ${id}.`, undefined, () => labelLayer(this.#root, id, checked));
  }

  async usage(id: string, options?: CallOptions): Promise<Usage> {
    const given = callOptions(id, options, 'usage');
    return this.#run(`Could not measure the layer ${id}.`, given.signal, () => usageOf(this.#root, id, given));
  }

  async reclaimable(id: string, options?: CallOptions): Promise<number> {
    const given = callOptions(id, options, 'reclaimable');
    return this.#run(`Could not measure the layer ${id}.`, given.signal, () => reclaimableOf(this.#root, id, given));
  }

  async status(): Promise<readonly StatusLine[]> {
    return this.#run(`Could not read the status of ${this.root}.`, undefined, () => rootStatus(this.#root));
  }

  async metadata(id: string): Promise<LayerMetadata> {
    assertLayerId(id);
    return this.#run(`Could not read about the layer ${id}.`, undefined, () => {
      return this.#root.backend.metadata(backendLayer(requireRecord(this.#root.layout, id)));
    });
  }

  async exclusive<T>(id: string, options: CallOptions, change: (layer: BackendLayer) => Promise<T>): Promise<T> {
    assertLayerId(id);
    return this.#run(`Could not change the layer ${id}.`, options.signal, async () => {
      using _lock = await lockFiles(this.#root, id, options);
      const stored = await requireIdle(this.#root, id);
      return await changing(this.#root, stored, options, change);
    });
  }

  async reading(id: string, options: CallOptions): Promise<ReadingHold> {
    assertLayerId(id);
    return this.#run(`Could not read the layer ${id}.`, options.signal, async () => {
      const { hold, stored } = await takeReading(this.#root, id, options);
      this.#held.set(hold, id);
      const letGo = (): Promise<void> => this.#put(id, hold, {});
      return { layer: backendLayer(stored), record: stored.record, [Symbol.asyncDispose]: once(letGo) };
    });
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    await Promise.allSettled([...this.#running]);
    for (const [hold, id] of this.#held) {
      // What is still open stays mounted and is held by nobody who lives: the next one who comes by takes it away when it can be.
      await giveBack(this.#root, id, hold, {}).catch(() => {});
    }
    await this.#root.backend.closed?.();
    this.#root.processes.close();
    this.#root.locks.close();
  }

  async #put(id: string, hold: Hold, options: PutOptions): Promise<void> {
    // A closed driver has given back what it held for this process; a lease is still there.
    if (this.#closing !== undefined && hold.kind !== 'lease') return this.#closing;
    await this.#run(`Could not give back the layer ${id}.`, undefined, () => giveBack(this.#root, id, hold, options));
    this.#held.delete(hold);
  }

  async #run<T>(what: string, signal: AbortSignal | undefined, action: () => T | Promise<T>): Promise<T> {
    if (this.#closing !== undefined) throw new StorageError('CLOSED', `The driver of ${this.root} is closed.`);
    const running = this.#attempt(what, signal, action);
    this.#running.add(running);
    try {
      return await running;
    } finally {
      this.#running.delete(running);
    }
  }

  async #attempt<T>(what: string, signal: AbortSignal | undefined, action: () => T | Promise<T>): Promise<T> {
    try {
      return await action();
    } catch (error) {
      if (error instanceof TypeError) throw error;
      throw unlessGone(this.#root, toStorageError(error, what, signal));
    }
  }
}

function mountOf(
  id: string,
  path: string,
  readOnly: boolean,
  holder: string | null,
  put: (options?: PutOptions) => Promise<void>,
): Mount {
  const putOnce = once(put);
  return Object.freeze({ id, path, readOnly, holder, put: putOnce, [Symbol.asyncDispose]: () => putOnce() });
}

/** Makes `give` do nothing when it has been done; one that failed can be tried again. */
function once(give: (options?: PutOptions) => Promise<void>): (options?: PutOptions) => Promise<void> {
  let done: Promise<void> | undefined;
  return (options) => {
    done ??= give(options).catch((error: unknown) => {
      done = undefined;
      throw error;
    });
    return done;
  };
}

function unsupported(lack: string): StorageError {
  return new StorageError('UNSUPPORTED', `This driver ${lack}.`, { hint: 'Ask capabilities before using it.' });
}
