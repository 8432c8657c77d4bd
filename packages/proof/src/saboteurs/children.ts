import { chmodSync, lchownSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CreateOptions, Driver } from '@graphdriver/core';
import { onReference } from '../plan.ts';
import type { Saboteur } from '../saboteur.ts';
import { layerDirectory, pathsUnder } from '../tamper/layer-directory.ts';
import { editing } from '../tamper/mounts.ts';

const FIRST_TOUCHES = [
  'writing-a-byte',
  'appending',
  'truncating',
  'chmod',
  'chown',
  'renaming',
  'linking',
  'setting-times',
  'setting-an-attribute',
].map((words) => `copy-up/${words}-leaves-the-lower-layer`);

/** Drivers whose children are not what their parents were, or that change their parents. */
export const childSaboteurs: readonly Saboteur[] = [
  onReference({
    name: 'children-start-empty',
    defect: 'A child shows nothing of its parent.',
    trips: [
      'content/a-child-shows-its-parent',
      'deep/reads-through-a-long-chain',
      'deep/a-long-chain-equals-a-plain-directory',
      'archive/hard-links-reach-lower-files',
      'oracle/views-equal-plain-directories',
      'oracle/processes-at-once-equal-a-plain-directory',
    ],
    spares: ['content/modes-and-owners-outlast-the-mount', 'archive/keeps-modes'],
    methods: (driver) => ({ create: afterCreate(driver, emptyDirectory) }),
  }),
  onReference({
    name: 'children-forget-the-root-metadata',
    defect: 'The root directory of a child is 0755 and owned by root, whatever its parent says.',
    trips: ['content/root-metadata-is-inherited'],
    spares: ['content/a-child-shows-its-parent', 'content/directory-modes-outlast-a-commit'],
    methods: (driver) => ({
      create: afterCreate(driver, (root) => {
        lchownSync(root, 0, 0);
        chmodSync(root, 0o755);
      }),
    }),
  }),
  onReference({
    name: 'children-forget-owners',
    defect: 'All files of a child belong to root.',
    trips: ['content/a-child-shows-its-parent', 'content/owners-go-up-the-chain'],
    spares: ['content/modes-and-owners-outlast-the-mount', 'content/deleted-files-stay-deleted'],
    methods: (driver) => ({
      create: afterCreate(driver, (root) => {
        for (const path of pathsUnder(root)) lchownSync(path, 0, 0);
      }),
    }),
  }),
  onReference({
    name: 'children-forget-directory-modes',
    defect: 'All directories of a child are 0755.',
    trips: ['content/a-child-shows-its-parent', 'content/directory-modes-outlast-a-commit'],
    spares: ['content/root-metadata-is-inherited', 'content/owners-go-up-the-chain'],
    methods: (driver) => ({
      create: afterCreate(driver, (root) => {
        for (const path of pathsUnder(root, (entry) => entry.isDirectory())) chmodSync(path, 0o755);
      }),
    }),
  }),
  onReference({
    name: 'chains-are-cut-at-forty',
    defect: 'Layers deeper than 40 lose what the first ones had, as one page of mount options once did.',
    trips: ['deep/reads-through-a-long-chain', 'deep/a-long-chain-equals-a-plain-directory'],
    spares: ['content/deleted-files-stay-deleted'],
    methods: (driver) => ({
      create: async (id, options) => {
        const record = await driver.create(id, options);
        if ((await depthOf(driver, id)) === 41) await editing(driver, id, emptyDirectory);
        return record;
      },
    }),
  }),
  onReference({
    name: 'commit-writes-into-the-parent',
    defect: 'Committing a child leaves a file in its parent.',
    trips: ['content/a-parent-never-changes-under-its-children'],
    spares: ['content/commit-keeps-the-view', 'content/a-child-shows-its-parent'],
    methods: (driver) => ({
      commit: async (id, options) => {
        const record = await driver.commit(id, options);
        if (record.parent !== null) writeFileSync(join(await layerDirectory(driver, record.parent), 'left-behind'), '');
        return record;
      },
    }),
  }),
  onReference({
    name: 'siblings-share-one-tree',
    defect: 'All writable children of a layer are mounted where the first one is.',
    trips: ['content/siblings-do-not-meet', ...FIRST_TOUCHES],
    spares: ['content/a-child-shows-its-parent', 'copy-up/hard-links-stay-one-file'],
    methods: (driver) => ({
      get: async (id, options) => {
        const { parent } = await driver.stat(id);
        const siblings = (await driver.list()).filter(
          (record) => record.parent === parent && record.kind === 'writable',
        );
        return driver.get((parent === null ? undefined : siblings[0]?.id) ?? id, options);
      },
    }),
  }),
];

/** A `create` after which something happens to the tree of a layer that has a parent. */
function afterCreate(driver: Driver, edit: (root: string) => void): Driver['create'] {
  return async (id: string, options?: CreateOptions) => {
    const record = await driver.create(id, options);
    if (record.parent !== null) await editing(driver, id, edit);
    return record;
  };
}

function emptyDirectory(root: string): void {
  for (const path of pathsUnder(root)) rmSync(path, { recursive: true, force: true });
}

async function depthOf(driver: Driver, id: string): Promise<number> {
  const { parent } = await driver.stat(id);
  return parent === null ? 1 : 1 + (await depthOf(driver, parent));
}
