import { closeSync, mkdirSync, openSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Driver } from '@graphdriver/core';
import { onVfs } from '../plan.ts';
import { overridden } from '../sabotage.ts';
import type { Saboteur } from '../saboteur.ts';

/** Drivers that leave something behind where a call does not go through. */
export const manyFailureSaboteurs: readonly Saboteur[] = [
  onVfs({
    name: 'notes-of-what-failed-stay',
    defect: 'Every call notes in the root what it is about to do, and strikes it out only when that went well.',
    trips: [
      'failing/create',
      'failing/commit',
      'failing/remove',
      'failing/get',
      'failing/put',
      'failing/set-labels',
      'failing/apply-diff',
      'healing/create-is-whole-or-not-at-all',
      'healing/commit-is-whole-or-not-at-all',
      'healing/remove-is-whole-or-not-at-all',
      'healing/holds-go-with-their-process',
      'healing/labels-are-old-or-new',
      'forks/leave-nothing-when-they-fail',
      'forks/are-whole-or-not-at-all',
    ],
    spares: ['concurrency/one-create-wins', 'healing/opening-can-be-killed'],
    methods: noting,
  }),
];

let notes = 0;

function noting(driver: Driver): Partial<Driver> {
  const noted = async <T>(what: string, id: string, act: () => Promise<T>): Promise<T> => {
    const folder = join(driver.root, '.notes');
    mkdirSync(folder, { recursive: true });
    notes += 1;
    const note = join(folder, `${what},${id},${process.pid},${notes}`);
    closeSync(openSync(note, 'wx'));
    const result = await act();
    rmSync(note);
    return result;
  };
  return {
    create: (id, options) => noted('create', id, () => driver.create(id, options)),
    commit: (id, options) => noted('commit', id, () => driver.commit(id, options)),
    remove: (id, options) => noted('remove', id, () => driver.remove(id, options)),
    setLabels: (id, labels) => noted('label', id, () => driver.setLabels(id, labels)),
    applyDiff: (id, archive, options) => noted('apply', id, () => driver.applyDiff(id, archive, options)),
    get: async (id, options) => {
      const mount = await noted('get', id, () => driver.get(id, options));
      const put: typeof mount.put = (how) => noted('put', id, () => mount.put(how));
      return overridden(mount, { put, [Symbol.asyncDispose]: () => put() });
    },
  };
}
