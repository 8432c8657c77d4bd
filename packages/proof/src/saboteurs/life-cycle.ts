import { chmodSync, cpSync, linkSync, mkdirSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Driver, isStorageError, StorageError } from '@graphdriver/core';
import { onReference } from '../plan.ts';
import type { Saboteur } from '../saboteur.ts';
import { isThere, layerDirectory, pathsUnder } from '../tamper/layer-directory.ts';
import { editing } from '../tamper/mounts.ts';
import { insteadOf } from '../tamper/refusals.ts';

/** Drivers that allow what must not be done to a layer, forbid what may be, or leave something behind. */
export const lifeCycleSaboteurs: readonly Saboteur[] = [
  onReference({
    name: 'new-layers-have-lost-and-found',
    defect: 'A layer without a parent has the directory in it that mkfs makes.',
    trips: [
      'lifecycle/a-new-layer-is-empty',
      'lifecycle/remove-takes-all-away',
      'lifecycle/an-id-is-taken-once',
      'lifecycle/create-write-commit-child',
      'lifecycle/parents-outlive-children',
    ],
    spares: ['lifecycle/the-umask-does-not-show', 'lifecycle/a-child-does-not-change-its-parent'],
    methods: (driver) => ({
      create: afterLoneCreate(driver, (directory) => mkdirSync(join(directory, 'lost+found'))),
    }),
  }),
  onReference({
    name: 'new-layers-are-private',
    defect: 'The root directory of a new layer is 0700, as the directories of the driver are.',
    trips: [
      'lifecycle/a-new-layer-is-empty',
      'lifecycle/the-umask-does-not-show',
      'lifecycle/remove-takes-all-away',
      'lifecycle/an-id-is-taken-once',
      'lifecycle/parents-outlive-children',
    ],
    spares: ['lifecycle/create-write-commit-child', 'lifecycle/remove-of-nothing-is-an-error'],
    methods: (driver) => ({ create: afterLoneCreate(driver, (directory) => chmodSync(directory, 0o700)) }),
  }),
  onReference({
    name: 'new-layers-take-the-umask',
    defect: 'The root directory of a new layer is made 0755 and never set to it, so that the umask has a say.',
    trips: ['lifecycle/the-umask-does-not-show'],
    spares: ['lifecycle/a-new-layer-is-empty', 'lifecycle/remove-takes-all-away'],
    methods: (driver) => ({
      create: afterLoneCreate(driver, (directory) => {
        rmdirSync(directory);
        mkdirSync(directory, { mode: 0o755 });
      }),
    }),
  }),
  onReference({
    name: 'commit-forgets-the-files-on-top',
    defect: 'The files in the root directory of a layer are gone after its commit.',
    trips: [
      'lifecycle/create-write-commit-child',
      'lifecycle/an-id-is-taken-once',
      'ids/long-ids-can-be-mounted',
      'lifecycle/a-child-does-not-change-its-parent',
      'lifecycle/parents-outlive-children',
    ],
    spares: ['lifecycle/remove-takes-all-away', 'lifecycle/commit-happens-once'],
    methods: (driver) => ({
      commit: async (id, options) => {
        const record = await driver.commit(id, options);
        const directory = await layerDirectory(driver, id);
        for (const path of pathsUnder(directory, (entry) => entry.isFile() && entry.parentPath === directory)) {
          rmSync(path);
        }
        return record;
      },
    }),
  }),
  onReference({
    name: 'create-is-happy-with-what-is-there',
    defect: 'Create with the id of a layer returns that layer.',
    trips: ['lifecycle/an-id-is-taken-once', 'lifecycle/a-failed-create-leaves-no-child-behind'],
    spares: ['lifecycle/a-parent-must-exist', 'lifecycle/commit-happens-once'],
    methods: (driver) => ({
      create: async (id, options) => insteadOf('LAYER_EXISTS', driver.create(id, options), () => driver.stat(id)),
    }),
  }),
  onReference({
    name: 'create-empties-what-it-refuses',
    defect: 'Create with the id of a writable layer is refused after the directory has been made anew.',
    trips: ['lifecycle/an-id-is-taken-once'],
    spares: ['lifecycle/a-failed-create-leaves-no-child-behind', 'lifecycle/remove-takes-all-away'],
    methods: (driver) => ({
      create: async (id, options) =>
        driver.create(id, options).catch(async (error: unknown) => {
          if (isStorageError(error, 'LAYER_EXISTS')) await emptyIfWritable(driver, id);
          throw error;
        }),
    }),
  }),
  onReference({
    name: 'missing-parents-are-none',
    defect: 'A layer on a parent that is not there is made without one.',
    trips: ['lifecycle/a-parent-must-exist'],
    spares: ['lifecycle/a-parent-must-be-committed', 'ids/other-parents-and-bases-are-type-errors'],
    methods: (driver) => ({
      create: async (id, options = {}) => {
        const { parent: _, ...others } = options;
        return insteadOf('PARENT_NOT_FOUND', driver.create(id, options), () => driver.create(id, others));
      },
    }),
  }),
  onReference({
    name: 'create-commits-the-parent',
    defect: 'A writable layer is committed when somebody wants it for a parent.',
    trips: ['lifecycle/a-parent-must-be-committed'],
    spares: ['lifecycle/a-parent-must-exist', 'lifecycle/commit-happens-once'],
    methods: (driver) => ({
      create: async (id, options = {}) =>
        insteadOf('PARENT_NOT_COMMITTED', driver.create(id, options), async () => {
          if (options.parent !== undefined) await driver.commit(options.parent);
          return driver.create(id, options);
        }),
    }),
  }),
  onReference({
    name: 'commit-can-be-repeated',
    defect: 'Committing a committed layer does nothing and says nothing.',
    trips: ['lifecycle/commit-happens-once'],
    spares: ['lifecycle/committed-never-changes-again', 'lifecycle/a-parent-must-be-committed'],
    methods: (driver) => ({
      commit: async (id, options) => insteadOf('LAYER_COMMITTED', driver.commit(id, options), () => driver.stat(id)),
    }),
  }),
  onReference({
    name: 'commit-makes-what-is-missing',
    defect: 'Committing a layer that is not there makes an empty one.',
    trips: ['lifecycle/commit-happens-once', 'refusals/a-missing-layer'],
    spares: ['lifecycle/committed-never-changes-again', 'lifecycle/remove-of-nothing-is-an-error'],
    methods: (driver) => ({
      commit: async (id, options) =>
        insteadOf('LAYER_NOT_FOUND', driver.commit(id, options), async () => {
          await driver.create(id);
          return driver.commit(id, options);
        }),
    }),
  }),
  onReference({
    name: 'apply-to-committed-layers-is-lost',
    defect: 'An archive for a committed layer is passed over without a word.',
    trips: ['lifecycle/committed-never-changes-again'],
    spares: ['lifecycle/commit-happens-once', 'refusals/a-missing-layer'],
    methods: (driver) => ({
      applyDiff: async (id, archive, options) =>
        insteadOf('LAYER_COMMITTED', driver.applyDiff(id, archive, options), () => ({ size: 0 })),
    }),
  }),
  onReference({
    name: 'apply-to-committed-layers-is-refused-too-late',
    defect: 'That a layer is committed is noticed when the first file of the archive has been written into it.',
    trips: ['lifecycle/committed-never-changes-again'],
    spares: ['lifecycle/commit-happens-once', 'lifecycle/a-child-does-not-change-its-parent'],
    methods: (driver) => ({
      applyDiff: async (id, archive, options) =>
        driver.applyDiff(id, archive, options).catch(async (error: unknown) => {
          const isLate = isStorageError(error, 'LAYER_COMMITTED');
          if (isLate) writeFileSync(join(await layerDirectory(driver, id), 'file'), 'another');
          throw error;
        }),
    }),
  }),
  onReference({
    name: 'children-are-made-of-hard-links',
    defect: 'A child has not copies of the files of its parent but these files themselves.',
    trips: ['lifecycle/a-child-does-not-change-its-parent'],
    spares: ['lifecycle/create-write-commit-child', 'lifecycle/a-committed-layer-can-be-removed'],
    methods: (driver) => ({
      create: async (id, options) => {
        const record = await driver.create(id, options);
        if (record.parent !== null) await linkFiles(driver, record.parent, id);
        return record;
      },
    }),
  }),
  onReference({
    name: 'remove-leaves-the-tree',
    defect: 'Remove takes a layer out of the books; the next layer of its id finds the old tree.',
    trips: ['lifecycle/remove-takes-all-away'],
    spares: ['lifecycle/remove-of-nothing-is-an-error', 'lifecycle/a-committed-layer-can-be-removed'],
    methods: (driver) => ({
      remove: async (id, options) => {
        const kept = join(driver.root, 'staging', `${id}.kept`);
        await editingKept(driver, id, (directory) => cpSync(directory, kept, { recursive: true }));
        await driver.remove(id, options);
      },
      create: afterLoneCreate(driver, (directory, id) => {
        const kept = join(driver.root, 'staging', `${id}.kept`);
        if (isThere(kept)) cpSync(kept, directory, { recursive: true });
      }),
    }),
  }),
  onReference({
    name: 'remove-can-be-repeated',
    defect: 'Removing a layer that is not there does nothing and says nothing.',
    trips: ['lifecycle/remove-of-nothing-is-an-error', 'refusals/a-missing-layer'],
    spares: ['lifecycle/remove-takes-all-away', 'lifecycle/parents-outlive-children'],
    methods: (driver) => ({
      remove: async (id, options) => insteadOf('LAYER_NOT_FOUND', driver.remove(id, options), () => undefined),
    }),
  }),
  onReference({
    name: 'committed-children-count-for-ever',
    defect: 'A parent is in use by its committed children even when they have been removed.',
    trips: [
      'lifecycle/a-committed-layer-can-be-removed',
      'lifecycle/parents-outlive-children',
      'lifecycle/list-backwards-removes-everything',
      'records/list-shows-parents-first',
    ],
    spares: ['lifecycle/remove-takes-all-away', 'lifecycle/a-failed-create-leaves-no-child-behind'],
    methods: (driver) => {
      const used = new Set<string>();
      return {
        commit: async (id, options) => {
          const record = await driver.commit(id, options);
          if (record.parent !== null) used.add(record.parent);
          return record;
        },
        remove: async (id, options) => driver.remove(unused(id, used), options),
      };
    },
  }),
  onReference({
    name: 'remove-takes-children-along',
    defect: 'Removing a layer removes all that is stacked on it.',
    trips: ['lifecycle/parents-outlive-children'],
    spares: ['lifecycle/list-backwards-removes-everything', 'lifecycle/a-committed-layer-can-be-removed'],
    methods: (driver) => {
      const removeAll: Driver['remove'] = async (id, options) => {
        const children = (await driver.list()).filter(({ parent }) => parent === id);
        for (const child of children) await removeAll(child.id, options);
        await driver.remove(id, options);
      };
      return { remove: removeAll };
    },
  }),
  onReference({
    name: 'refused-creates-count-as-children',
    defect: 'A parent is in use by the child that was not made on it.',
    trips: ['lifecycle/a-failed-create-leaves-no-child-behind'],
    spares: ['lifecycle/a-committed-layer-can-be-removed', 'lifecycle/a-parent-must-exist'],
    methods: (driver) => {
      const used = new Set<string>();
      return {
        create: async (id, options) =>
          driver.create(id, options).catch((error: unknown) => {
            if (options?.parent !== undefined && isStorageError(error)) used.add(options.parent);
            throw error;
          }),
        remove: async (id, options) => driver.remove(unused(id, used), options),
      };
    },
  }),
  onReference({
    name: 'the-depth-is-only-promised',
    defect: 'Chains of more than five layers can be made, whatever is said of them.',
    trips: ['lifecycle/the-depth-has-its-limit'],
    spares: ['lifecycle/create-write-commit-child', 'records/parents-are-kept'],
    capabilities: { maxDepth: 5 },
  }),
  onReference({
    name: 'the-depth-is-noticed-when-mounting',
    defect: 'A chain of more than five layers can be made, and is refused when it is mounted.',
    trips: ['lifecycle/the-depth-has-its-limit'],
    spares: ['lifecycle/create-write-commit-child', 'records/parents-are-kept'],
    capabilities: { maxDepth: 5 },
    methods: (driver) => ({
      get: async (id, options) => {
        if ((await depthOf(driver, id)) > 5) throw new StorageError('DEPTH_EXCEEDED', `${id} has too many parents.`);
        return driver.get(id, options);
      },
    }),
  }),
  onReference({
    name: 'the-depth-counts-parents',
    defect: 'The layer at the very limit is refused, as if it were beyond.',
    trips: ['lifecycle/the-depth-has-its-limit'],
    spares: ['lifecycle/create-write-commit-child', 'records/parents-are-kept'],
    capabilities: { maxDepth: 5 },
    methods: (driver) => ({
      create: async (id, options) => {
        const parent = options?.parent;
        const isDeep = parent !== undefined && (await driver.exists(parent)) && (await depthOf(driver, parent)) >= 4;
        if (isDeep) throw new StorageError('DEPTH_EXCEEDED', `${id} has too many parents.`);
        return driver.create(id, options);
      },
    }),
  }),
];

