import { type Driver, type Labels, type LayerRecord, StorageError } from '@graphdriver/core';
import { onReference } from '../plan.ts';
import type { Saboteur } from '../saboteur.ts';
import { isHeld } from '../tamper/holds.ts';
import { changedRecords } from '../tamper/records.ts';

const MINUTE = 60_000;

/** Ids that drivers of any root have met: what `roots-share-what-they-know` gets wrong. */
const knownAnywhere = new Set<string>();

/** Drivers whose books are wrong, late, or somebody else's. */
export const lifeRecordSaboteurs: readonly Saboteur[] = [
  onReference({
    name: 'exists-answers-by-the-grammar',
    defect: 'Every id that could be one exists.',
    trips: [
      'records/a-new-root-has-no-layers',
      'records/roots-are-separate',
      'records/are-seen-by-all-who-have-the-root-open',
      'lifecycle/remove-takes-all-away',
      'lifecycle/a-parent-must-be-committed',
      'refusals/a-missing-layer',
      'ids/other-parents-and-bases-are-type-errors',
      'ids/unknown-options-are-type-errors',
      'ids/labels-are-strings',
      'refusals/a-quota-that-was-not-promised',
      'refusals/a-quota-that-is-none',
    ],
    spares: ['records/parents-are-kept', 'ids/case-keeps-layers-apart'],
    methods: (driver) => ({ exists: async (id) => (await driver.exists(id)) || true }),
  }),
  onReference({
    name: 'list-shows-its-own-directory',
    defect: 'List takes a directory of the driver for a layer.',
    trips: [
      'records/a-new-root-has-no-layers',
      'records/create-returns-the-record',
      'records/parents-are-kept',
      'lifecycle/remove-takes-all-away',
      'ids/grammar-is-accepted',
      'ids/others-are-type-errors',
      'records/list-shows-parents-first',
      'records/are-seen-by-all-who-have-the-root-open',
      'lifecycle/a-parent-must-exist',
      'lifecycle/a-committed-layer-can-be-removed',
      'lifecycle/list-backwards-removes-everything',
      'refusals/a-missing-layer',
    ],
    spares: ['records/commit-changes-the-kind-only', 'lifecycle/an-id-is-taken-once'],
    methods: (driver) => ({
      list: async () => {
        const createdAt = new Date(0).toISOString();
        const own: LayerRecord = { id: 'staging', parent: null, kind: 'writable', createdAt, labels: {} };
        return [...(await driver.list()), own];
      },
      holders: async (id) => (id === 'staging' ? [] : driver.holders(id)),
      remove: async (id, options) => (id === 'staging' ? undefined : driver.remove(id, options)),
    }),
  }),
  onReference({
    name: 'create-returns-no-labels',
    defect: 'The record that create returns has no labels; that of stat has.',
    trips: [
      'records/create-returns-the-record',
      'records/labels-may-be-anything',
      'records/commit-changes-the-kind-only',
    ],
    spares: ['records/labels-are-copied', 'records/labels-are-replaced-as-a-whole'],
    methods: (driver) => ({
      create: async (id, options) => ({ ...(await driver.create(id, options)), labels: {} }),
    }),
  }),
  onReference({
    name: 'commit-drops-labels',
    defect: 'A committed layer has none of the labels that it was written with.',
    trips: ['records/commit-changes-the-kind-only'],
    spares: ['records/labels-are-replaced-as-a-whole', 'records/created-at-stays'],
    methods: (driver) => ({
      commit: async (id, options) => {
        await driver.commit(id, options);
        return driver.setLabels(id, {});
      },
    }),
  }),
  onReference({
    name: 'created-at-is-in-seconds',
    defect: 'The time of create is kept in whole seconds.',
    trips: ['records/created-at-is-the-time-of-create'],
    spares: ['records/created-at-stays', 'records/create-returns-the-record'],
    methods: (driver) =>
      changedRecords(driver, (record) => ({ ...record, createdAt: record.createdAt.replace(/\.\d+Z$/, 'Z') })),
  }),
  onReference({
    name: 'created-at-is-a-minute-ahead',
    defect: 'The clock that the books go by is a minute ahead of the one that stamps files.',
    trips: ['records/created-at-is-the-time-of-create', 'records/changes-are-never-older-than-created-at'],
    spares: ['records/created-at-stays', 'records/create-returns-the-record'],
    methods: (driver) =>
      changedRecords(driver, (record) => ({
        ...record,
        createdAt: new Date(Date.parse(record.createdAt) + MINUTE).toISOString(),
      })),
  }),
  onReference({
    name: 'created-at-is-when-it-was-last-written-down',
    defect: 'Whenever a record is written, createdAt becomes the time of that.',
    trips: ['records/created-at-stays', 'records/commit-changes-the-kind-only', 'records/outlive-the-driver'],
    spares: ['records/created-at-is-the-time-of-create', 'records/create-returns-the-record'],
    methods: (driver) => rewritingTimes(driver),
  }),
  onReference({
    name: 'list-is-in-the-order-of-making',
    defect: 'List shows layers in the order in which they were made.',
    trips: ['records/list-shows-parents-first', 'records/create-returns-the-record'],
    spares: ['lifecycle/list-backwards-removes-everything', 'records/parents-are-kept'],
    methods: (driver) => {
      const made: string[] = [];
      return {
        create: async (id, options) => {
          const record = await driver.create(id, options);
          made.push(id);
          return record;
        },
        list: async () => (await driver.list()).toSorted((a, b) => made.lastIndexOf(a.id) - made.lastIndexOf(b.id)),
      };
    },
  }),
  onReference({
    name: 'list-is-in-the-order-of-ids',
    defect: 'List shows layers by id, whichever is whose parent.',
    trips: [
      'records/list-shows-parents-first',
      'lifecycle/list-backwards-removes-everything',
      'records/created-at-stays',
    ],
    spares: ['records/parents-are-kept', 'records/a-new-root-has-no-layers'],
    methods: (driver) => ({
      list: async () => (await driver.list()).toSorted((a, b) => (a.id < b.id ? -1 : 1)),
    }),
  }),
  onReference({
    name: 'list-names-the-lowest-layer',
    defect: 'In list the parent of a layer is the lowest one of its chain.',
    trips: ['records/parents-are-kept'],
    spares: ['records/create-returns-the-record', 'records/list-shows-parents-first'],
    methods: (driver) => ({
      list: async () => {
        const records = await driver.list();
        return records.map((record) => ({ ...record, parent: lowestUnder(record, records) }));
      },
    }),
  }),
  onReference({
    name: 'labels-are-merged',
    defect: 'SetLabels keeps the labels that it is not told of.',
    trips: ['records/labels-are-replaced-as-a-whole'],
    spares: ['records/labels-may-be-anything', 'records/labels-are-not-content'],
    methods: (driver) => ({
      setLabels: async (id, labels) => {
        const before = await driver.stat(id);
        const { labels: given } = await driver.setLabels(id, labels); // Refuses what is not text.
        return driver.setLabels(id, { ...before.labels, ...given });
      },
    }),
  }),
  onReference({
    name: 'labels-lose-a-prototype',
    defect: 'Labels are copied by assignment, which no label called `__proto__` survives.',
    trips: ['records/labels-may-be-anything'],
    spares: ['records/labels-are-replaced-as-a-whole', 'records/create-returns-the-record'],
    methods: (driver) => ({
      create: async (id, options = {}) => {
        const record = await driver.create(id, options);
        return options.labels === undefined ? record : driver.setLabels(id, assigned(record.labels));
      },
      setLabels: async (id, labels) => {
        const { labels: given } = await driver.setLabels(id, labels); // Refuses what is not text.
        return driver.setLabels(id, assigned(given));
      },
    }),
  }),
  onReference({
    name: 'labels-are-the-callers-own',
    defect: 'The books keep the object of labels itself, whatever the caller does to it later.',
    trips: ['records/labels-are-copied'],
    spares: ['records/labels-are-replaced-as-a-whole', 'records/labels-may-be-anything'],
    methods: (driver) => {
      const given = new Map<string, Labels>();
      const withGiven = (record: LayerRecord): LayerRecord => ({
        ...record,
        labels: given.get(record.id) ?? record.labels,
      });
      return {
        ...changedRecords(driver, withGiven),
        create: async (id, options) => {
          const record = await driver.create(id, options);
          given.set(id, options?.labels ?? record.labels);
          return withGiven(record);
        },
        setLabels: async (id, labels) => {
          const record = await driver.setLabels(id, labels);
          given.set(id, labels);
          return withGiven(record);
        },
      };
    },
  }),
  onReference({
    name: 'held-layers-keep-their-labels',
    defect: 'SetLabels is refused for a layer that somebody holds.',
    trips: ['records/labels-are-not-content'],
    spares: ['records/labels-are-replaced-as-a-whole', 'lifecycle/committed-never-changes-again'],
    methods: (driver) => ({
      setLabels: async (id, labels) => {
        if (await isHeld(driver, id)) throw new StorageError('LAYER_IN_USE', `${id} is held.`);
        return driver.setLabels(id, labels);
      },
    }),
  }),
  onReference({
    name: 'labels-end-at-commit',
    defect: 'SetLabels is refused for a committed layer.',
    trips: [
      'records/labels-are-replaced-as-a-whole',
      'records/labels-are-not-content',
      'records/outlive-the-driver',
      'lifecycle/committed-never-changes-again',
      'records/are-seen-by-all-who-have-the-root-open',
    ],
    spares: ['records/labels-are-copied', 'records/created-at-stays'],
    methods: (driver) => ({
      setLabels: async (id, labels) => {
        if ((await driver.stat(id)).kind === 'committed') throw new StorageError('LAYER_COMMITTED', `${id} is final.`);
        return driver.setLabels(id, labels);
      },
    }),
  }),
  onReference({
    name: 'stat-remembers',
    defect: 'Stat answers what it answered before, until this driver itself changes the layer.',
    trips: ['records/are-seen-by-all-who-have-the-root-open'],
    spares: ['records/labels-are-replaced-as-a-whole', 'lifecycle/remove-takes-all-away'],
    methods: (driver) => remembering(driver),
  }),
  onReference({
    name: 'labels-are-not-written-down',
    defect: 'Labels that setLabels has set are forgotten with the driver that set them.',
    trips: ['records/outlive-the-driver', 'records/are-seen-by-all-who-have-the-root-open'],
    spares: ['records/labels-may-be-anything', 'records/roots-are-separate'],
    methods: (driver) => {
      const unwritten = new Map<string, Labels>();
      const withLabels = (record: LayerRecord): LayerRecord => ({
        ...record,
        labels: unwritten.get(record.id) ?? record.labels,
      });
      return {
        ...changedRecords(driver, withLabels),
        setLabels: async (id, labels) => {
          const before = await driver.stat(id);
          const record = await driver.setLabels(id, labels); // For its refusals, and its copy.
          unwritten.set(id, record.labels);
          await driver.setLabels(id, before.labels);
          return record;
        },
      };
    },
  }),
  onReference({
    name: 'roots-share-what-they-know',
    defect: 'What is known to exist is known to the whole process, of whatever root.',
    trips: ['records/roots-are-separate'],
    spares: ['records/are-seen-by-all-who-have-the-root-open', 'lifecycle/remove-takes-all-away'],
    methods: (driver) => ({
      create: async (id, options) => {
        const record = await driver.create(id, options);
        knownAnywhere.add(id);
        return record;
      },
      exists: async (id) => (await driver.exists(id)) || knownAnywhere.has(id),
      remove: async (id, options) => {
        await driver.remove(id, options);
        knownAnywhere.delete(id);
      },
    }),
  }),
];

