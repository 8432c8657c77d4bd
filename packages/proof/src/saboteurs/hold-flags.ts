import type { Driver, GetOptions, MountOptions } from '@graphdriver/core';
import { copyTree, createMounter, removeTree } from '@graphdriver/host';
import { onReference } from '../plan.ts';
import { overridden } from '../sabotage.ts';
import type { Saboteur } from '../saboteur.ts';
import { askingFor, isHeld } from '../tamper/holds.ts';
import { layerDirectory } from '../tamper/layer-directory.ts';
import { beforePut } from '../tamper/mounts.ts';

/** Drivers that mount with other restrictions than were asked for, or promise what their mounts cannot do. */
export const holdFlagSaboteurs: readonly Saboteur[] = [
  onReference({
    name: 'every-mount-is-nodev',
    defect: 'Devices can be opened in no mount, whoever asked.',
    trips: [
      'mount-flags/nothing-is-restricted-unasked',
      'mount-flags/nosuid',
      'mount-flags/noexec',
      'mount-flags/read-only',
      'mount-flags/each-holder-has-its-own',
      'mount-flags/committed-layers-can-be-restricted-further',
      'mount-flags/restrictions-end-with-the-mount',
    ],
    spares: ['mount-flags/nodev', 'mount-flags/all-at-once'],
    methods: (driver) => ({ get: askingFor(driver, (options) => ({ ...options, nodev: true })) }),
  }),
  onReference({
    name: 'get-forgets-nosuid',
    defect: 'Set-user-id programs work in a mount that was asked for with nosuid.',
    trips: ['mount-flags/nosuid', 'mount-flags/committed-layers-can-be-restricted-further'],
    spares: ['mount-flags/nothing-is-restricted-unasked', 'mount-flags/all-at-once'],
    methods: (driver) => ({ get: askingFor(driver, ({ nosuid, ...others }) => others) }),
  }),
  onReference({
    name: 'get-forgets-nodev',
    defect: 'Devices can be opened in a mount that was asked for with nodev.',
    trips: [
      'mount-flags/nodev',
      'mount-flags/all-at-once',
      'mount-flags/each-holder-has-its-own',
      'mount-flags/committed-layers-can-be-restricted-further',
    ],
    spares: ['mount-flags/nosuid', 'mount-flags/restrictions-end-with-the-mount'],
    methods: (driver) => ({ get: askingFor(driver, ({ nodev, ...others }) => others) }),
  }),
  onReference({
    name: 'get-forgets-noexec',
    defect: 'Programs can be executed in a mount that was asked for with noexec.',
    trips: ['mount-flags/noexec', 'mount-flags/all-at-once', 'mount-flags/each-holder-has-its-own'],
    spares: ['mount-flags/nodev', 'mount-flags/restrictions-end-with-the-mount'],
    methods: (driver) => ({ get: askingFor(driver, ({ noexec, ...others }) => others) }),
  }),
  onReference({
    name: 'get-forgets-read-only',
    defect: 'A writable layer that is asked for with readOnly takes writes.',
    trips: [
      'mount-flags/read-only',
      'mount-flags/all-at-once',
      'mount-flags/read-only-views-refuse-every-write',
      'mount-flags/read-only-views-see-writes',
    ],
    spares: ['mount-flags/nosuid', 'mount-flags/committed-layers-are-read-only-whatever-is-asked'],
    methods: (driver) => ({ get: askingFor(driver, ({ readOnly, ...others }) => others) }),
  }),
  onReference({
    name: 'only-one-restriction-is-kept',
    defect: 'Of several restrictions that are asked for only the first is there.',
    trips: ['mount-flags/all-at-once', 'mount-flags/committed-layers-can-be-restricted-further'],
    spares: ['mount-flags/nosuid', 'mount-flags/nodev', 'mount-flags/noexec', 'mount-flags/read-only'],
    methods: (driver) => ({ get: askingFor(driver, withOneRestriction) }),
  }),
  onReference({
    name: 'committed-layers-are-writable-on-request',
    defect: 'A committed layer that is asked for with `readOnly: false` takes writes.',
    trips: ['mount-flags/committed-layers-are-read-only-whatever-is-asked'],
    spares: ['content/committed-views-refuse-writes', 'mount-flags/committed-layers-can-be-restricted-further'],
    methods: (driver) => ({
      get: async (id, options) => {
        const mount = await driver.get(id, options);
        if (!mount.readOnly || options?.readOnly !== false) return mount;
        return overridden(mount, { path: await layerDirectory(driver, id), readOnly: false });
      },
    }),
  }),
  onReference({
    name: 'the-first-holder-decides',
    defect: 'Everybody gets the mount that the first holder asked for.',
    trips: [
      'mount-flags/each-holder-has-its-own',
      'mount-flags/read-only-views-see-writes',
      'mount-flags/committed-layers-can-be-restricted-further',
    ],
    spares: ['mount-flags/restrictions-end-with-the-mount', 'mount-flags/holders-leave-in-any-order'],
    methods: (driver) => {
      const decided = new Map<string, MountOptions>();
      return {
        get: async (id, { holder, ...wishes } = {}) => {
          const options = (await isHeld(driver, id)) ? (decided.get(id) ?? wishes) : wishes;
          decided.set(id, options);
          return driver.get(id, holder === undefined ? options : { ...options, holder });
        },
      };
    },
  }),
  onReference({
    name: 'restrictions-stay-for-ever',
    defect: 'What was once forbidden in a mount of a layer is forbidden in all later ones.',
    trips: ['mount-flags/restrictions-end-with-the-mount'],
    spares: ['mount-flags/nosuid', 'mount-flags/nothing-is-restricted-unasked'],
    methods: (driver) => {
      const forbidden = new Map<string, GetOptions>();
      return {
        get: (id, options = {}) => {
          const { nosuid, nodev, noexec } = { ...options, ...forbidden.get(id) };
          if (nosuid === true && nodev === true && noexec === true) forbidden.set(id, { nosuid, nodev, noexec });
          return driver.get(id, { ...options, ...forbidden.get(id) });
        },
      };
    },
  }),
  onReference({
    name: 'read-only-views-are-snapshots',
    defect: 'A read-only view of a writable layer shows what the layer was when the view was asked for.',
    trips: ['mount-flags/read-only-views-see-writes'],
    spares: ['mount-flags/read-only', 'mount-flags/read-only-views-refuse-every-write', 'mount-flags/all-at-once'],
    methods: (driver) => ({ get: freezingReadOnlyViews(driver) }),
  }),
  onReference({
    name: 'mapped-ids-are-promised',
    defect: 'The driver says that it maps ids, and shows all files as they are.',
    capabilities: { idMap: 'mount' },
    trips: ['mount-abilities/ids-are-mapped'],
    spares: ['mount-abilities/mounts-are-not-labelled-without-the-promise'],
    methods: (driver) => ({ get: askingFor(driver, ({ idMap, ...others }) => others) }),
  }),
  onReference({
    name: 'id-maps-are-ignored',
    defect: 'An idMap is taken without a word, and no id is mapped.',
    trips: ['mount-abilities/ids-are-not-mapped-without-the-promise'],
    spares: ['mount-abilities/mounts-are-not-labelled-without-the-promise'],
    methods: (driver) => ({ get: askingFor(driver, ({ idMap, ...others }) => others) }),
  }),
  onReference({
    name: 'labelled-mounts-are-promised',
    defect: 'The driver says that it labels mounts, and leaves the label out.',
    capabilities: { mountLabel: true },
    trips: ['mount-abilities/mounts-are-labelled'],
    spares: ['mount-abilities/ids-are-not-mapped-without-the-promise'],
    methods: (driver) => ({
      get: askingFor(driver, ({ mountLabel, ...others }) => others),
      describeMount: (id, { mountLabel, ...others } = {}) => driver.describeMount(id, others),
    }),
  }),
  onReference({
    name: 'labels-of-mounts-are-ignored',
    defect: 'A mountLabel is taken without a word, and nothing is labelled.',
    trips: ['mount-abilities/mounts-are-not-labelled-without-the-promise'],
    spares: ['mount-abilities/ids-are-not-mapped-without-the-promise'],
    methods: (driver) => ({ get: askingFor(driver, ({ mountLabel, ...others }) => others) }),
  }),
  onReference({
    name: 'quotas-are-promised',
    defect: 'The driver says that it has quotas, takes them, and never looks at them again.',
    capabilities: { quota: 'difference' },
    trips: ['mount-abilities/a-quota-holds'],
    spares: ['lifecycle/create-write-commit-child'],
    methods: (driver) => ({ create: (id, { quota, ...others } = {}) => driver.create(id, others) }),
  }),
];

function withOneRestriction({ readOnly, nosuid, nodev, noexec, ...others }: GetOptions): GetOptions {
  if (readOnly === true) return { ...others, readOnly };
  if (nosuid === true) return { ...others, nosuid };
  if (nodev === true) return { ...others, nodev };
  return noexec === true ? { ...others, noexec } : others;
}

/** A `get` that copies a writable layer's tree for every read-only view, and mounts the copy with what else was asked for. */
function freezingReadOnlyViews(driver: Driver): Driver['get'] {
  const mounter = createMounter();
  let copies = 0;
  return async (id, options = {}) => {
    const mount = await driver.get(id, options);
    const { kind } = await driver.stat(id);
    if (!mount.readOnly || kind === 'committed') return mount;
    const path = `${mount.path}.${copies++}`;
    await copyTree(await layerDirectory(driver, id), path);
    const restrictions = (['nosuid', 'nodev', 'noexec'] as const).filter((flag) => options[flag] === true);
    await mounter.bind(path, path, ['ro', ...restrictions]);
    return beforePut(overridden(mount, { path }), async () => {
      await mounter.unmount(path);
      await removeTree(path);
    });
  };
}
