import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate, setTimeout } from 'node:timers/promises';
import { readTar } from '@graphdriver/archive';
import { type Driver, isStorageError, type LayerRecord, StorageError } from '@graphdriver/core';
import { createMounter, mountsUnder } from '@graphdriver/host';
import { onReference, onVfs } from '../plan.ts';
import { overridden } from '../sabotage.ts';
import type { Saboteur } from '../saboteur.ts';
import { collected, once, rewritten } from '../tamper/archives.ts';

/** Milliseconds that nobody can overlook. */
const LONG = 600;

/** Drivers in which calls that are made at once get into each other's way. */
export const manyCallSaboteurs: readonly Saboteur[] = [
  onReference({
    name: 'get-keeps-its-id-in-the-driver',
    defect: 'The id of a get is kept in a field of the driver, where the next call writes over it.',
    trips: ['concurrency/different-ids-in-parallel'],
    spares: ['concurrency/one-create-wins', 'concurrency/a-lease-is-counted-when-all-take-it-at-once'],
    methods: (driver) => {
      let wanted = '';
      return {
        get: async (id, options) => {
          wanted = id;
          await setImmediate();
          return driver.get(wanted, options);
        },
      };
    },
  }),
  onReference({
    name: 'stat-answers-from-a-field',
    defect: 'Records are read into a field of the driver, and answered from it a moment later.',
    trips: ['concurrency/asking-while-listing'],
    spares: ['concurrency/labels-are-whole', 'concurrency/removing-while-listing'],
    methods: (driver) => {
      let record: LayerRecord;
      return {
        stat: async (id) => {
          record = await driver.stat(id);
          await setImmediate();
          return record;
        },
      };
    },
  }),
  onReference({
    name: 'list-takes-leaves-and-parents-apart',
    defect: 'Leaves are listed as they were a moment before their parents.',
    trips: ['concurrency/removing-while-listing'],
    spares: ['concurrency/asking-while-listing', 'concurrency/different-ids-in-parallel'],
    methods: (driver) => ({
      list: async () => {
        const before = await driver.list();
        await setTimeout(5);
        const now = new Set((await driver.list()).map(({ id }) => id));
        const parents = new Set(before.map(({ parent }) => parent));
        return before.filter(({ id }) => now.has(id) || !parents.has(id));
      },
    }),
  }),
  onReference({
    name: 'one-lock-for-all-layers',
    defect: 'While an archive is applied, no other call is made, until those that wait for it give up.',
    trips: ['concurrency/a-slow-call-holds-up-no-other-layer'],
    spares: ['concurrency/different-ids-in-parallel', 'concurrency/labels-are-whole'],
    methods: (driver) => {
      let applying: Promise<unknown> = Promise.resolve();
      return {
        applyDiff: (id, archive, options) => {
          const applied = driver.applyDiff(id, archive, options);
          applying = applied.catch(() => undefined);
          return applied;
        },
        create: async (id, options) => {
          const tooLong = setTimeout(LONG, 'too long' as const);
          if ((await Promise.race([applying, tooLong])) !== 'too long') return driver.create(id, options);
          throw new StorageError('SYSTEM_CALL_FAILED', 'The lock of the root did not become free.');
        },
      };
    },
  }),
  onVfs({
    name: 'archives-are-applied-entry-by-entry',
    defect: 'Each entry of an archive is applied by itself, and stays when a later one fails.',
    trips: [
      'concurrency/apply-and-commit-follow-each-other',
      'failing/apply-diff',
      'healing/archives-are-applied-as-a-whole-or-not-at-all',
    ],
    spares: ['failing/set-labels', 'concurrency/a-slow-call-holds-up-no-other-layer'],
    methods: (driver) => ({ applyDiff: byEntries(driver) }),
  }),
  onVfs({
    name: 'puts-beside-a-put-are-lost',
    defect: 'A put that finds another one at work on the layer leaves it all to that one.',
    trips: [
      'concurrency/get-and-put-storm',
      'concurrency/a-lease-is-counted-when-all-take-it-at-once',
      'concurrency/storms-leave-a-consistent-root',
      'processes/gets-and-puts-cross',
    ],
    spares: ['concurrency/two-drivers-share-a-root', 'processes/holds-are-counted-across'],
    methods: lostPuts,
  }),
  onVfs({
    name: 'labels-are-read-one-by-one',
    defect: 'The labels of a record are looked up one after another.',
    trips: ['concurrency/labels-are-whole'],
    spares: ['concurrency/one-create-wins', 'concurrency/asking-while-listing'],
    methods: (driver) => ({
      stat: async (id) => {
        const record = await driver.stat(id);
        const labels: Record<string, string> = {};
        for (const key of Object.keys(record.labels)) {
          const value = (await driver.stat(id)).labels[key];
          if (value !== undefined) labels[key] = value;
          await setTimeout(250);
        }
        return { ...record, labels };
      },
    }),
  }),
  onVfs({
    name: 'labels-are-set-one-by-one',
    defect: 'Labels are set one after another, and what is not wanted any more goes last.',
    trips: ['failing/set-labels', 'healing/labels-are-old-or-new'],
    spares: ['failing/commit', 'concurrency/one-create-wins'],
    methods: labelsOneByOne,
  }),
  onVfs({
    name: 'create-takes-what-is-there',
    defect: 'Making a layer that is there already counts as having made it.',
    trips: [
      'concurrency/one-create-wins',
      'concurrency/two-drivers-share-a-root',
      'processes/one-create-wins',
      'processes/refusals-are-shared',
    ],
    spares: ['concurrency/one-commit-and-one-remove-win', 'processes/one-remove-wins'],
    methods: (driver) => ({
      create: async (id, options) => {
        return driver.create(id, options).catch((error: unknown) => {
          if (isStorageError(error, 'LAYER_EXISTS')) return driver.stat(id);
          throw error;
        });
      },
    }),
  }),
  onVfs({
    name: 'remove-swallows-refusals',
    defect: 'A removal that was refused is taken for one that somebody else makes.',
    trips: [
      'concurrency/one-commit-and-one-remove-win',
      'concurrency/a-parent-goes-or-gets-a-child',
      'processes/refusals-are-shared',
      'processes/what-is-held-there-is-safe-here',
      'processes/one-remove-wins',
    ],
    spares: ['concurrency/one-create-wins', 'processes/one-create-wins'],
    methods: (driver) => ({
      remove: (id, options) =>
        driver.remove(id, options).catch((error: unknown) => {
          if (!isStorageError(error, 'LAYER_IN_USE') && !isStorageError(error, 'LAYER_NOT_FOUND')) throw error;
        }),
    }),
  }),
  onVfs({
    name: 'create-does-without-a-parent-that-has-gone',
    defect: 'A layer whose parent goes away before its turn comes is made without one.',
    trips: ['concurrency/a-parent-goes-or-gets-a-child', 'processes/a-parent-goes-or-gets-a-child'],
    spares: ['concurrency/one-create-wins', 'processes/one-create-wins'],
    methods: (driver) => ({
      create: async (id, options) => {
        await setTimeout(20);
        return driver.create(id, options).catch((error: unknown) => {
          if (!isStorageError(error, 'PARENT_NOT_FOUND')) throw error;
          return driver.create(id);
        });
      },
    }),
  }),
  onVfs({
    name: 'remove-looks-for-holders-too-early',
    defect: 'Whether anybody holds a layer is asked before it is removed, and a hold taken in between goes with it.',
    trips: ['concurrency/a-layer-is-held-or-removed', 'processes/a-layer-is-held-or-removed'],
    spares: ['concurrency/one-create-wins', 'processes/what-is-held-there-is-safe-here'],
    methods: (driver) => ({
      remove: async (id, options) => {
        if ((await driver.holders(id)).length > 0) return driver.remove(id, options);
        await setTimeout(30);
        const mounter = createMounter();
        for (const { mountPoint } of mountsUnder(join(driver.root, id))) await mounter.unmount(mountPoint);
        rmSync(join(driver.root, '.graphdriver/holds', id), { force: true });
        return driver.remove(id, options);
      },
    }),
  }),
  onReference({
    name: 'close-refuses-what-is-nearly-done',
    defect: 'Calls that end while the driver is being closed say that it was closed, although they have been made.',
    trips: ['concurrency/close-waits'],
    spares: ['concurrency/one-create-wins', 'concurrency/two-drivers-share-a-root'],
    methods: (driver) => {
      let isClosing = false;
      return {
        create: async (id, options) => {
          const record = await driver.create(id, options);
          if (isClosing) throw new StorageError('CLOSED', 'The driver was closed.');
          return record;
        },
        close: () => {
          isClosing = true;
          return driver.close();
        },
      };
    },
  }),
  onReference({
    name: 'changes-block-the-event-loop',
    defect: 'A call computes in one go, however long it takes.',
    trips: ['concurrency/the-event-loop-goes-on'],
    spares: ['concurrency/the-working-directory-stays', 'concurrency/labels-are-whole'],
    methods: (driver) => ({
      changes: async (id, options) => {
        const end = performance.now() + LONG;
        while (performance.now() < end); // As a comparison of two large trees would.
        return driver.changes(id, options);
      },
    }),
  }),
  onReference({
    name: 'usage-works-from-within-the-layer',
    defect: 'A layer is measured from its own directory, to which the process goes for that.',
    trips: ['concurrency/the-working-directory-stays'],
    spares: ['concurrency/the-event-loop-goes-on', 'concurrency/labels-are-whole'],
    methods: (driver) => ({
      usage: async (id, options) => {
        const before = process.cwd();
        process.chdir(driver.root);
        try {
          return await driver.usage(id, options);
        } finally {
          process.chdir(before);
        }
      },
    }),
  }),
];

