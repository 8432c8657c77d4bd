import type { Driver, MountDescription, MountOptions, MountPlan } from '@graphdriver/core';
import { onReference } from '../plan.ts';
import type { Saboteur } from '../saboteur.ts';
import { isHeld } from '../tamper/holds.ts';
import { layerDirectory } from '../tamper/layer-directory.ts';

/** Drivers that describe other mounts than they make. */
export const holdDescriptionSaboteurs: readonly Saboteur[] = [
  onReference({
    name: 'descriptions-show-the-parent',
    defect: 'What is described is the layer below the one that was asked for.',
    trips: [
      'descriptions/mounting-by-hand-shows-the-view',
      'descriptions/read-only-views-show-the-same',
      'descriptions/writes-by-hand-reach-the-layer',
      'descriptions/portable-plans-work-elsewhere',
      'descriptions/portable-plans-stay-valid',
    ],
    spares: ['descriptions/lone-layers-are-binds', 'descriptions/restrictions-are-in-it'],
    methods: (driver) => ({
      describeMount: async (id, options) => {
        const { parent } = await driver.stat(id);
        const plan = await driver.describeMount(id, options);
        return parent === null ? plan : fromElsewhere(plan, await layerDirectory(driver, parent));
      },
    }),
  }),
  onReference({
    name: 'descriptions-forget-read-only',
    defect: 'No description says `ro`.',
    trips: ['descriptions/read-only-views-show-the-same', 'descriptions/committed-layers-are-described-read-only'],
    spares: ['descriptions/mounting-by-hand-shows-the-view', 'descriptions/restrictions-are-in-it'],
    methods: (driver) => ({ describeMount: withOptions(driver, (options) => options.filter((one) => one !== 'ro')) }),
  }),
  onReference({
    name: 'committed-layers-are-described-as-asked',
    defect: 'The description of a committed layer says `ro` only where somebody asked for it.',
    trips: ['descriptions/committed-layers-are-described-read-only'],
    spares: ['descriptions/read-only-views-show-the-same'],
    methods: (driver) => ({
      describeMount: withOptions(driver, (options, asked) =>
        asked.readOnly === true ? options : options.filter((one) => one !== 'ro'),
      ),
    }),
  }),
  onReference({
    name: 'descriptions-forget-restrictions',
    defect: 'A description says nothing of nosuid, nodev and noexec.',
    trips: ['descriptions/restrictions-are-in-it'],
    spares: ['descriptions/read-only-views-show-the-same', 'mount-flags/all-at-once'],
    methods: (driver) => ({
      describeMount: (id, { nosuid, nodev, noexec, ...others } = {}) => driver.describeMount(id, others),
    }),
  }),
  onReference({
    name: 'descriptions-are-read-only',
    defect: 'Every layer is described read-only, also a writable one.',
    trips: ['descriptions/writes-by-hand-reach-the-layer', 'descriptions/restrictions-are-in-it'],
    spares: ['descriptions/read-only-views-show-the-same', 'descriptions/mounting-by-hand-shows-the-view'],
    methods: (driver) => ({ describeMount: (id, options) => driver.describeMount(id, { ...options, readOnly: true }) }),
  }),
  onReference({
    name: 'descriptions-remount',
    defect: 'A bind is described as two mounts, one for the directory and one for its options.',
    trips: ['descriptions/lone-layers-are-binds', 'descriptions/portable-plans-work-elsewhere'],
    spares: ['descriptions/portable-as-promised', 'descriptions/read-only-views-show-the-same'],
    methods: (driver) => ({
      describeMount: async (id, options) => {
        const plan = await driver.describeMount(id, options);
        return { ...plan, mounts: [...plan.mounts, ...plan.mounts] };
      },
    }),
  }),
  onReference({
    name: 'held-layers-are-described-live',
    defect: 'A layer that is held is described as live, although the driver promises portable mounts.',
    trips: ['descriptions/portable-as-promised'],
    spares: ['descriptions/held-layers-can-be-described', 'descriptions/portable-plans-stay-valid'],
    methods: (driver) => ({
      describeMount: async (id, options) => {
        const plan = await driver.describeMount(id, options);
        return (await isHeld(driver, id)) ? { ...plan, sharing: 'live' } : plan;
      },
    }),
  }),
  onReference({
    name: 'descriptions-name-a-mount-that-is-gone',
    defect: 'What is described is a mount of the driver, which it takes away when it has been described.',
    trips: [
      'descriptions/portable-plans-work-elsewhere',
      'descriptions/portable-plans-stay-valid',
      'descriptions/mounting-by-hand-shows-the-view',
      'descriptions/read-only-views-show-the-same',
      'descriptions/committed-layers-are-described-read-only',
      'descriptions/restrictions-are-in-it',
      'descriptions/writes-by-hand-reach-the-layer',
      'descriptions/lone-layers-are-binds',
    ],
    spares: ['descriptions/portable-as-promised', 'descriptions/nothing-is-mounted-or-held'],
    methods: (driver) => ({
      describeMount: async (id, options) => {
        const plan = await driver.describeMount(id, options);
        await using mount = await driver.get(id, options);
        return fromElsewhere(plan, mount.path);
      },
    }),
  }),
  onReference({
    name: 'descriptions-end-with-the-driver',
    defect: 'What is described is a mount that the driver holds until it is closed.',
    trips: [
      'descriptions/portable-plans-stay-valid',
      'descriptions/nothing-is-mounted-or-held',
      'descriptions/held-layers-can-be-described',
    ],
    spares: ['descriptions/mounting-by-hand-shows-the-view', 'descriptions/portable-plans-work-elsewhere'],
    methods: (driver) => ({
      describeMount: async (id, options) => {
        const plan = await driver.describeMount(id, options);
        const mount = await driver.get(id, options);
        return fromElsewhere(plan, mount.path);
      },
    }),
  }),
  onReference({
    name: 'portable-mounts-are-denied',
    defect: 'The driver says that its descriptions need a holder, and they do not.',
    capabilities: { portableMounts: false },
    trips: ['descriptions/live-plans-need-a-holder'],
    spares: ['descriptions/mounting-by-hand-shows-the-view', 'descriptions/lone-layers-are-binds'],
  }),
];

function fromElsewhere(plan: MountPlan, source: string): MountPlan {
  return { ...plan, mounts: plan.mounts.map((mount) => ({ ...mount, source })) };
}

type Options = MountDescription['options'];

/** A `describeMount` whose mounts have the options that `change` makes of theirs. */
function withOptions(
  driver: Driver,
  change: (options: Options, asked: MountOptions) => Options,
): Driver['describeMount'] {
  return async (id, asked = {}) => {
    const plan = await driver.describeMount(id, asked);
    return { ...plan, mounts: plan.mounts.map((mount) => ({ ...mount, options: change(mount.options, asked) })) };
  };
}
