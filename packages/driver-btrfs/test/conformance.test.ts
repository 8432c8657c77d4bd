import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Subject } from '@graphdriver/conformance';
import { describeConformance } from '@graphdriver/conformance/vitest';
import { afterAll, beforeAll, describe } from 'vitest';
import { btrfs } from '../src/index.ts';
import { makePlace, type Place, placeReason } from './places.ts';

const reason = await placeReason();

const source = { specifier: import.meta.resolve('@graphdriver/driver-btrfs'), export: 'btrfs' };
const withQuotas = { mountWith: 'command', settings: { quota: 'on' } } as const;
const subjects: Readonly<Record<string, Subject>> = {
  'by system calls': { module: btrfs, source },
  'by btrfs-progs, with quotas': { module: btrfs, source, options: withQuotas },
};
/** What another route and quotas may change; the rest is the same code, and takes minutes with a process for every step. */
const SAMPLE = ['lifecycle', 'forks', 'usage', 'mount-abilities', 'failing', 'healing'];
const full = process.env['GRAPHDRIVER_FULL'] === '1';

describe.skipIf(reason !== null)(`on a file system of its own${reason === null ? '' : `: ${reason}`}`, () => {
  let place: Place;

  beforeAll(async () => {
    place = await makePlace({ size: 2 * 1024 ** 3 });
  }, 600_000);

  afterAll(() => place?.[Symbol.asyncDispose]());

  for (const [how, subject] of Object.entries(subjects)) {
    const directory = how.replaceAll(/\W+/g, '-');
    describe(how, () => {
      describeConformance(subject, {
        ...(subject.options === undefined || full ? {} : { only: SAMPLE }),
        root: () => {
          mkdirSync(join(place.path, directory));
          return join(place.path, directory);
        },
      });
    });
  }
});
