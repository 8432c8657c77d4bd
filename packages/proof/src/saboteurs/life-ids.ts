import {
  type CallOptions,
  type CreateOptions,
  isLayerId,
  type Labels,
  StorageError,
  type StorageErrorCode,
} from '@graphdriver/core';
import { onReference } from '../plan.ts';
import type { Saboteur } from '../saboteur.ts';
import { calledFor } from '../tamper/records.ts';

/** Drivers that are too narrow about ids, or not narrow enough about arguments. */
export const lifeIdSaboteurs: readonly Saboteur[] = [
  onReference({
    name: 'ids-are-for-host-names',
    defect: 'Ids are what host names are: no more than 63 characters, and neither dot nor underscore in them.',
    trips: ['ids/grammar-is-accepted', 'ids/long-ids-can-be-mounted'],
    spares: ['ids/others-are-type-errors', 'ids/case-keeps-layers-apart'],
    methods: (driver) => ({
      create: async (id, options) => {
        if (!/^[A-Za-z0-9-]{1,63}$/.test(id)) throw new TypeError(`${id} is not the name of a host.`);
        return driver.create(id, options);
      },
    }),
  }),
  onReference({
    name: 'mount-points-end-at-100-characters',
    defect: 'A layer whose id is longer than 100 characters cannot be mounted.',
    trips: ['ids/long-ids-can-be-mounted'],
    spares: ['ids/grammar-is-accepted', 'ids/others-are-type-errors'],
    methods: (driver) => ({
      get: async (id, options) => {
        if (isLayerId(id) && id.length > 100)
          throw new StorageError('SYSTEM_CALL_FAILED', `mount of ${id}: ENAMETOOLONG`);
        return driver.get(id, options);
      },
    }),
  }),
  onReference({
    name: 'ids-ignore-case',
    defect: 'Ids are kept in small letters, as on a file system that does not know the difference.',
    trips: ['ids/grammar-is-accepted', 'ids/case-keeps-layers-apart', 'records/list-shows-parents-first'],
    spares: ['ids/long-ids-can-be-mounted', 'ids/labels-are-strings'],
    methods: (driver) => calledFor(driver, (id) => (isLayerId(id) ? id.toLowerCase() : id)),
  }),
  onReference({
    name: 'exists-says-no-to-anything',
    defect: 'What is not an id is for `exists` just a layer that is not there.',
    trips: ['ids/others-are-type-errors'],
    spares: ['ids/other-parents-and-bases-are-type-errors', 'records/a-new-root-has-no-layers'],
    methods: (driver) => ({ exists: async (id) => isLayerId(id) && driver.exists(id) }),
  }),
  onReference({
    name: 'wrong-ids-are-found-to-be-missing',
    defect: 'What is not an id is looked up like one, and not found.',
    trips: ['ids/others-are-type-errors'],
    spares: ['ids/holder-names-have-the-same-grammar', 'refusals/a-missing-layer'],
    methods: (driver) => ({
      stat: async (id) => driver.stat(lookedUp(id, 'LAYER_NOT_FOUND')),
      usage: async (id, options) => driver.usage(lookedUp(id, 'LAYER_NOT_FOUND'), options),
    }),
  }),
  onReference({
    name: 'wrong-parents-are-found-to-be-missing',
    defect: 'A parent that is not an id is looked up like one, and not found.',
    trips: ['ids/other-parents-and-bases-are-type-errors'],
    spares: ['ids/others-are-type-errors', 'lifecycle/a-parent-must-exist'],
    methods: (driver) => ({
      create: async (id, options) => {
        if (options?.parent !== undefined) lookedUp(options.parent, 'PARENT_NOT_FOUND');
        return driver.create(id, options);
      },
    }),
  }),
  onReference({
    name: 'wrong-bases-are-the-parent',
    defect: 'Changes from a base that is not an id are those from the parent.',
    trips: ['ids/other-parents-and-bases-are-type-errors'],
    spares: ['ids/others-are-type-errors', 'ids/unknown-options-are-type-errors'],
    methods: (driver) => ({
      changes: async (id, options) => {
        const isWrong = options?.base !== undefined && options.base !== null && !isLayerId(options.base);
        return isWrong ? driver.changes(id) : driver.changes(id, options);
      },
    }),
  }),
  onReference({
    name: 'nobody-has-a-wrong-name',
    defect: 'Putting back for what is not the name of a holder is refused because it holds nothing.',
    trips: ['ids/holder-names-have-the-same-grammar'],
    spares: ['ids/others-are-type-errors', 'refusals/a-missing-layer'],
    methods: (driver) => ({
      put: async (id, options) => {
        lookedUp(options?.holder, 'HOLDER_NOT_FOUND');
        return driver.put(id, options);
      },
    }),
  }),
  onReference({
    name: 'wrong-names-hold-nameless',
    defect: 'A lease whose name is not one is taken without a name.',
    trips: ['ids/holder-names-have-the-same-grammar'],
    spares: ['ids/others-are-type-errors', 'ids/unknown-options-are-type-errors'],
    methods: (driver) => ({
      get: async (id, options = {}) => {
        const { holder, ...others } = options;
        return driver.get(id, isLayerId(holder) ? options : others);
      },
    }),
  }),
  onReference({
    name: 'create-reads-only-what-it-knows',
    defect: 'A misspelt option of create is passed over.',
    trips: ['ids/unknown-options-are-type-errors'],
    spares: ['ids/labels-are-strings', 'refusals/a-quota-that-is-none'],
    methods: (driver) => ({ create: async (id, options = {}) => driver.create(id, knownOptions(options)) }),
  }),
  onReference({
    name: 'commit-reads-only-the-signal',
    defect: 'A misspelt option of commit is passed over.',
    trips: ['ids/unknown-options-are-type-errors'],
    spares: ['refusals/an-aborted-signal', 'lifecycle/commit-happens-once'],
    methods: (driver) => ({ commit: async (id, options = {}) => driver.commit(id, signalOf(options)) }),
  }),
  onReference({
    name: 'set-labels-makes-text-of-anything',
    defect: 'Labels that are not text become text.',
    trips: ['ids/labels-are-strings'],
    spares: ['records/labels-may-be-anything', 'ids/unknown-options-are-type-errors'],
    methods: (driver) => ({ setLabels: async (id, labels) => driver.setLabels(id, asText(labels)) }),
  }),
  onReference({
    name: 'create-drops-labels-that-are-none',
    defect: 'A layer that is made with labels which are not text has none of them.',
    trips: ['ids/labels-are-strings'],
    spares: ['records/labels-may-be-anything', 'records/create-returns-the-record'],
    methods: (driver) => ({
      create: async (id, options = {}) => {
        const { labels, ...others } = options;
        return driver.create(id, labels === undefined ? others : { ...others, labels: onlyText(labels) });
      },
    }),
  }),
];

/** An id that may be looked up. @throws {StorageError} `code` where there is no need to, because it is none. */
function lookedUp(id: unknown, code: StorageErrorCode): string {
  if (isLayerId(id)) return id;
  throw new StorageError(code, `There is no ${String(id)}.`);
}

function knownOptions({ parent, labels, quota, signal }: CreateOptions): CreateOptions {
  return {
    ...(parent === undefined ? {} : { parent }),
    ...(labels === undefined ? {} : { labels }),
    ...(quota === undefined ? {} : { quota }),
    ...signalOf({ ...(signal === undefined ? {} : { signal }) }),
  };
}

function signalOf({ signal }: CallOptions): CallOptions {
  return signal === undefined ? {} : { signal };
}

function asText(labels: Labels): Labels {
  return Object.fromEntries(Object.entries(labels).map(([name, value]) => [name, String(value)]));
}

function onlyText(labels: Labels): Labels {
  return Object.fromEntries(Object.entries(labels ?? {}).filter(([, value]) => typeof value === 'string'));
}
