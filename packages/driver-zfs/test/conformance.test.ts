import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Subject } from '@graphdriver/conformance';
import { describeConformance } from '@graphdriver/conformance/vitest';
import { afterAll, beforeAll, describe } from 'vitest';
import { knownDeviations, zfs } from '../src/index.ts';
import { makePlace, type Place, POOL, placeReason } from './places.ts';

const reason = await placeReason();

const source = { specifier: import.meta.resolve('@graphdriver/driver-zfs'), export: 'zfs' };

/** With the books on another file system than the layers, as on any machine whose pool is not its root. */
const beside: Subject = {
  module: zfs,
  source,
  options: { settings: { fsname: POOL } },
  deviations: knownDeviations,
};

/** With the books on the pool, too. */
const inside: Subject = { module: zfs, source, options: { mountWith: 'command' }, deviations: knownDeviations };

/** What another place of the books and another route may change; the rest is the same code, and takes minutes. */
const SAMPLE = [
  'lifecycle',
  'usage',
  'mount-abilities',
  'holding',
  'content/an-update-of-the-same-size-and-time-shows',
];
const full = process.env['GRAPHDRIVER_FULL'] === '1';

describe.skipIf(reason !== null)(`on a pool of its own${reason === null ? '' : `: ${reason}`}`, () => {
  let place: Place;

  beforeAll(async () => {
    place = await makePlace(2 * 1024 ** 3);
  }, 1_800_000);

  afterAll(() => place?.[Symbol.asyncDispose]());

  /** zfs-fuse has been seen to die in the middle of the suite. */
  async function mend(): Promise<string | undefined> {
    if (place.daemon === undefined || (await place.daemon.answers())) return undefined;
    await place.daemon.restart('SIGKILL');
    return 'zfs-fuse had died and was started anew.';
  }

  function directory(above: 'directory' | 'path', name: string): string {
    const path = join(place[above], name);
    mkdirSync(path);
    return path;
  }

  describe('by system calls, with the root beside the pool', () => {
    describeConformance(beside, { mend, root: () => directory('directory', 'beside') });
  });

  describe('by commands, with the root in the pool', () => {
    describeConformance(inside, { mend, ...(full ? {} : { only: SAMPLE }), root: () => directory('path', 'inside') });
  });
});