/** Applies an archive as many of one entry each. */
function byEntries(driver: Driver): Driver['applyDiff'] {
  return async (id, archive, options) => {
    const bytes = await collected(archive);
    let total = 0;
    for await (const _ of readTar(once(bytes))) total += 1;
    let result = await driver.applyDiff(id, onlyEntry(bytes, 0), options);
    for (let index = 1; index < total; index++) result = await driver.applyDiff(id, onlyEntry(bytes, index), options);
    return result;
  };
}

/** The archive of one entry out of `bytes`. */
function onlyEntry(bytes: Buffer, wanted: number): AsyncIterable<Uint8Array> {
  return rewritten(once(bytes), async function* (entries) {
    let index = 0;
    for await (const entry of entries) if (index++ === wanted) yield entry;
  });
}

function lostPuts(driver: Driver): Partial<Driver> {
  const busy = new Set<string>();
  const alone = async (id: string, put: () => Promise<void>): Promise<void> => {
    if (busy.has(id)) return;
    busy.add(id);
    try {
      await put();
    } finally {
      busy.delete(id);
    }
  };
  return {
    put: (id, options) => alone(id, () => driver.put(id, options)),
    get: async (id, options) => {
      const mount = await driver.get(id, options);
      const put: typeof mount.put = (how) => alone(id, () => mount.put(how));
      return overridden(mount, { put, [Symbol.asyncDispose]: () => put() });
    },
  };
}

function labelsOneByOne(driver: Driver): Partial<Driver> {
  return {
    setLabels: async (id, labels) => {
      let mixed = { ...(await driver.stat(id)).labels };
      for (const [key, value] of Object.entries(labels)) {
        mixed = { ...mixed, [key]: value };
        await driver.setLabels(id, mixed);
      }
      return driver.setLabels(id, labels);
    },
  };
}
