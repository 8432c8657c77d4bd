import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import { type Change, type DiffOptions, type Driver, isStorageError } from '@graphdriver/core';
import { onReference } from '../plan.ts';
import type { Saboteur } from '../saboteur.ts';
import { layerDirectory } from '../tamper/layer-directory.ts';

/** Drivers whose lists of changes and sizes are wrong. */
export const changeSaboteurs: readonly Saboteur[] = [
  onReference({
    name: 'changes-forget-deletions',
    defect: 'Deleted files are not among the changes.',
    trips: [
      'diff/added-modified-and-deleted-files',
      'diff/deleted-directories',
      'diff/recreated-directories',
      'diff/echo-at-every-depth',
    ],
    spares: [
      'diff/metadata-alone',
      'diff/deletions-travel-as-whiteouts',
      'diff/a-directory-above-a-change-is-a-change',
    ],
    methods: (driver) => ({ changes: changedLists(driver, (all) => all.filter(({ kind }) => kind !== 'delete')) }),
  }),
  onReference({
    name: 'changes-forget-ancestors',
    defect: 'Directories that only have a change inside are not among the changes.',
    trips: [
      'diff/a-directory-above-a-change-is-a-change',
      'diff/echo-at-every-depth',
      'diff/untouched-and-merely-opened-files',
    ],
    spares: ['diff/the-root-directory', 'diff/against-itself'],
    methods: (driver) => ({
      changes: changedLists(driver, (all) =>
        all.filter(({ kind, path }) => kind !== 'modify' || !all.some((other) => other.path.startsWith(`${path}/`))),
      ),
    }),
  }),
  onReference({
    name: 'changes-list-the-root',
    defect: 'The root directory is always among the changes.',
    trips: ['diff/of-an-untouched-layer', 'diff/against-itself', 'diff/makes-layers-from-templates'],
    spares: ['diff/deletions-travel-as-whiteouts', 'diff/the-same-change-gives-the-same-bytes'],
    methods: (driver) => ({
      changes: changedLists(driver, (all) => [
        { kind: 'modify', path: '/' },
        ...all.filter(({ path }) => path !== '/'),
      ]),
    }),
  }),
  onReference({
    name: 'changes-forget-the-root',
    defect: 'The root directory is never among the changes.',
    trips: ['diff/the-root-directory'],
    spares: ['diff/metadata-alone', 'diff/against-nothing'],
    methods: (driver) => ({ changes: changedLists(driver, (all) => all.filter(({ path }) => path !== '/')) }),
  }),
  onReference({
    name: 'changes-are-in-the-order-of-directories',
    defect: 'Changes come directory by directory and not in the byte order of their paths.',
    trips: ['diff/paths-in-byte-order'],
    spares: ['diff/deleted-directories', 'diff/metadata-alone'],
    methods: (driver) => ({
      changes: changedLists(driver, (all) => [...all].sort((a, b) => (byDirectory(a) < byDirectory(b) ? -1 : 1))),
    }),
  }),
  onReference({
    name: 'changes-have-no-raw-paths',
    defect: 'The bytes of a path that is not text are not told.',
    trips: ['diff/paths-that-are-not-text-have-raw-paths'],
    spares: ['diff/names-of-any-bytes', 'archive/keeps-names'],
    methods: (driver) => ({ changes: changedLists(driver, (all) => all.map(({ kind, path }) => ({ kind, path }))) }),
  }),
  onReference({
    name: 'changes-go-by-size-and-time',
    defect: 'A file that has the size and time of its lower version is taken for unchanged.',
    trips: ['diff/an-edit-in-the-same-instant-is-found'],
    spares: ['diff/added-modified-and-deleted-files', 'diff/opening-for-writing-is-no-change'],
    methods: (driver) => ({
      changes: async (id, options) => {
        const changes = await driver.changes(id, options);
        const { parent } = await driver.stat(id);
        if (parent === null) return changes;
        const [own, lower] = [await layerDirectory(driver, id), await layerDirectory(driver, parent)];
        return changes.filter(({ kind, path }) => kind !== 'modify' || !isAlike(join(own, path), join(lower, path)));
      },
    }),
  }),
  onReference({
    name: 'bases-are-ignored',
    defect: 'Whatever base is given, the comparison is with the parent.',
    trips: [
      'diff/against-nothing',
      'diff/against-a-grandparent',
      'diff/against-a-sibling-and-a-child',
      'diff/against-itself',
    ],
    spares: [
      'diff/a-parentless-layer-is-compared-with-nothing',
      'diff/of-a-committed-layer-is-that-of-the-writable-one',
    ],
    methods: (driver) => ({
      changes: (id, options) => driver.changes(id, withoutBase(options)),
      diff: (id, options) => driver.diff(id, withoutBase(options)),
      diffSize: (id, options) => driver.diffSize(id, withoutBase(options)),
    }),
  }),
  onReference({
    name: 'parentless-layers-have-no-changes',
    defect: 'A layer without a parent has no changes unless a base is given.',
    trips: ['diff/a-parentless-layer-is-compared-with-nothing', 'diff/paths-that-are-not-text-have-raw-paths'],
    spares: ['diff/against-nothing', 'diff/against-a-grandparent'],
    methods: (driver) => ({
      changes: async (id, options) => {
        const { parent } = await driver.stat(id);
        return parent === null && options?.base === undefined ? [] : driver.changes(id, options);
      },
    }),
  }),
  onReference({
    name: 'commit-changes-the-changes',
    defect: 'Directories are no longer among the changes of a committed layer.',
    trips: ['diff/of-a-committed-layer-is-that-of-the-writable-one', 'diff/echo-at-every-depth'],
    spares: ['diff/against-nothing', 'diff/metadata-alone'],
    methods: (driver) => ({
      changes: async (id, options) => {
        const changes = await driver.changes(id, options);
        if ((await driver.stat(id)).kind === 'writable') return changes;
        return changes.filter(({ path }) => !changes.some((other) => other.path.startsWith(`${path}/`)));
      },
    }),
  }),
  onReference({
    name: 'missing-layers-have-no-changes',
    defect: 'A layer that is not there is taken for one without changes.',
    trips: ['diff/unknown-layers-are-refused'],
    spares: ['diff/of-an-untouched-layer', 'usage/reclaimable-is-what-removing-gives-back'],
    methods: (driver) => ({
      changes: (id, options) =>
        driver.changes(id, options).catch((error: unknown) => {
          if (isStorageError(error, 'LAYER_NOT_FOUND')) return [];
          throw error;
        }),
    }),
  }),
  onReference({
    name: 'diff-size-counts-every-name',
    defect: 'A file with several names counts several times in diffSize.',
    trips: ['diff/a-name-joining-a-lower-file', 'diff/against-nothing'],
    spares: ['diff/renamed-files', 'diff/of-an-untouched-layer'],
    methods: (driver) => ({
      diffSize: async (id, options) => {
        const directory = await layerDirectory(driver, id);
        const changed = (await driver.changes(id, options)).filter(({ kind }) => kind !== 'delete');
        const stats = changed.map(({ path }) => lstatSync(join(directory, path)));
        return stats.filter((stat) => stat.isFile()).reduce((sum, { size }) => sum + size, 0);
      },
    }),
  }),
];

function changedLists(driver: Driver, change: (all: readonly Change[]) => readonly Change[]): Driver['changes'] {
  return async (id: string, options?: DiffOptions) => change(await driver.changes(id, options));
}

function withoutBase({ base: _, ...options }: DiffOptions = {}): DiffOptions {
  return options;
}

/** Sorts like a walk does: whatever is in a directory right behind it. */
function byDirectory({ path }: Change): string {
  return path.replaceAll('/', '\0');
}

function isAlike(path: string, lower: string): boolean {
  const [now, old] = [path, lower].map((file) => lstatSync(file, { bigint: true, throwIfNoEntry: false }));
  return now?.isFile() === true && old !== undefined && now.size === old.size && now.mtimeNs === old.mtimeNs;
}
