import { chmodSync, cpSync, lstatSync, lutimesSync, renameSync, rmSync } from 'node:fs';
import type { Driver, Mount } from '@graphdriver/core';
import { onOverlay2, onReference } from '../plan.ts';
import { overridden } from '../sabotage.ts';
import type { Saboteur } from '../saboteur.ts';
import { layerDirectory, pathsUnder } from '../tamper/layer-directory.ts';
import { beforePut, changedMounts } from '../tamper/mounts.ts';

/** Drivers whose mounts are not what they should be, or do not do what was promised. */
export const mountSaboteurs: readonly Saboteur[] = [
  onReference({
    name: 'put-loses-set-id-bits',
    defect: 'Set-user-id and set-group-id bits are gone after put.',
    trips: ['content/modes-and-owners-outlast-the-mount', 'content/a-child-shows-its-parent', 'archive/keeps-modes'],
    spares: ['content/root-metadata-is-inherited', 'diff/renamed-files'],
    methods: (driver) => ({
      get: afterWriting(driver, (root) => {
        for (const path of pathsUnder(root, (entry) => entry.isFile())) {
          const mode = lstatSync(path).mode & 0o7777;
          if ((mode & 0o6000) !== 0) chmodSync(path, mode & 0o1777);
        }
      }),
    }),
  }),
  onReference({
    name: 'put-touches-every-file',
    defect: 'Put gives every file the time of day.',
    trips: [
      'copy-up/opening-leaves-the-lower-layer',
      'diff/untouched-and-merely-opened-files',
      'diff/opening-for-writing-is-no-change',
    ],
    spares: ['content/a-child-shows-its-parent', 'diff/of-an-untouched-layer'],
    methods: (driver) => ({
      get: afterWriting(driver, (root) => {
        for (const path of pathsUnder(root)) lutimesSync(path, new Date(), new Date());
      }),
    }),
  }),
  onReference({
    name: 'writable-layers-are-mounted-read-only',
    defect: 'Nothing can be written into any mount.',
    trips: [
      'content/unix-sockets-work',
      'content/the-working-directory-can-be-asked-for',
      'content/siblings-do-not-meet',
    ],
    spares: ['archive/gzip-is-taken', 'archive/whiteouts-spare-their-own-archive'],
    methods: (driver) => ({
      get: async (id, options) => {
        const { parent } = await driver.stat(id);
        return driver.get(id, parent === null ? options : { ...options, readOnly: true });
      },
    }),
  }),
  onReference({
    name: 'nothing-can-be-executed',
    defect: 'Every mount is made noexec.',
    trips: ['content/a-lower-file-can-be-made-executable'],
    spares: ['content/a-child-shows-its-parent', 'content/committed-views-refuse-writes'],
    methods: (driver) => ({ get: (id, options) => driver.get(id, { ...options, noexec: true }) }),
  }),
  onReference({
    name: 'committed-layers-are-mounted-writable',
    defect: 'The mount of a committed layer takes writes.',
    trips: ['content/committed-views-refuse-writes'],
    spares: ['content/commit-keeps-the-view', 'content/a-parent-never-changes-under-its-children'],
    methods: (driver) => ({
      get: changedMounts(driver, async (mount) =>
        mount.readOnly ? overridden(mount, { path: await layerDirectory(driver, mount.id) }) : mount,
      ),
    }),
  }),
  onReference({
    name: 'a-second-get-copies-the-tree',
    defect: 'The second holder of a layer gets copies of all files in the place of the files that the first one sees.',
    trips: [
      'content/directories-keep-their-inode-number',
      'copy-up/the-inode-number-stays',
      'copy-up/an-open-file-sees-the-first-write',
      'copy-up/hard-links-stay-one-file',
    ],
    spares: ['content/siblings-do-not-meet', 'content/a-child-shows-its-parent'],
    methods: (driver) => ({
      get: async (id, options) => {
        const isHeld = (await driver.holders(id)).length > 0;
        const mount = await driver.get(id, options);
        if (isHeld && !mount.readOnly) replaceByCopies(mount.path);
        return mount;
      },
    }),
  }),
  onReference({
    name: 'read-only-views-are-denied',
    defect: 'The driver says that it has no read-only views, and has them.',
    capabilities: { readOnlyViews: false },
    trips: ['content/no-read-only-views-without-the-promise'],
    spares: ['content/a-parent-never-changes-under-its-children'],
  }),
  onReference({
    name: 'stable-inodes-are-denied',
    defect: 'The driver says that inode numbers change at the first write, and they do not.',
    capabilities: { stableInodes: false },
    trips: ['copy-up/the-inode-number-changes-without-the-promise'],
    spares: ['copy-up/writing-a-byte-leaves-the-lower-layer'],
  }),
  onReference({
    name: 'shared-open-files-are-denied',
    defect: 'The driver says that open files do not see the first write, and they do.',
    capabilities: { sharesOpenFiles: false },
    trips: ['copy-up/an-open-file-stays-as-it-was-without-the-promise'],
    spares: ['copy-up/writing-a-byte-leaves-the-lower-layer'],
  }),
  onReference({
    name: 'kept-hard-links-are-denied',
    defect: 'The driver says that hard links come apart at the first write, and they do not.',
    capabilities: { keepsHardLinks: false },
    trips: ['copy-up/hard-links-come-apart-without-the-promise'],
    spares: ['archive/keeps-hard-links'],
  }),
  onReference({
    name: 'renaming-lower-directories-is-denied',
    defect: 'The driver says that lower directories cannot be renamed, and they can.',
    capabilities: { renameLowerDirectory: false },
    trips: ['content/renaming-a-lower-directory-is-refused-without-the-promise'],
    spares: ['diff/renamed-files'],
  }),
  onOverlay2({
    name: 'overlay2-promises-what-it-cannot',
    defect: 'The driver promises to rename lower directories, which the kernel refuses.',
    capabilities: { renameLowerDirectory: true },
    trips: ['content/a-lower-directory-can-be-renamed'],
    spares: ['diff/renamed-files'],
  }),
];

/** A `get` that does something to the tree before the mount of a writable layer is given back. */
function afterWriting(driver: Driver, edit: (root: string) => void): Driver['get'] {
  return changedMounts(driver, (mount: Mount) => (mount.readOnly ? mount : beforePut(mount, () => edit(mount.path))));
}

function replaceByCopies(root: string): void {
  const aside = `${root}/.aside`;
  for (const path of pathsUnder(root, (entry) => entry.parentPath === root)) {
    cpSync(path, aside, { recursive: true, preserveTimestamps: true });
    rmSync(path, { recursive: true });
    renameSync(aside, path);
  }
}
