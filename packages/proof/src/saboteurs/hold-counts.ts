import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Driver, type Mount, type PutOptions, StorageError } from '@graphdriver/core';
import { onReference } from '../plan.ts';
import { overridden } from '../sabotage.ts';
import type { Saboteur } from '../saboteur.ts';
import { askingFor, isHeld, leasesOn, notingMounts, puttingBy } from '../tamper/holds.ts';
import { layerDirectory } from '../tamper/layer-directory.ts';
import { beforePut, changedMounts } from '../tamper/mounts.ts';

/** Drivers that miscount the holders of a layer, or lose what they hold. */
export const holdCountSaboteurs: readonly Saboteur[] = [
  onReference({
    name: 'get-returns-the-layers-own-directory',
    defect: 'Get gives away the directory in which the layer is kept, and mounts nothing that could be taken away.',
    trips: [
      'holding/put-unmounts',
      'holding/every-get-needs-its-put',
      'holding/a-lease-is-given-back-by-name',
      'holding/a-busy-mount-stays',
      'holding/a-busy-lease-stays',
      'holding/detach-takes-busy-mounts-away',
      'holding/close-gives-back',
      'holding/leases-outlive-the-driver',
      'mount-flags/nosuid',
      'mount-flags/nodev',
      'mount-flags/noexec',
      'mount-flags/read-only',
      'mount-flags/all-at-once',
      'mount-flags/committed-layers-can-be-restricted-further',
      'mount-flags/committed-layers-are-read-only-whatever-is-asked',
      'mount-flags/read-only-views-refuse-every-write',
      'mount-flags/read-only-views-see-writes',
      'mount-flags/each-holder-has-its-own',
    ],
    spares: ['holding/holders-share-one-mount', 'holding/a-lease-counts'],
    methods: (driver) => ({
      get: changedMounts(driver, async (mount) => overridden(mount, { path: await layerDirectory(driver, mount.id) })),
    }),
  }),
  onReference({
    name: 'the-first-put-unmounts',
    defect: 'Whoever gives a layer back first takes it away from all other holders in this process.',
    trips: [
      'holding/every-get-needs-its-put',
      'holding/a-committed-layer-has-many-holders',
      'holding/putting-twice-is-putting-once',
      'holding/only-the-last-put-meets-open-files',
      'holding/leases-and-processes-are-apart',
      'mount-flags/holders-leave-in-any-order',
    ],
    spares: ['holding/put-unmounts', 'holding/close-gives-back-nothing-of-others'],
    methods: (driver) => {
      const taken = new Map<string, Mount[]>();
      const putAll = async (id: string, options?: PutOptions): Promise<void> => {
        for (const mount of taken.get(id) ?? []) await mount.put(options);
      };
      return { get: notingMounts(driver, taken, (mount) => puttingBy(mount, (options) => putAll(mount.id, options))) };
    },
  }),
  onReference({
    name: 'putting-twice-takes-two-holds',
    defect: 'A second put of the same mount gives back a hold of somebody else.',
    trips: ['holding/putting-twice-is-putting-once'],
    spares: ['holding/every-get-needs-its-put', 'holding/close-gives-back'],
    methods: (driver) => {
      const taken = new Map<string, Mount[]>();
      const putAny = async (mount: Mount, options?: PutOptions): Promise<void> => {
        const held = taken.get(mount.id) ?? [];
        const meant = held.includes(mount) ? mount : held[0];
        await meant?.put(options);
        taken.set(
          mount.id,
          (taken.get(mount.id) ?? []).filter((other) => other !== meant),
        );
      };
      return { get: notingMounts(driver, taken, (mount) => puttingBy(mount, (options) => putAny(mount, options))) };
    },
  }),
  onReference({
    name: 'disposal-works-once-a-layer',
    defect:
      'Only the first `await using` of a layer gives it back: what remembers that belongs to the layer, not to the mount.',
    trips: [
      'holding/disposal-gives-back',
      'holding/holders-tell-who',
      'holding/a-name-must-hold-what-it-gives-back',
      'holding/detach-takes-busy-mounts-away',
      'holding/a-held-layer-does-not-change-its-state',
      'holding/a-name-is-free-again',
      'mount-flags/committed-layers-are-read-only-whatever-is-asked',
      'mount-flags/each-holder-has-its-own',
    ],
    spares: ['holding/every-get-needs-its-put', 'holding/a-lease-counts'],
    methods: (driver) => {
      const disposed = new Set<string>();
      const dispose = async (mount: Mount): Promise<void> => {
        if (!disposed.has(mount.id)) await mount.put();
        disposed.add(mount.id);
      };
      return {
        get: changedMounts(driver, (mount) => overridden(mount, { [Symbol.asyncDispose]: () => dispose(mount) })),
      };
    },
  }),
  onReference({
    name: 'only-first-mounts-keep-writes',
    defect: 'Names that are made in any mount of a layer but its first are gone after put.',
    trips: [
      'holding/writes-outlast-the-mount',
      'holding/a-name-is-free-again',
      'descriptions/portable-plans-stay-valid',
    ],
    spares: ['holding/put-unmounts', 'holding/disposal-gives-back'],
    methods: (driver) => {
      const mounted = new Set<string>();
      return {
        get: changedMounts(driver, (mount) => {
          const isFirst = !mounted.has(mount.id);
          mounted.add(mount.id);
          return isFirst ? mount : losingNewNames(mount);
        }),
      };
    },
  }),
  onReference({
    name: 'leases-are-mounted-apart',
    defect: 'A lease is mounted with nosuid although nobody asked, and so at a place of its own.',
    trips: ['holding/holders-share-one-mount'],
    spares: ['holding/leases-and-processes-are-apart', 'holding/a-lease-counts'],
    methods: (driver) => ({
      get: askingFor(driver, (options) => (options.holder === undefined ? options : { ...options, nosuid: true })),
    }),
  }),
  onReference({
    name: 'get-holds-the-parent-too',
    defect: 'Whoever holds a layer is counted among the holders of its parent, too.',
    trips: ['holding/holders-are-those-of-the-layer'],
    spares: ['holding/every-get-needs-its-put', 'holding/holders-tell-who'],
    methods: (driver) => ({ get: withParents(driver) }),
  }),
  onReference({
    name: 'committed-layers-have-one-holder',
    defect: 'A committed layer that somebody holds is refused to all others.',
    trips: ['holding/a-committed-layer-has-many-holders', 'mount-flags/committed-layers-can-be-restricted-further'],
    spares: ['holding/every-get-needs-its-put', 'holding/a-held-committed-layer-can-be-a-parent'],
    methods: (driver) => ({
      get: async (id, options) => {
        const { kind } = await driver.stat(id);
        if (kind === 'committed' && (await isHeld(driver, id))) throw inUse(id);
        return driver.get(id, options);
      },
    }),
  }),
  onReference({
    name: 'holders-forgets-pids',
    defect: 'Holders does not say which process holds the layer.',
    trips: ['holding/holders-tell-who'],
    spares: ['holding/every-get-needs-its-put', 'holding/a-lease-counts'],
    methods: (driver) => ({
      holders: async (id) => (await driver.holders(id)).map((holder) => ({ ...holder, pid: null })),
    }),
  }),
  onReference({
    name: 'held-layers-cannot-be-read',
    defect: 'The changes of a layer that is held are refused.',
    trips: ['holding/a-held-layer-can-be-read', 'mount-flags/read-only-views-refuse-every-write'],
    spares: ['holding/a-held-layer-does-not-change-its-state', 'descriptions/writes-by-hand-reach-the-layer'],
    methods: (driver) => ({
      changes: async (id, options) => {
        if (await isHeld(driver, id)) throw inUse(id);
        return driver.changes(id, options);
      },
    }),
  }),
  onReference({
    name: 'held-parents-get-no-children',
    defect: 'No layer can be made on top of one that is held.',
    trips: ['holding/a-held-committed-layer-can-be-a-parent'],
    spares: ['holding/a-committed-layer-has-many-holders'],
    methods: (driver) => ({
      create: async (id, options) => {
        const parent = options?.parent;
        if (parent !== undefined && (await isHeld(driver, parent))) throw inUse(parent);
        return driver.create(id, options);
      },
    }),
  }),
  onReference({
    name: 'commit-takes-leases-away',
    defect: 'Commit gives back all leases of the layer, in the place of refusing.',
    trips: ['holding/a-held-layer-does-not-change-its-state', 'holding/a-lease-counts'],
    spares: ['holding/disposal-gives-back', 'holding/leases-outlive-the-driver'],
    methods: (driver) => ({
      commit: async (id, options) => {
        for (const holder of await leasesOn(driver, id)) await driver.put(id, { holder, detach: true });
        return driver.commit(id, options);
      },
    }),
  }),
  onReference({
    name: 'remove-leaves-the-mount-point',
    defect: 'The directory in which a layer was mounted is still there when the layer is not.',
    trips: ['holding/a-name-is-free-again'],
    spares: ['holding/put-unmounts', 'lifecycle/remove-takes-all-away'],
    methods: (driver) => {
      const taken = new Map<string, Mount[]>();
      return {
        get: notingMounts(driver, taken),
        remove: async (id, options) => {
          await driver.remove(id, options);
          for (const { path } of taken.get(id) ?? []) mkdirSync(path, { recursive: true });
        },
      };
    },
  }),
];

function inUse(id: string): StorageError {
  return new StorageError('LAYER_IN_USE', `The layer ${id} is held.`);
}

/** A mount at the end of which every name in its root directory is removed that was not there at its beginning. */
function losingNewNames(mount: Mount): Mount {
  if (mount.readOnly) return mount;
  const before = new Set(readdirSync(mount.path));
  return beforePut(mount, () => {
    if (!existsSync(mount.path)) return;
    for (const name of readdirSync(mount.path)) {
      if (!before.has(name)) rmSync(join(mount.path, name), { recursive: true });
    }
  });
}

function withParents(driver: Driver): Driver['get'] {
  return async (id, options) => {
    const { parent } = await driver.stat(id);
    const mount = await driver.get(id, options);
    if (parent === null) return mount;
    const below = await driver.get(parent);
    return beforePut(mount, () => below.put());
  };
}
