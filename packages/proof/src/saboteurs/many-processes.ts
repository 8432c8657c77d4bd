import type { Driver, LayerRecord } from '@graphdriver/core';
import { StorageError } from '@graphdriver/core';
import { createMounter } from '@graphdriver/host';
import { onVfs } from '../plan.ts';
import { overridden } from '../sabotage.ts';
import type { Saboteur } from '../saboteur.ts';
import { changedMounts } from '../tamper/mounts.ts';
import { insteadOf } from '../tamper/refusals.ts';

/** Drivers that forget, or misjudge, that other processes use the root. */
export const manyProcessSaboteurs: readonly Saboteur[] = [
  onVfs({
    name: 'records-are-read-once',
    defect: 'A process knows the layers that were there when it opened the root, and what it did itself.',
    trips: ['processes/records-are-shared', 'processes/refusals-are-shared', 'processes/layers-outlive-their-process'],
    spares: ['processes/holds-are-counted-across', 'processes/leases-belong-to-nobody'],
    methods: recordsOfOnce,
  }),
  onVfs({
    name: 'layers-in-use-are-refused-without-a-word-why',
    defect: 'What is refused because a layer is in use fails with SYSTEM_CALL_FAILED.',
    trips: ['processes/storms-leave-a-consistent-root'],
    spares: ['processes/records-are-shared', 'processes/layers-outlive-their-process'],
    methods: (driver) => ({
      remove: (id, options) => insteadOf('LAYER_IN_USE', driver.remove(id, options), failSomehow),
      commit: (id, options) => insteadOf('LAYER_IN_USE', driver.commit(id, options), failSomehow),
    }),
  }),
  onVfs({
    name: 'mounts-are-seen-through-their-process',
    defect: 'The path of a mount leads through the process that took it.',
    trips: ['processes/content-is-shared', 'processes/leases-outlive-the-killed'],
    spares: ['processes/leases-belong-to-nobody', 'processes/the-killed-do-not-stop-commit'],
    methods: (driver) => ({
      get: changedMounts(driver, (mount) => overridden(mount, { path: `/proc/${process.pid}/root${mount.path}` })),
    }),
  }),
  onVfs({
    name: 'the-last-put-of-a-process-unmounts',
    defect: 'Whether anybody else holds a layer is asked of this process only.',
    trips: ['processes/holds-are-counted-across', 'concurrency/two-drivers-share-a-root'],
    spares: ['processes/one-create-wins', 'concurrency/a-lease-is-counted-when-all-take-it-at-once'],
    methods: unmountingPuts,
  }),
  onVfs({
    name: 'leases-belong-to-their-process',
    defect: 'A lease can be given back only by the process that took it.',
    trips: [
      'processes/leases-belong-to-nobody',
      'processes/leases-outlive-the-killed',
      'healing/leases-are-taken-or-not',
      'healing/leases-are-given-back-or-not',
    ],
    spares: ['concurrency/a-lease-is-counted-when-all-take-it-at-once', 'processes/holds-are-counted-across'],
    methods: ownLeases,
  }),
  onVfs({
    name: 'a-process-that-ends-gives-leases-back',
    defect: 'A driver that is closed gives back its leases too.',
    trips: ['processes/ending-gives-back'],
    spares: ['processes/leases-outlive-the-killed', 'processes/leases-belong-to-nobody'],
    methods: (driver) => {
      const taken: (readonly [id: string, holder: string])[] = [];
      return {
        get: async (id, options) => {
          const mount = await driver.get(id, options);
          if (mount.holder !== null) taken.push([id, mount.holder]);
          return mount;
        },
        close: async () => {
          for (const [id, holder] of taken.splice(0)) await driver.put(id, { holder }).catch(() => undefined);
          await driver.close();
        },
      };
    },
  }),
  onVfs({
    name: 'the-dead-pass-for-living',
    defect: 'Every hold is shown as live.',
    trips: ['processes/holds-of-the-killed-show-as-not-live'],
    spares: ['processes/the-killed-do-not-stop-remove', 'processes/holds-are-counted-across'],
    methods: (driver) => ({
      holders: async (id) => (await driver.holders(id)).map((holder) => ({ ...holder, live: true })),
    }),
  }),
  onVfs({
    name: 'the-dead-hold-on',
    defect: 'The hold of a killed process counts until the root is opened again.',
    trips: [
      'processes/the-killed-do-not-stop-commit',
      'processes/the-killed-do-not-stop-remove',
      'processes/the-killed-do-not-stop-apply-diff',
      'processes/the-killed-do-not-stop-get',
    ],
    spares: ['processes/opening-releases-the-killed', 'processes/leases-outlive-the-killed'],
    methods: (driver) => {
      const refusing = async (id: string): Promise<void> => {
        const holders = (await driver.exists(id)) ? await driver.holders(id) : [];
        if (holders.every(({ live }) => live)) return;
        throw new StorageError('LAYER_IN_USE', `Somebody holds the layer ${id}.`);
      };
      return {
        commit: (id, options) => refusing(id).then(() => driver.commit(id, options)),
        remove: (id, options) => refusing(id).then(() => driver.remove(id, options)),
        applyDiff: (id, archive, options) => refusing(id).then(() => driver.applyDiff(id, archive, options)),
        get: (id, options) => refusing(id).then(() => driver.get(id, options)),
      };
    },
  }),
];

function recordsOfOnce(driver: Driver): Partial<Driver> {
  const known: Promise<Map<string, LayerRecord>> = driver.list().then((records) => {
    return new Map(records.map((record) => [record.id, record]));
  });
  const noted = async (record: LayerRecord): Promise<LayerRecord> => {
    (await known).set(record.id, record);
    return record;
  };
  return {
    create: async (id, options) => noted(await driver.create(id, options)),
    commit: async (id, options) => noted(await driver.commit(id, options)),
    setLabels: async (id, labels) => noted(await driver.setLabels(id, labels)),
    remove: async (id, options) => {
      await driver.remove(id, options);
      (await known).delete(id);
    },
    stat: async (id) => (await known).get(id) ?? driver.stat(id),
    exists: async (id) => (await known).has(id),
    list: async () => [...(await known).values()],
  };
}

function unmountingPuts(driver: Driver): Partial<Driver> {
  const counts = new Map<string, number>();
  return {
    get: async (id, options) => {
      const mount = await driver.get(id, options);
      const { path } = mount;
      counts.set(path, (counts.get(path) ?? 0) + 1);
      let isDone = false;
      const put: typeof mount.put = async (how) => {
        await mount.put(how);
        if (isDone) return;
        isDone = true;
        const left = (counts.get(path) ?? 1) - 1;
        counts.set(path, left);
        if (left === 0) await createMounter().unmount(path, { detach: true });
      };
      return overridden(mount, { put, [Symbol.asyncDispose]: () => put() });
    },
  };
}

function ownLeases(driver: Driver): Partial<Driver> {
  const taken = new Set<string>();
  return {
    get: async (id, options) => {
      const mount = await driver.get(id, options);
      if (mount.holder !== null) taken.add(`${id} ${mount.holder}`);
      return mount;
    },
    put: async (id, options) => {
      if (taken.has(`${id} ${options.holder}`)) return driver.put(id, options);
      throw new StorageError('HOLDER_NOT_FOUND', `This process has not taken the lease ${options.holder}.`);
    },
  };
}

function failSomehow(): never {
  throw new StorageError('SYSTEM_CALL_FAILED', 'The layer could not be changed.');
}
