import type { Driver, LayerRecord } from '@graphdriver/core';

/** What a driver that tells lies about its layers makes of a record. */
export type RecordChange = (record: LayerRecord) => LayerRecord;

/** All methods that return records, each of which is changed on its way out. */
export function changedRecords(driver: Driver, change: RecordChange): Partial<Driver> {
  return {
    create: async (id, options) => change(await driver.create(id, options)),
    commit: async (id, options) => change(await driver.commit(id, options)),
    stat: async (id) => change(await driver.stat(id)),
    setLabels: async (id, labels) => change(await driver.setLabels(id, labels)),
    list: async () => (await driver.list()).map(change),
  };
}

/** All methods that take the id of a layer and no archive, called for the id that `change` makes of it. */
export function calledFor(driver: Driver, change: (id: string) => string): Partial<Driver> {
  return {
    create: async (id, options) => driver.create(change(id), options),
    commit: async (id, options) => driver.commit(change(id), options),
    remove: async (id, options) => driver.remove(change(id), options),
    get: async (id, options) => driver.get(change(id), options),
    put: async (id, options) => driver.put(change(id), options),
    holders: async (id) => driver.holders(change(id)),
    stat: async (id) => driver.stat(change(id)),
    exists: async (id) => driver.exists(change(id)),
    setLabels: async (id, labels) => driver.setLabels(change(id), labels),
  };
}
