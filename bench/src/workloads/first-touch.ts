import { syncFilesystem } from '@graphdriver/host';
import { dropCaches } from '../cold-cache.ts';
import { type OnceOperation, sampleOnce } from '../sampler.ts';
import { appendByte, timed } from './append-byte.ts';
import { type Container, freshContainer, putAndRemove } from './container.ts';
import type { Measured, Stage } from './stage.ts';

/** What is touched, and how. */
export interface FirstTouch {
  /** The layer that containers stand on. */
  readonly layer: string;
  /** The root of the same files at the same paths, in no layer. */
  readonly plain: string;
  /** An empty file on the same file system. */
  readonly rehearsal: string;
  /** The kernel's caches are emptied before each of the first two touches. */
  readonly cold?: boolean;
  /** Makes the plain files what they are in the layers. */
  renew(): Promise<void> | void;
  /** What has to be done right before each touch, of files that nobody has written to where `turn` is 0. Not timed. */
  ready?(root: string, turn: number): Promise<void>;
  /** The timed span: a touch of the files under `root`. `turn` is 0, and 1 for the second time in a container. */
  touch(root: string, turn: number): void;
  /** Bytes that the touched files take on the disk; nobody asks unless it is there. */
  bytes?(root: string): number;
}

/**
 * Measures what the first touch of files of a lower layer costs.
 *
 * Each sample has a fresh container that nobody has written to.
 * Timed are, one after another: the touch of the same files in a plain directory of the same file system; the touch in the container,
 * which makes the driver copy what it has to; and one more touch there.
 * Before each of the first two the file system has written back everything, so that neither pays for what came before, and
 * both pay alike for being the first.
 *
 * A touch that fails ends the case with its error. No container is left.
 */
export async function measureFirstTouch(stage: Stage, how: FirstTouch): Promise<Measured[]> {
  const { samples, signal, timeout } = stage;
  const sampling = new TouchSampling(stage, how);
  const firsts = await sampleOnce(sampling.operation(), { samples, signal, timeout });
  return firsts.flatMap((first, index): Measured[] => [
    { operation: 'plain', index, ...(sampling.plain[index] ?? NOTHING) },
    { operation: 'first', index, ...first, ...sampling.disk[index] },
    { operation: 'second', index, ...(sampling.second[index] ?? NOTHING) },
  ]);
}

type Noted = Pick<Measured, 'nanoseconds' | 'bytes'>;
const NOTHING: Noted = { nanoseconds: Number.NaN };

/** Takes the samples, and notes what is timed beside the first touch: one of each per sample. */
class TouchSampling {
  readonly plain: Noted[] = [];
  readonly disk: Pick<Measured, 'bytes'>[] = [];
  readonly second: Noted[] = [];
  readonly #stage: Stage;
  readonly #how: FirstTouch;

  constructor(stage: Stage, how: FirstTouch) {
    this.#stage = stage;
    this.#how = how;
  }

  operation(): OnceOperation<Container> {
    return {
      prepare: async (index) => {
        await this.#how.renew();
        const container = await freshContainer(this.#stage, `container-${index}`, this.#how.layer);
        try {
          this.plain[index] = await this.#plainTouch();
          await this.#how.ready?.(container.mount.path, 0);
          return container;
        } catch (error) {
          await putAndRemove(this.#stage, container);
          throw error;
        }
      },
      measure: ({ mount }) => this.#how.touch(mount.path, 0),
      release: async (container, index) => {
        try {
          this.disk[index] = await this.#bytesUnder(container.mount.path);
          await this.#how.ready?.(container.mount.path, 1);
          this.second[index] = { nanoseconds: timed(() => this.#how.touch(container.mount.path, 1)) };
        } finally {
          await putAndRemove(this.#stage, container);
        }
      },
    };
  }

  async #plainTouch(): Promise<Noted> {
    const how = this.#how;
    await syncFilesystem(this.#stage.plain);
    // The container may have left a lot to write back. After one append and sync of no interest the two timed touches follow upon the same.
    appendByte(how.rehearsal);
    await this.#settle();
    await how.ready?.(how.plain, 0);
    const nanoseconds = timed(() => how.touch(how.plain, 0));
    await this.#settle();
    return { nanoseconds, ...(await this.#bytesUnder(how.plain)) };
  }

  async #bytesUnder(root: string): Promise<Pick<Measured, 'bytes'>> {
    if (this.#how.bytes === undefined) return {};
    await syncFilesystem(this.#stage.plain); // What has not been written back has no blocks yet on some file systems.
    return { bytes: this.#how.bytes(root) };
  }

  async #settle(): Promise<void> {
    if (this.#how.cold === true) await dropCaches(this.#stage.plain);
    else await syncFilesystem(this.#stage.plain);
  }
}