/** A `create` after which something happens to the directory of a layer that has no parent. */
function afterLoneCreate(driver: Driver, act: (directory: string, id: string) => void): Driver['create'] {
  return async (id, options) => {
    const record = await driver.create(id, options);
    if (record.parent === null) act(await layerDirectory(driver, id), id);
    return record;
  };
}

/** Does something with the directory of a layer, if there is one of this id. */
async function editingKept(driver: Driver, id: string, act: (directory: string) => void): Promise<void> {
  if (await driver.exists(id)) act(await layerDirectory(driver, id));
}

async function emptyIfWritable(driver: Driver, id: string): Promise<void> {
  if ((await driver.stat(id)).kind === 'committed') return;
  await editing(driver, id, (root) => {
    for (const path of pathsUnder(root)) rmSync(path, { recursive: true, force: true });
  });
}

async function linkFiles(driver: Driver, from: string, to: string): Promise<void> {
  const [lower, own] = [await layerDirectory(driver, from), await layerDirectory(driver, to)];
  for (const path of pathsUnder(lower, (entry) => entry.isFile())) {
    const copy = own + path.slice(lower.length);
    rmSync(copy);
    linkSync(path, copy);
  }
}

/** The id of a layer that nothing is believed to be stacked on. @throws {StorageError} `LAYER_IN_USE` */
function unused(id: string, used: ReadonlySet<string>): string {
  if (used.has(id)) throw new StorageError('LAYER_IN_USE', `${id} is a parent.`);
  return id;
}

async function depthOf(driver: Driver, id: string): Promise<number> {
  const { parent } = await driver.stat(id);
  return parent === null ? 1 : 1 + (await depthOf(driver, parent));
}