function rewritingTimes(driver: Driver): Partial<Driver> {
  const written = new Map<string, string>();
  const withTime = (record: LayerRecord): LayerRecord => ({
    ...record,
    createdAt: written.get(record.id) ?? record.createdAt,
  });
  const now = (record: LayerRecord): LayerRecord => {
    written.set(record.id, new Date(Math.max(Date.now(), Date.parse(record.createdAt) + 1)).toISOString());
    return withTime(record);
  };
  return {
    ...changedRecords(driver, withTime),
    commit: async (id, options) => now(await driver.commit(id, options)),
    setLabels: async (id, labels) => now(await driver.setLabels(id, labels)),
  };
}

function remembering(driver: Driver): Partial<Driver> {
  const known = new Map<string, LayerRecord>();
  const forgetting = async <T>(id: string, running: Promise<T>): Promise<T> => {
    known.delete(id);
    return running;
  };
  return {
    stat: async (id) => {
      const record = known.get(id) ?? (await driver.stat(id));
      known.set(id, record);
      return record;
    },
    commit: (id, options) => forgetting(id, driver.commit(id, options)),
    remove: (id, options) => forgetting(id, driver.remove(id, options)),
    setLabels: (id, labels) => forgetting(id, driver.setLabels(id, labels)),
  };
}

function lowestUnder(record: LayerRecord, records: readonly LayerRecord[]): string | null {
  const parent = records.find(({ id }) => id === record.parent);
  return parent === undefined ? record.parent : (lowestUnder(parent, records) ?? parent.id);
}

function assigned(labels: Labels): Labels {
  const copy: Record<string, string> = {};
  for (const [name, value] of Object.entries(labels)) copy[name] = value;
  return copy;
}
