import { examinePosix } from '@graphdriver/conformance/posix';
import { expect, it } from 'vitest';
import { btrfs, knownDeviations } from '../src/index.ts';
import { makePlace, placeReason } from './places.ts';

const reason = await placeReason();

it.skipIf(reason !== null)(
  `every case of POSIX passes on a snapshot${reason === null ? '' : `: ${reason}`}`,
  async () => {
    await using place = await makePlace({ size: 512 << 20 });
    const { results } = await examinePosix({ module: btrfs, deviations: knownDeviations }, { root: place.path });
    expect(results.filter(({ outcome }) => outcome !== 'passed' && outcome !== 'deviates')).toEqual([]);
  },
);
