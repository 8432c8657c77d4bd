import { copyFileSync, cpSync, lstatSync, rmdirSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Driver } from '@graphdriver/core';
import { setTimes } from '@graphdriver/host';
import { onReference } from '../plan.ts';
import type { Saboteur } from '../saboteur.ts';
import { isThere, layerDirectory, pathsUnder } from '../tamper/layer-directory.ts';

/** Drivers that lose or change something at commit. */
export const commitSaboteurs: readonly Saboteur[] = [
  onReference({
    name: 'commit-forgets-deletions',
    defect: 'What a layer had deleted is there again after its commit.',
    trips: [
      'content/deleted-files-stay-deleted',
      'content/a-recreated-directory-hides-the-old-one',
      'content/a-lower-file-can-be-moved-and-its-link-removed',
      'content/a-lower-directory-can-be-renamed',
      'deep/a-long-chain-equals-a-plain-directory',
      'oracle/views-equal-plain-directories',
      'oracle/processes-at-once-equal-a-plain-directory',
    ],
    spares: ['content/a-child-shows-its-parent', 'content/owners-go-up-the-chain'],
    methods: (driver) => ({ commit: againstParent(driver, restoreDeleted) }),
  }),
  onReference({
    name: 'commit-compares-by-size-and-time',
    defect: 'A file that has the size and time of its lower version gets its content too.',
    trips: ['content/an-update-of-the-same-size-and-time-shows'],
    spares: ['content/deleted-files-stay-deleted', 'copy-up/writing-a-byte-leaves-the-lower-layer'],
    methods: (driver) => ({ commit: againstParent(driver, takeLookalikes) }),
  }),
  onReference({
    name: 'commit-removes-empty-directories',
    defect: 'Directories without content are gone after commit.',
    trips: ['content/commit-keeps-the-view', 'archive/keeps-long-paths-and-links'],
    spares: ['content/owners-go-up-the-chain', 'content/a-parent-never-changes-under-its-children'],
    methods: (driver) => ({
      commit: async (id, options) => {
        const directory = await layerDirectory(driver, id);
        const directories = pathsUnder(directory, (entry) => entry.isDirectory());
        for (const path of directories.reverse()) if (pathsUnder(path).length === 0) rmdirSync(path);
        return driver.commit(id, options);
      },
    }),
  }),
];

/** A `commit` before which something is done to the layer's tree, given its parent's. */
function againstParent(driver: Driver, edit: (own: string, lower: string) => void): Driver['commit'] {
  return async (id, options) => {
    const { parent } = await driver.stat(id);
    if (parent !== null) edit(await layerDirectory(driver, id), await layerDirectory(driver, parent));
    return driver.commit(id, options);
  };
}

function restoreDeleted(own: string, lower: string): void {
  for (const path of pathsUnder(lower)) {
    const restored = own + path.slice(lower.length);
    const isPossible = !isThere(restored) && lstatSync(dirname(restored), { throwIfNoEntry: false })?.isDirectory();
    if (isPossible === true) cpSync(path, restored, { recursive: true, preserveTimestamps: true });
  }
}

function takeLookalikes(own: string, lower: string): void {
  for (const path of pathsUnder(lower, (entry) => entry.isFile())) {
    const [old, now] = [path, own + path.slice(lower.length)].map((file) =>
      lstatSync(file, { bigint: true, throwIfNoEntry: false }),
    );
    const isAlike = old !== undefined && now?.isFile() === true && old.size === now.size && old.mtimeNs === now.mtimeNs;
    if (!isAlike) continue;
    copyFileSync(path, own + path.slice(lower.length));
    setTimes(own + path.slice(lower.length), { mtime: old.mtimeNs });
  }
}
