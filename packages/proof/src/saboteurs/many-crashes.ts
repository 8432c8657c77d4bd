import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { StorageError } from '@graphdriver/core';
import { createMounter, mountsUnder } from '@graphdriver/host';
import { onVfs } from '../plan.ts';
import type { Saboteur } from '../saboteur.ts';

/** Milliseconds for which nothing is done. */
const LATER = 200;

/** Drivers that do not get over a crash. */
export const manyCrashSaboteurs: readonly Saboteur[] = [
  onVfs({
    name: 'commit-and-put-answer-too-early',
    defect: 'Commits and leases given back are answered at once, and made a little later.',
    trips: ['healing/a-commit-that-returned-is-kept', 'healing/leases-are-given-back-or-not'],
    spares: ['processes/the-killed-do-not-stop-remove', 'processes/one-create-wins'],
    methods: (driver) => ({
      commit: async (id) => {
        const record = await driver.stat(id);
        void setTimeout(LATER, undefined, { ref: false })
          .then(() => driver.commit(id))
          .catch(() => undefined);
        return { ...record, kind: 'committed' };
      },
      put: async (id, options) => {
        void setTimeout(LATER, undefined, { ref: false })
          .then(() => driver.put(id, options))
          .catch(() => undefined);
      },
    }),
  }),
  onVfs({
    name: 'opening-discards-marks',
    defect: 'Opening a root throws away the marks of what was in flight, and undoes nothing.',
    trips: [
      'healing/create-is-whole-or-not-at-all',
      'healing/remove-is-whole-or-not-at-all',
      'healing/archives-are-applied-as-a-whole-or-not-at-all',
      'healing/healing-can-be-killed',
      'healing/storms-with-crashes-leave-a-sound-root',
      'forks/are-whole-or-not-at-all',
    ],
    spares: ['healing/leases-are-taken-or-not', 'healing/labels-are-old-or-new'],
    opening: ({ root }, open) => {
      for (const marks of ['pending', 'removing', 'changing'].map((name) => join(root, '.graphdriver', name))) {
        if (existsSync(marks)) for (const mark of readdirSync(marks)) rmSync(join(marks, mark));
      }
      return open();
    },
  }),
  onVfs({
    name: 'opening-passes-over-holds',
    defect: 'Opening a root does not look who holds layers.',
    trips: ['processes/opening-releases-the-killed', 'healing/holds-go-with-their-process'],
    spares: ['processes/the-killed-do-not-stop-commit', 'healing/create-is-whole-or-not-at-all'],
    opening: async ({ root }, open) => {
      const [holds, aside] = [join(root, '.graphdriver', 'holds'), join(root, '.holds')];
      if (!existsSync(holds)) return open();
      renameSync(holds, aside);
      try {
        return await open();
      } finally {
        rmSync(holds, { recursive: true, force: true });
        renameSync(aside, holds);
      }
    },
  }),
  onVfs({
    name: 'opening-clears-all-mounts',
    defect: 'Opening a root takes away whatever is mounted there.',
    trips: [
      'healing/opening-can-be-killed',
      'processes/leases-outlive-the-killed',
      'processes/the-living-keep-what-they-share-with-the-killed',
    ],
    spares: ['healing/create-is-whole-or-not-at-all', 'processes/opening-releases-the-killed'],
    opening: async ({ root }, open) => {
      const mounter = createMounter();
      for (const { mountPoint } of [...mountsUnder(root)].reverse())
        await mounter.unmount(mountPoint, { detach: true });
      return open();
    },
  }),
  onVfs({
    name: 'opening-refuses-an-interrupted-opening',
    defect: 'A root whose last opening did not come to its end cannot be opened.',
    trips: ['healing/a-first-opening-can-be-killed', 'healing/opening-can-be-killed', 'healing/healing-can-be-killed'],
    spares: ['healing/a-commit-that-returned-is-kept', 'processes/records-are-shared'],
    opening: async ({ root }, open) => {
      const mark = join(root, '.opening');
      if (existsSync(mark)) throw new StorageError('CORRUPT_ROOT', `${root} was not opened to the end.`);
      mkdirSync(root, { recursive: true });
      writeFileSync(mark, '');
      const driver = await open();
      rmSync(mark);
      return driver;
    },
  }),
];
