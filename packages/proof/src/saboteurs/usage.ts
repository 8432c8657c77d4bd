import { lstatSync } from 'node:fs';
import type { Driver, Usage } from '@graphdriver/core';
import { measureTree } from '@graphdriver/host';
import { onReference } from '../plan.ts';
import type { Saboteur } from '../saboteur.ts';
import { layerDirectory, pathsUnder } from '../tamper/layer-directory.ts';

/** Drivers that count wrong. */
export const usageSaboteurs: readonly Saboteur[] = [
  onReference({
    name: 'usage-counts-the-view',
    defect: 'The usage of a layer is that of everything it shows.',
    trips: ['usage/counts-what-the-layer-adds'],
    spares: ['usage/counts-hard-links-once', 'usage/tells-apparent-from-allocated'],
    methods: (driver) => ({
      usage: async (id) => {
        const { allocated, apparent, inodes } = await measureTree(await layerDirectory(driver, id));
        return { allocated, apparent, inodes };
      },
    }),
  }),
  onReference({
    name: 'usage-counts-only-new-names',
    defect: 'Lower files that were changed do not count.',
    trips: ['usage/counts-what-is-replaced'],
    spares: ['usage/counts-what-the-layer-adds', 'usage/tells-apparent-from-allocated'],
    methods: (driver) => ({
      usage: async (id, options) => {
        const usage = await driver.usage(id, options);
        const added = (await driver.changes(id)).some(({ kind }) => kind === 'add');
        return added ? usage : { allocated: 0, apparent: 0, inodes: 0 };
      },
    }),
  }),
  onReference({
    name: 'usage-falls-with-children',
    defect: 'What a layer shares with its children no longer counts as its own.',
    trips: ['usage/is-recorded-at-commit'],
    spares: ['usage/counts-hard-links-once', 'usage/tells-apparent-from-allocated'],
    methods: (driver) => ({
      usage: async (id, options) => {
        const usage = await driver.usage(id, options);
        const children = (await driver.list()).filter(({ parent }) => parent === id);
        return children.length === 0 ? usage : { ...usage, allocated: 0 };
      },
    }),
  }),
  onReference({
    name: 'usage-counts-every-name',
    defect: 'A file with several names counts several times.',
    trips: ['usage/counts-hard-links-once'],
    spares: ['usage/counts-what-is-replaced', 'usage/tells-apparent-from-allocated'],
    methods: (driver) => ({
      usage: changedUsage(driver, (usage, directory) => {
        const extra = pathsUnder(directory, (entry) => entry.isFile()).map((path) => lstatSync(path));
        const again = extra
          .filter(({ nlink }) => nlink > 1)
          .reduce((sum, { size, nlink }) => sum + (size * (nlink - 1)) / nlink, 0);
        return { ...usage, apparent: usage.apparent + again, allocated: usage.allocated + again };
      }),
    }),
  }),
  onReference({
    name: 'usage-takes-sizes-for-blocks',
    defect: 'Holes count as allocated.',
    trips: ['usage/tells-apparent-from-allocated'],
    spares: ['usage/counts-hard-links-once', 'usage/counts-what-is-replaced'],
    methods: (driver) => ({ usage: changedUsage(driver, (usage) => ({ ...usage, allocated: usage.apparent })) }),
  }),
  onReference({
    name: 'reclaimable-is-nothing',
    defect: 'Removing a layer never seems to give anything back.',
    trips: ['usage/reclaimable-is-what-removing-gives-back'],
    spares: ['usage/counts-what-the-layer-adds'],
    methods: (driver) => ({
      reclaimable: async (id, options) => (await driver.reclaimable(id, options)) * 0,
    }),
  }),
];

function changedUsage(driver: Driver, change: (usage: Usage, directory: string) => Usage): Driver['usage'] {
  return async (id, options) => change(await driver.usage(id, options), await layerDirectory(driver, id));
}
