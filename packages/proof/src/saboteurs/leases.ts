import { type Driver, isStorageError, type Mount, StorageError } from '@graphdriver/core';
import { onOverlay2, onReference } from '../plan.ts';
import type { Saboteur } from '../saboteur.ts';
import { isHeld, leasesOn, notingMounts, puttingBy } from '../tamper/holds.ts';
import { changedMounts } from '../tamper/mounts.ts';

/** All mounts that saboteurs of this process took, by the root: what a driver sees that does not look whose holds they are. */
const takenAt = new Map<string, Mount[]>();

/** Drivers that mix up leases with each other or with processes, give busy mounts back, or close wrongly. */
export const leaseSaboteurs: readonly Saboteur[] = [
  onReference({
    name: 'a-lease-is-counted-once',
    defect: 'A lease that is taken twice is given back by the first put.',
    trips: ['holding/a-lease-counts'],
    spares: ['holding/every-get-needs-its-put', 'holding/a-lease-is-given-back-by-name'],
    methods: (driver) => ({
      get: async (id, options) => {
        const holder = options?.holder;
        const isAgain = holder !== undefined && (await leasesOn(driver, id)).includes(holder);
        const mount = await driver.get(id, options);
        if (isAgain) await driver.put(id, { holder });
        return mount;
      },
    }),
  }),
  onReference({
    name: 'lease-names-ignore-case',
    defect: 'A lease can be given back in a name that is written otherwise.',
    trips: ['holding/a-name-must-hold-what-it-gives-back'],
    spares: ['holding/a-lease-is-given-back-by-name', 'holding/a-lease-counts'],
    methods: (driver) => ({
      put: async (id, options) => {
        const meant = (await leasesOn(driver, id)).find(sameInAnyCase(options.holder));
        await driver.put(id, { ...options, holder: meant ?? options.holder });
      },
    }),
  }),
  onReference({
    name: 'putting-what-nobody-holds-is-no-error',
    defect: 'Put in a name that does not hold the layer does nothing, and says nothing.',
    trips: ['holding/a-name-must-hold-what-it-gives-back', 'holding/a-lease-counts'],
    spares: ['holding/a-lease-is-given-back-by-name', 'holding/leases-and-processes-are-apart'],
    methods: (driver) => ({
      put: async (id, options) => {
        try {
          await driver.put(id, options);
        } catch (error) {
          if (!isStorageError(error, 'HOLDER_NOT_FOUND')) throw error;
        }
      },
    }),
  }),
  onReference({
    name: 'put-by-name-takes-the-processes-hold',
    defect: 'Giving a lease back gives back what this process holds, too.',
    trips: ['holding/leases-and-processes-are-apart'],
    spares: ['holding/a-lease-is-given-back-by-name', 'holding/every-get-needs-its-put'],
    methods: (driver) => {
      const taken = new Map<string, Mount[]>();
      return {
        get: notingMounts(driver, taken),
        put: async (id, options) => {
          await driver.put(id, options);
          for (const mount of taken.get(id) ?? []) if (mount.holder === null) await mount.put();
        },
      };
    },
  }),
  onReference({
    name: 'put-ignores-open-files',
    defect: 'Put takes a mount away although files in it are open.',
    trips: ['holding/a-busy-mount-stays', 'holding/a-busy-lease-stays'],
    spares: ['holding/detach-takes-busy-mounts-away', 'holding/only-the-last-put-meets-open-files'],
    methods: (driver) => ({
      get: changedMounts(driver, (mount) => puttingBy(mount, () => mount.put({ detach: true }))),
      put: (id, options) => driver.put(id, { ...options, detach: true }),
    }),
  }),
  onReference({
    name: 'detach-is-ignored',
    defect: 'Put refuses a busy mount although it was told to detach.',
    trips: ['holding/detach-takes-busy-mounts-away'],
    spares: ['holding/a-busy-mount-stays', 'holding/a-busy-lease-stays'],
    methods: (driver) => ({
      get: changedMounts(driver, (mount) => puttingBy(mount, () => mount.put())),
      put: (id, { holder }) => driver.put(id, { holder }),
    }),
  }),
  onReference({
    name: 'volatile-is-promised',
    defect: 'The driver says that it has volatile mounts, and mounts all the same way.',
    capabilities: { volatile: true },
    trips: ['holding/volatile-and-durable-do-not-mix'],
    spares: ['holding/writes-outlast-the-mount', 'mount-flags/committed-layers-are-read-only-whatever-is-asked'],
  }),
  onOverlay2({
    name: 'volatile-is-denied',
    defect: 'The driver says that it has no volatile mounts, and has them.',
    capabilities: { volatile: false },
    trips: ['holding/volatile-is-nothing-without-the-promise'],
    spares: ['holding/writes-outlast-the-mount'],
  }),
  onReference({
    name: 'volatile-needs-an-idle-layer',
    defect:
      'A layer that was asked for with `volatile` is refused to all others, although the driver has no volatile mounts.',
    trips: ['holding/volatile-is-nothing-without-the-promise'],
    spares: ['mount-flags/committed-layers-are-read-only-whatever-is-asked', 'holding/every-get-needs-its-put'],
    methods: (driver) => ({ get: refusingNextToVolatile(driver) }),
  }),
  onReference({
    name: 'close-gives-nothing-back',
    defect: 'What was held through a driver is held for ever when the driver is closed.',
    trips: [
      'holding/close-gives-back',
      'holding/close-gives-back-nothing-of-others',
      'holding/open-files-outlast-close',
    ],
    spares: ['holding/leases-outlive-the-driver', 'holding/put-unmounts'],
    methods: () => ({ close: async () => undefined }),
  }),
  onReference({
    name: 'close-gives-back-what-others-hold',
    defect: 'Close gives back all that this process holds, also through other drivers of the same root.',
    trips: ['holding/close-gives-back-nothing-of-others'],
    spares: ['holding/close-gives-back', 'holding/leases-outlive-the-driver'],
    methods: (driver) => ({
      get: changedMounts(driver, (mount) => {
        takenAt.set(driver.root, [...(takenAt.get(driver.root) ?? []), mount]);
        return mount;
      }),
      close: async () => {
        for (const mount of takenAt.get(driver.root) ?? [])
          if (mount.holder === null) await mount.put({ detach: true });
        takenAt.delete(driver.root);
        await driver.close();
      },
    }),
  }),
  onReference({
    name: 'close-gives-leases-back',
    defect: 'Close gives back all leases on layers of the root.',
    trips: ['holding/leases-outlive-the-driver'],
    spares: ['holding/close-gives-back', 'holding/close-gives-back-nothing-of-others'],
    methods: (driver) => {
      let isClosed = false;
      return {
        close: async () => {
          for (const { id } of isClosed ? [] : await driver.list()) {
            for (const holder of await leasesOn(driver, id)) await driver.put(id, { holder });
          }
          isClosed = true;
          await driver.close();
        },
      };
    },
  }),
  onReference({
    name: 'close-refuses-busy-mounts',
    defect: 'Close leaves mounts in which files are open where they are, and held.',
    trips: ['holding/open-files-outlast-close'],
    spares: ['holding/close-gives-back', 'holding/close-gives-back-nothing-of-others'],
    methods: (driver) => {
      const taken = new Map<string, Mount[]>();
      return {
        get: notingMounts(driver, taken),
        close: async () => {
          for (const mount of [...taken.values()].flat()) if (mount.holder === null) await mount.put();
          await driver.close();
        },
      };
    },
  }),
];

function sameInAnyCase(name: string): (other: string) => boolean {
  return (other) => other.toLowerCase() === name.toLowerCase();
}

function refusingNextToVolatile(driver: Driver): Driver['get'] {
  const careless = new Set<string>();
  return async (id, options) => {
    const held = await isHeld(driver, id);
    if (!held) careless.delete(id);
    if (careless.has(id) && options?.volatile !== true) {
      throw new StorageError('LAYER_IN_USE', `The layer ${id} is held without any promise.`);
    }
    if (!held && options?.volatile === true) careless.add(id);
    return driver.get(id, options);
  };
}
