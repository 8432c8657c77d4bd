import { syncFilesystem } from '@graphdriver/host';
import type { ManyCase } from '../bench-case.ts';
import { buildImage } from '../bench-image.ts';
import { inTurns } from '../in-turns.ts';
import { letGo } from '../let-go.ts';
import { MANY_IMAGE } from '../life-images.ts';
import { type OnceOperation, sampleOnce } from '../sampler.ts';
import { timedAsync } from './append-byte.ts';
import { type Container, freshContainer } from './container.ts';
import { manyFiles } from './many-files.ts';
import type { Measured, Stage } from './stage.ts';

/** Milliseconds that a container may take from its start to its removal, where there are so many that the limit of a sample is too short. */
const PATIENCE = 2_000;

/**
 * Measures the start of many containers, one after another or several at once, each of which stays mounted until all are: each start, which
 * is create and get, and all of them together; then the puts of all, and the removes of all.
 *
 * A sample is all of it. Nothing waits to be written back when the starts, the puts and the removes begin.
 */
export async function measureMany(stage: Stage, of: ManyCase): Promise<Measured[]> {
  const { driver, seed, signal, samples } = stage;
  const files = manyFiles(MANY_IMAGE);
  await using image = await buildImage(driver, { name: 'image', layers: 1, files, seed, signal });
  // The first container is of no interest: whatever has to be loaded and compiled is so after it.
  await sampleOnce(fleetOf(stage, { ...of, containers: 1 }, image.top, []), { samples: 1, signal });
  const ends: FleetEnd[] = [];
  const timeout = Math.max(stage.timeout, of.containers * PATIENCE);
  const starts = await sampleOnce(fleetOf(stage, of, image.top, ends), { samples, signal, timeout });
  return starts.flatMap((start, index): Measured[] => {
    const end = ends[index];
    if (end === undefined) throw new RangeError('Every fleet has an end.');
    return [
      ...end.starts.map((nanoseconds, number): Measured => {
        return { operation: 'start', index: index * of.containers + number, nanoseconds };
      }),
      { operation: 'start_all', index, ...start },
      { operation: 'put_all', index, nanoseconds: end.put },
      { operation: 'remove_all', index, nanoseconds: end.remove },
    ];
  });
}

/** Nanoseconds of what is timed beside the starts of all. */
interface FleetEnd {
  readonly starts: readonly number[];
  readonly put: number;
  readonly remove: number;
}

/** Containers that are mounted together. */
interface Fleet {
  readonly containers: Container[];
  /** Nanoseconds, by the container's number. */
  readonly starts: number[];
}

function fleetOf(
  stage: Stage,
  { containers: count, atOnce }: ManyCase,
  parent: string,
  ends: FleetEnd[],
): OnceOperation<Fleet> {
  const numbers = Array.from({ length: count }, (_, number) => number);
  const settle = (): Promise<void> => syncFilesystem(stage.plain);
  return {
    async prepare() {
      await settle();
      return { containers: [], starts: [] };
    },
    async measure({ containers, starts }) {
      const failed = new AbortController();
      const until = AbortSignal.any([failed.signal, stage.signal]);
      await inTurns(numbers, atOnce, async (number) => {
        if (until.aborted) return;
        try {
          starts[number] = await timedAsync(async () => {
            containers.push(await freshContainer(stage, `container-${number}`, parent));
          });
        } catch (error) {
          failed.abort();
          throw error;
        }
      });
    },
    async release({ containers, starts }) {
      await settle();
      const put = await timedAsync(() => inTurns(containers, atOnce, ({ mount }) => letGo(mount)));
      await settle();
      const remove = await timedAsync(() => inTurns(containers, atOnce, ({ id }) => stage.driver.remove(id)));
      ends.push({ starts, put, remove });
    },
  };
}
