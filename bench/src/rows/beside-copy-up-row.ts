import { constants, lstatSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import { quantileSorted } from 'simple-statistics';
import { timed } from '../workloads/append-byte.ts';
import type { RowReading } from './row.ts';
import { ext4Place, ext4Refusal } from './row-place.ts';
import type { RowProgram } from './row-stage.ts';
import { loneBed, settle } from './union-bed.ts';

/** Milliseconds between two lookups: somebody at a shell, and not a second load. */
const PAUSE = 1;
const FILE = 'srv/large';

/** What others wait while one daemon copies a large file. */
export const besideCopyUpRow: RowProgram = {
  row: {
    id: 'aufs/beside-copy-up',
    title: 'lookups while 1 GiB is copied up, aufs, 99th percentile',
    unit: 'nanoseconds',
    target: 25e6,
    ours: 'the 99th percentile of lstat while another program’s first write copies 1 GiB',
    theirs: null,
    why:
      'A first write to a file of 1 GiB, and beside it, every millisecond until it returns, lstat(2) of a name that is not there and has ' +
      'not been asked for before, in the same mount: each has to be answered by the daemon that copies. The value of a sample is the 99th ' +
      'percentile of these. The copy is synced, as it is without `volatile`. Every sample has a container of its own.',
  },
  refusal: ext4Refusal,
  async measure(stage) {
    const { seed, signal, sizes, progress } = stage;
    await using place = await ext4Place(stage);
    const image = [[{ path: FILE, size: sizes.copyUps.at(-1) ?? 0 }]];
    await using bed = await loneBed(place, image, { seed, signal, volatile: false });
    const readings: RowReading[] = [];
    for (let pair = 0; pair < sizes.slowPairs; pair += 1) {
      signal.throwIfAborted();
      progress(pair / sizes.slowPairs);
      const mount = await bed.ours.mount();
      await settle(bed);
      readings.push({ side: 'ours', pair, value: await lookingUp(mount.path) });
      await mount.release();
    }
    return readings;
  },
};

/** Nanoseconds of the slowest hundredth of the lookups during a first write. */
async function lookingUp(path: string): Promise<number> {
  let isDone = false;
  const written = firstWrite(`${path}/${FILE}`).finally(() => {
    isDone = true;
  });
  const waits: number[] = [];
  while (!isDone || waits.length === 0) {
    const name = `${path}/srv/absent-${waits.length}`;
    waits.push(timed(() => void lstatSync(name, { throwIfNoEntry: false })));
    await setTimeout(PAUSE);
  }
  await written;
  return quantileSorted(
    waits.toSorted((a, b) => a - b),
    0.99,
  );
}

/** In another thread, so that this one can look. */
async function firstWrite(path: string): Promise<void> {
  await using file = await open(path, constants.O_WRONLY | constants.O_APPEND);
  await file.write('x');
}
