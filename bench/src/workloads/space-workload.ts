import { constants } from 'node:fs';
import { isStorageError, type Mount } from '@graphdriver/core';
import { closeFile, filesystemOf, openFile, syncFilesystem, unlinkFile, writeBytes } from '@graphdriver/host';
import type { Operation, SpaceCase } from '../bench-case.ts';
import { buildImage, writeFiles } from '../bench-image.ts';
import { type DeviceCounter, deviceCounter } from '../device-counter.ts';
import { seededBytes } from '../seeded-bytes.ts';
import { resetFile, timedAsync } from './append-byte.ts';
import { holdOptions } from './container.ts';
import { manyFiles } from './many-files.ts';
import type { Measured, Stage } from './stage.ts';

/**
 * Measures what a container takes on the disk, and what it makes the device write, step by step; and what a sync alone and the same
 * append to a plain file make it write, which no driver has to do with.
 *
 * Each step begins when nothing waits to be written back, and ends with a sync; then the device's counter is read, the file system asked
 * how full it is, and the driver how much the container's removal would give back.
 * What a file system puts off for longer than until a sync shows in a later step, or in none.
 */
export async function measureSpace(stage: Stage, of: SpaceCase): Promise<Measured[]> {
  const { driver, signal, seed } = stage;
  const files = manyFiles(of);
  const [first] = files;
  if (first === undefined) throw new TypeError('The image has at least one file.');
  await using image = await buildImage(driver, { name: 'image', layers: 1, files, seed, signal });
  const plain = { path: 'space', size: of.fileSize };
  await writeFiles(stage.plain, [plain], { seed, signal });
  const life: SpaceLife = {
    parent: image.top,
    path: first.path,
    plain: `${stage.plain}/${plain.path}`,
    half: Math.floor(of.fileSize / 2),
    more: Buffer.concat([...seededBytes(`${seed}:append`, of.append)]),
  };
  try {
    const measured: Measured[] = [];
    // The first container is of no interest: it makes directories, and extends the file system's own tables, that others find there.
    for (let index = -1; index < stage.samples; index += 1) {
      signal.throwIfAborted();
      resetFile(life.plain, of.fileSize);
      const steps = await liveOnce(stage, life);
      if (index >= 0) measured.push(...steps.map((step) => ({ index, ...step })));
    }
    return measured;
  } finally {
    unlinkFile(life.plain);
  }
}

/** What all containers of a case do. */
interface SpaceLife {
  readonly parent: string;
  /** Of the file in the image. */
  readonly path: string;
  /** A file of the same size in no layer. */
  readonly plain: string;
  /** What the file is truncated to. */
  readonly half: number;
  /** What is appended. */
  readonly more: Buffer;
}

async function liveOnce(stage: Stage, { parent, path, plain, half, more }: SpaceLife): Promise<Step[]> {
  const { driver } = stage;
  const id = 'container';
  const ledger = new SpaceLedger(stage);
  await ledger.beside('idle', () => undefined);
  await ledger.beside('plain', () => append(plain, more));
  await ledger.begin(id);
  await ledger.step('create', () => driver.create(id, { parent }));
  try {
    let held: Mount | undefined;
    await ledger.step('get', async () => {
      held = await driver.get(id, holdOptions(stage));
    });
    const mount = held as unknown as Mount; // Assigned in the call just made, which the compiler does not follow.
    const file = `${mount.path}/${path}`;
    ledger.mounted = mount.path;
    try {
      await ledger.step('first', () => append(file, more));
      await ledger.step('second', () => append(file, more));
      await ledger.step('truncate', () => resetFile(file, half));
      await ledger.step('unlink', () => unlinkFile(file));
    } finally {
      ledger.mounted = undefined;
      await ledger.step('put', () => mount.put());
    }
  } finally {
    ledger.gone = true;
    await ledger.step('remove', () => driver.remove(id));
  }
  return ledger.steps;
}

function append(path: string, bytes: Buffer): void {
  const fd = openFile(path, constants.O_WRONLY | constants.O_APPEND | constants.O_NOFOLLOW);
  try {
    writeBytes(fd, bytes);
  } finally {
    closeFile(fd);
  }
}

type Step = Omit<Measured, 'index'>;

/** Does steps and writes down what each has come to. */
class SpaceLedger {
  readonly steps: Step[] = [];
  /** Where the container is mounted: what waits there is written back first. */
  mounted: string | undefined;
  /** There is no container whose size could be asked for. */
  gone = false;
  readonly #stage: Stage;
  readonly #counter: DeviceCounter | null;
  #id: string | undefined;
  #free = 0;

  constructor(stage: Stage) {
    this.#stage = stage;
    this.#counter = deviceCounter(stage.plain);
  }

  /** Does a step that has nothing to do with the container. */
  async beside(operation: Operation, work: () => unknown): Promise<void> {
    await this.#begin();
    await this.step(operation, work);
  }

  /** From here on the steps are those of a container's life. */
  async begin(id: string): Promise<void> {
    await this.#begin();
    this.#id = id;
  }

  async step(operation: Operation, work: () => unknown): Promise<void> {
    await this.#settle();
    const before = this.#counter?.bytesWritten();
    const nanoseconds = await timedAsync(async () => work());
    await this.#settle();
    const deviceBytes = before === undefined ? {} : { deviceBytes: (this.#counter?.bytesWritten() ?? before) - before };
    const allocated = this.#free - filesystemOf(this.#stage.plain).freeBytes;
    this.steps.push({ operation, nanoseconds, allocated, ...deviceBytes, ...(await this.#reclaimable()) });
  }

  async #begin(): Promise<void> {
    await this.#settle();
    this.#free = filesystemOf(this.#stage.plain).freeBytes;
  }

  async #settle(): Promise<void> {
    if (this.mounted !== undefined) await syncFilesystem(this.mounted);
    await syncFilesystem(this.#stage.plain);
  }

  /** Other programs are not asked: they do not tell. */
  async #reclaimable(): Promise<Pick<Measured, 'bytes'>> {
    if (this.#id === undefined || this.gone) return {};
    try {
      return { bytes: await this.#stage.driver.reclaimable(this.#id) };
    } catch (error) {
      if (isStorageError(error, 'UNSUPPORTED')) return {};
      throw error;
    }
  }
}
