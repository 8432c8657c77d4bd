import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  assertQuota,
  type CallOptions,
  type CreateOptions,
  isStorageError,
  StorageError,
  throwIfAborted,
} from '@graphdriver/core';
import { onReference, onVfs } from '../plan.ts';
import type { Saboteur } from '../saboteur.ts';
import { insteadOf } from '../tamper/refusals.ts';

/** Drivers that say yes where they have to say no, say it too late, or in the wrong words. */
export const lifeRefusalSaboteurs: readonly Saboteur[] = [
  onReference({
    name: 'nobody-holds-a-missing-layer',
    defect: 'A layer that is not there has no holders, in the place of being missed.',
    trips: ['refusals/a-missing-layer'],
    spares: ['ids/others-are-type-errors', 'refusals/a-closed-driver'],
    methods: (driver) => ({
      holders: async (id) => insteadOf('LAYER_NOT_FOUND', driver.holders(id), () => []),
    }),
  }),
  onReference({
    name: 'missing-layers-are-missing-files',
    defect: 'A file of a layer that is not there is what is missed, and not the layer.',
    trips: ['refusals/a-missing-layer'],
    spares: ['refusals/a-closed-driver', 'refusals/errors-tell-what-and-why'],
    methods: (driver) => ({
      openLayerFile: async (id, path, options) =>
        insteadOf('LAYER_NOT_FOUND', driver.openLayerFile(id, path, options), () => {
          throw new StorageError('FILE_NOT_FOUND', `There is no such file in ${id}.`);
        }),
    }),
  }),
  onReference({
    name: 'status-outlives-close',
    defect: 'A closed driver still says how many layers it had.',
    trips: ['refusals/a-closed-driver'],
    spares: ['refusals/status-and-metadata-are-lines-for-people', 'refusals/a-missing-layer'],
    methods: (driver) => ({ status: async () => insteadOf('CLOSED', driver.status(), () => []) }),
  }),
  onReference({
    name: 'closing-twice-is-refused',
    defect: 'Closing a closed driver fails, as every other call does.',
    trips: ['refusals/a-closed-driver', 'records/outlive-the-driver'],
    spares: ['refusals/a-missing-layer', 'records/a-new-root-has-no-layers'],
    methods: (driver) => {
      let isClosed = false;
      const close = async (): Promise<void> => {
        if (isClosed) throw new StorageError('CLOSED', 'The driver is closed.');
        isClosed = true;
        await driver.close();
      };
      return { close, [Symbol.asyncDispose]: close };
    },
  }),
  onReference({
    name: 'errors-are-those-of-the-books',
    defect: 'What stat does not find is an error without a code.',
    trips: ['refusals/errors-tell-what-and-why', 'refusals/a-missing-layer', 'lifecycle/remove-takes-all-away'],
    spares: ['lifecycle/remove-of-nothing-is-an-error', 'refusals/a-closed-driver'],
    methods: (driver) => ({
      stat: async (id) =>
        insteadOf('LAYER_NOT_FOUND', driver.stat(id), () => {
          throw new Error(`The books have no ${id}.`);
        }),
    }),
  }),
  onReference({
    name: 'errors-name-no-layer',
    defect: 'The message of a refusal does not say which layer was meant.',
    trips: ['refusals/errors-tell-what-and-why'],
    spares: ['refusals/a-missing-layer', 'lifecycle/remove-takes-all-away'],
    methods: (driver) => ({
      stat: async (id) =>
        insteadOf('LAYER_NOT_FOUND', driver.stat(id), () => {
          throw new StorageError('LAYER_NOT_FOUND', 'There is no such layer.');
        }),
    }),
  }),
  onReference({
    name: 'aborts-are-noticed-in-the-end',
    defect: 'Create looks at its signal when it has made the layer, and does not unmake it.',
    trips: ['refusals/an-aborted-signal', 'lifecycle/a-failed-create-leaves-no-child-behind'],
    spares: ['refusals/errors-tell-what-and-why', 'lifecycle/an-id-is-taken-once'],
    methods: (driver) => ({
      create: async (id, options = {}) => {
        const { signal, ...others } = options;
        const record = await driver.create(id, others);
        throwIfAborted(signal, `create of ${id}`);
        return record;
      },
    }),
  }),
  onReference({
    name: 'aborts-come-with-their-reason',
    defect:
      'An aborted call fails with the reason of its signal, as functions of the platform do, and not with a code.',
    trips: ['refusals/an-aborted-signal'],
    spares: ['lifecycle/a-failed-create-leaves-no-child-behind', 'refusals/errors-tell-what-and-why'],
    methods: (driver) => ({
      usage: async (id, options) => insteadOf('ABORTED', driver.usage(id, options), () => failWithReason(options)),
    }),
  }),
  onReference({
    name: 'remove-cannot-be-aborted',
    defect: 'Remove does not look at its signal.',
    trips: ['refusals/an-aborted-signal'],
    spares: ['lifecycle/remove-takes-all-away', 'ids/unknown-options-are-type-errors'],
    methods: (driver) => ({
      remove: async (id, options) => insteadOf('ABORTED', driver.remove(id, options), () => driver.remove(id)),
    }),
  }),
  onReference({
    name: 'quotas-are-wishes',
    defect: 'A quota that cannot be enforced is passed over.',
    trips: ['refusals/a-quota-that-was-not-promised'],
    spares: ['refusals/a-quota-that-is-none', 'ids/unknown-options-are-type-errors'],
    methods: (driver) => ({
      create: async (id, options = {}) => {
        if (options.quota !== undefined) assertQuota(options.quota);
        return driver.create(id, withoutQuota(options));
      },
    }),
  }),
  onReference({
    name: 'quotas-are-refused-when-the-layer-is-there',
    defect: 'That there are no quotas is noticed when the layer has been made.',
    trips: ['refusals/a-quota-that-was-not-promised'],
    spares: ['refusals/a-quota-that-is-none', 'lifecycle/an-id-is-taken-once'],
    methods: (driver) => ({
      create: async (id, options = {}) =>
        driver.create(id, options).catch(async (error: unknown) => {
          if (isStorageError(error, 'UNSUPPORTED')) await driver.create(id, withoutQuota(options));
          throw error;
        }),
    }),
  }),
  onReference({
    name: 'a-quota-of-nothing-is-no-quota',
    defect: 'A quota of 0 bytes is none, as in the configuration files of others.',
    trips: ['refusals/a-quota-that-is-none'],
    spares: ['refusals/a-quota-that-was-not-promised', 'ids/unknown-options-are-type-errors'],
    methods: (driver) => ({
      create: async (id, options = {}) =>
        driver.create(id, options.quota?.bytes === 0 ? withoutQuota(options) : options),
    }),
  }),
  onReference({
    name: 'odd-quotas-are-unsupported',
    defect: 'A driver without quotas refuses those that are none for the same reason as all others.',
    trips: ['refusals/a-quota-that-is-none'],
    spares: ['refusals/a-quota-that-was-not-promised', 'ids/labels-are-strings'],
    methods: (driver) => ({
      create: async (id, options = {}) => {
        if (options.quota !== undefined) throw new StorageError('UNSUPPORTED', 'There are no quotas.');
        return driver.create(id, options);
      },
    }),
  }),
  onVfs({
    name: 'newer-roots-are-taken-back',
    defect: 'A root that a later release wrote is declared to be one of this release.',
    trips: ['refusals/a-newer-format'],
    spares: ['records/outlive-the-driver', 'refusals/the-driver-says-who-it-is'],
    opening: async ({ root }, open) => {
      writeFormat(root, () => 1);
      return open();
    },
  }),
  onVfs({
    name: 'newer-roots-are-called-broken',
    defect: 'A root that a later release wrote is refused as if it had been damaged.',
    trips: ['refusals/a-newer-format'],
    spares: ['records/outlive-the-driver', 'refusals/the-driver-says-who-it-is'],
    opening: async ({ root }, open) =>
      insteadOf('NEWER_FORMAT', open(), () => {
        throw new StorageError('CORRUPT_ROOT', `${root} holds what no driver wrote.`);
      }),
  }),
  onVfs({
    name: 'newer-roots-are-stamped-on-sight',
    defect: 'A root that a later release wrote is refused, and yet its format is written anew.',
    trips: ['refusals/a-newer-format'],
    spares: ['records/outlive-the-driver', 'refusals/the-driver-says-who-it-is'],
    opening: async ({ root }, open) =>
      open().catch((error: unknown) => {
        if (isStorageError(error, 'NEWER_FORMAT')) writeFormat(root, (format) => format + 1);
        throw error;
      }),
  }),
  onReference({
    name: 'status-repeats-its-keys',
    defect: 'Status has one line for each layer, all with the same key.',
    trips: ['refusals/status-and-metadata-are-lines-for-people'],
    spares: ['refusals/a-closed-driver', 'refusals/a-missing-layer'],
    methods: (driver) => ({
      status: async () => {
        const layers = (await driver.list()).map(({ id }) => ({ key: 'Layer', value: id }));
        return [...(await driver.status()), ...layers];
      },
    }),
  }),
  onReference({
    name: 'metadata-has-numbers',
    defect: 'Metadata gives the depth of a layer as a number.',
    trips: ['refusals/status-and-metadata-are-lines-for-people'],
    spares: ['refusals/a-missing-layer', 'refusals/a-closed-driver'],
    methods: (driver) => ({
      metadata: async (id) => {
        const Depth = 1 as unknown as string; // That it is none is the defect.
        return { ...(await driver.metadata(id)), Depth };
      },
    }),
  }),
  onReference({
    name: 'the-driver-has-the-name-of-its-kind',
    defect: 'The opened driver has another name than its module.',
    trips: ['refusals/the-driver-says-who-it-is'],
    spares: ['refusals/status-and-metadata-are-lines-for-people'],
    methods: () => ({ name: 'full-copies' }),
  }),
  onReference({
    name: 'the-driver-keeps-less-than-the-probe-promised',
    defect: 'The capabilities of the opened driver are not those that its probe told.',
    trips: ['refusals/the-driver-says-who-it-is'],
    spares: ['refusals/status-and-metadata-are-lines-for-people'],
    methods: (driver) => ({ capabilities: { ...driver.capabilities, nativeDiff: !driver.capabilities.nativeDiff } }),
  }),
  onReference({
    name: 'the-root-is-relative',
    defect: 'The root of a driver is told from where the process happens to be.',
    trips: ['refusals/the-driver-says-who-it-is'],
    spares: ['refusals/status-and-metadata-are-lines-for-people'],
    methods: (driver) => ({ root: join('.', driver.root.slice(1)) }),
  }),
];

function withoutQuota({ quota: _, ...others }: CreateOptions): CreateOptions {
  return others;
}

function failWithReason({ signal }: CallOptions = {}): never {
  throw signal?.reason;
}

/** Changes the format number of a root that has one. */
function writeFormat(root: string, change: (format: number) => number): void {
  const path = join(root, '.graphdriver', 'format.json');
  if (!existsSync(path)) return;
  const written = JSON.parse(readFileSync(path, 'utf8')) as { format: number }; // The kit's own file.
  writeFileSync(path, JSON.stringify({ ...written, format: change(written.format) }));
}
