import { examinePosix } from '@graphdriver/conformance/posix';
import { expect, it } from 'vitest';
import { btrfs } from '../src/index.ts';
import { makePlace, placeReason } from './places.ts';

const DEVIATIONS = { 'xattr/trusted-is-for-root': 'btrfs lists what is in trusted. to everybody.' };
const reason = await placeReason();

it.skipIf(reason !== null)(
  `every case of POSIX passes on a snapshot${reason === null ? '' : `: ${reason}`}`,
  async () => {
    await using place = await makePlace({ size: 512 << 20 });
    const { results } = await examinePosix({ module: btrfs }, { root: place.path, deviations: DEVIATIONS });
    expect(results.filter(({ outcome }) => outcome !== 'passed' && outcome !== 'deviates')).toEqual([]);
  },
);
