import { linkSync, lstatSync, unlinkSync } from 'node:fs';
import { join, relative } from 'node:path';
import { type CreateOptions, type Driver, type LayerRecord, StorageError } from '@graphdriver/core';
import { onReference } from '../plan.ts';
import type { Saboteur } from '../saboteur.ts';
import { isThere, layerDirectory, pathsUnder } from '../tamper/layer-directory.ts';
import { insteadOf } from '../tamper/refusals.ts';

/** Drivers whose forks are something else. */
export const forkSaboteurs: readonly Saboteur[] = [
  onReference({
    name: 'forks-are-denied',
    defect: 'The driver says that it forks no layers, and it does.',
    trips: ['forks/are-refused-where-not-promised'],
    spares: ['refusals/a-quota-that-was-not-promised', 'lifecycle/an-id-is-taken-once'],
    capabilities: { forks: false },
  }),
  onReference({
    name: 'forks-take-a-parent-and-leave-it',
    defect: 'A parent that is given together with what is to be forked is passed over.',
    trips: ['forks/are-given-an-id-and-no-parent'],
    spares: ['forks/have-a-record-of-their-own', 'ids/unknown-options-are-type-errors'],
    methods: (driver) => ({
      create: async (id, { parent, ...options } = {}) =>
        driver.create(id, options.forkOf === undefined && parent !== undefined ? { ...options, parent } : options),
    }),
  }),
  onReference({
    name: 'forks-are-siblings',
    defect: 'A fork is a new layer on the parent of its source, and has nothing of what that has changed.',
    trips: [
      'forks/start-from-the-files-of-their-source',
      'forks/differ-from-their-parent-as-their-source-does',
      'forks/equal-plain-directories',
      'forks/take-what-their-source-takes',
      'forks/leave-nothing-when-they-fail',
    ],
    spares: ['forks/obey-an-aborted-signal', 'forks/of-what-is-held-are-refused'],
    methods: (driver) =>
      forking(driver, async (id, source, options) => {
        // What is refused is refused as before.
        await driver.create(id, { ...options, forkOf: source });
        await driver.remove(id);
        const { parent } = await driver.stat(source);
        return driver.create(id, parent === null ? options : { ...options, parent });
      }),
  }),
  onReference({
    name: 'forks-differ-from-their-source',
    defect: 'The archive of a fork has what was changed since the fork.',
    trips: ['forks/differ-from-their-parent-as-their-source-does', 'forks/equal-plain-directories'],
    spares: ['forks/start-from-the-files-of-their-source', 'forks/go-their-own-way'],
    methods: (driver) => {
      const sources = new Map<string, string>();
      return {
        ...forking(driver, async (id, source, options) => {
          const record = await driver.create(id, { ...options, forkOf: source });
          sources.set(id, source);
          return record;
        }),
        diff: (id, options = {}) => {
          const base = sources.get(id);
          return driver.diff(id, base === undefined ? options : { base, ...options });
        },
      };
    },
  }),
  onReference({
    name: 'forks-share-their-files',
    defect: 'A fork has hard links to the files of its source, as a copy that is quick has.',
    trips: ['forks/go-their-own-way', 'forks/equal-plain-directories'],
    spares: ['forks/have-a-record-of-their-own', 'forks/of-one-layer-at-once'],
    methods: (driver) =>
      forking(driver, async (id, source, options) => {
        const record = await driver.create(id, { ...options, forkOf: source });
        const [from, to] = [await layerDirectory(driver, source), await layerDirectory(driver, id)];
        for (const path of pathsUnder(to, (entry) => entry.isFile())) {
          const original = join(from, relative(to, path));
          if (!isThere(original) || lstatSync(original).nlink > 1) continue;
          unlinkSync(path);
          linkSync(original, path);
        }
        return record;
      }),
  }),
  onReference({
    name: 'forks-inherit-labels',
    defect: 'A fork that is given no labels has those of its source.',
    trips: ['forks/have-a-record-of-their-own'],
    spares: ['forks/start-from-the-files-of-their-source', 'records/labels-are-replaced-as-a-whole'],
    methods: (driver) =>
      forking(driver, async (id, source, options) => {
        const { labels } = await driver.stat(source);
        return driver.create(id, { labels, ...options, forkOf: source });
      }),
  }),
  onReference({
    name: 'held-layers-are-forked',
    defect: 'What somebody may be writing to is forked by its archive.',
    trips: ['forks/of-what-is-held-are-refused'],
    spares: ['forks/of-what-cannot-be-forked-are-refused', 'forks/start-from-the-files-of-their-source'],
    methods: (driver) =>
      forking(driver, async (id, source, options) =>
        insteadOf('LAYER_IN_USE', driver.create(id, { ...options, forkOf: source }), async () => {
          const { parent } = await driver.stat(source);
          const record = await driver.create(id, parent === null ? options : { ...options, parent });
          await driver.applyDiff(id, driver.diff(source));
          return record;
        }),
      ),
  }),
  onReference({
    name: 'forks-of-the-committed-are-children',
    defect: 'A fork of a committed layer is a child of it.',
    trips: ['forks/of-what-cannot-be-forked-are-refused'],
    spares: ['forks/of-what-is-held-are-refused', 'forks/have-a-record-of-their-own'],
    methods: (driver) =>
      forking(driver, async (id, source, options) =>
        insteadOf('LAYER_COMMITTED', driver.create(id, { ...options, forkOf: source }), () =>
          driver.create(id, { ...options, parent: source }),
        ),
      ),
  }),
  onReference({
    name: 'one-fork-at-a-time',
    defect: 'A layer that is being forked is in use for whoever wants another fork of it.',
    trips: ['forks/of-one-layer-at-once'],
    spares: ['forks/go-their-own-way', 'forks/of-what-is-held-are-refused'],
    methods: (driver) => {
      const forked = new Set<string>();
      return forking(driver, async (id, source, options) => {
        if (forked.has(source)) throw new StorageError('LAYER_IN_USE', `${source} is being forked.`);
        forked.add(source);
        try {
          return await driver.create(id, { ...options, forkOf: source });
        } finally {
          forked.delete(source);
        }
      });
    },
  }),
  onReference({
    name: 'forks-cannot-be-aborted',
    defect: 'A fork does not look at its signal.',
    trips: ['forks/obey-an-aborted-signal'],
    spares: ['refusals/an-aborted-signal', 'forks/of-one-layer-at-once'],
    methods: (driver) =>
      forking(driver, async (id, source, { signal: _, ...options }) =>
        driver.create(id, { ...options, forkOf: source }),
      ),
  }),
  onReference({
    name: 'forks-take-nothing',
    defect: 'What a fork has from its source does not count as its own.',
    trips: ['forks/take-what-their-source-takes'],
    spares: ['usage/counts-what-the-layer-adds', 'forks/start-from-the-files-of-their-source'],
    methods: (driver) => {
      const forks = new Set<string>();
      return {
        ...forking(driver, async (id, source, options) => {
          const record = await driver.create(id, { ...options, forkOf: source });
          forks.add(id);
          return record;
        }),
        usage: async (id, options) => {
          const usage = await driver.usage(id, options);
          return forks.has(id) ? { ...usage, allocated: 0 } : usage;
        },
      };
    },
  }),
];

/** `create` that makes forks in another way. */
function forking(
  driver: Driver,
  fork: (id: string, source: string, options: Omit<CreateOptions, 'forkOf'>) => Promise<LayerRecord>,
): Pick<Driver, 'create'> {
  return {
    create: async (id, options = {}) => {
      const { forkOf, ...others } = options;
      // What is wrong in both is refused as before.
      if (forkOf === undefined || others.parent !== undefined) return driver.create(id, options);
      return fork(id, forkOf, others);
    },
  };
}
