import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import type { LayerDriver } from '@graphdriver/core';
import { closeFile, createFile, makeDirectory, TimeSlice, writeBytes } from '@graphdriver/host';
import { seededBytes } from './seeded-bytes.ts';

/** A file of an image to be built. */
export interface ImageFile {
  /** Relative to the root of the view; the directories above are made. */
  readonly path: string;
  readonly size: number;
}

/** What {@link buildImage} makes. */
export interface ImagePlan {
  /** First part of the layers' ids. */
  readonly name: string;
  /** The length of the chain: 1 is the bottom layer alone. */
  readonly layers: number;
  /** All of them in the bottom layer. Each upper layer has one small file of its own. */
  readonly files: readonly ImageFile[];
  /** Their content comes from here and from their path. */
  readonly seed: number;
  readonly signal?: AbortSignal | undefined;
}

/** A chain of committed layers, the bottom one first. Disposing of it removes them. */
export interface BenchImage extends AsyncDisposable {
  readonly top: string;
}

/** Builds a chain of committed layers by the contract's calls alone. Leaves nothing behind when it fails. */
export async function buildImage(driver: LayerDriver, plan: ImagePlan): Promise<BenchImage> {
  const made: string[] = [];
  const dispose = async (): Promise<void> => {
    for (let id = made.pop(); id !== undefined; id = made.pop()) await driver.remove(id);
  };
  try {
    for (let number = 0; number < plan.layers; number += 1) {
      const id = `${plan.name}-${String(number).padStart(3, '0')}`;
      const parent = made.at(-1);
      const files = number === 0 ? plan.files : [{ path: `layer-${number}`, size: 64 }];
      await driver.create(id, { ...(parent === undefined ? {} : { parent }), ...signalOption(plan.signal) });
      made.push(id);
      await fillLayer(driver, id, files, plan);
      await driver.commit(id, signalOption(plan.signal));
    }
  } catch (error) {
    await dispose();
    throw error;
  }
  return { top: made.at(-1) ?? '', [Symbol.asyncDispose]: dispose };
}

/**
 * Writes files with seeded content under `root`. Event loop: back every few milliseconds.
 * `directories` are those that are there already; what is made is added to them.
 */
export async function writeFiles(
  root: string,
  files: readonly ImageFile[],
  plan: Pick<ImagePlan, 'seed' | 'signal'>,
  directories: Set<string> = new Set(),
): Promise<void> {
  const slice = new TimeSlice();
  for (const file of files) {
    makeParents(root, file.path, directories);
    const fd = createFile(`${root}/${file.path}`, 0o644);
    try {
      for (const piece of seededBytes(`${plan.seed}:${file.path}`, file.size)) {
        plan.signal?.throwIfAborted();
        writeBytes(fd, piece);
        if (slice.over) await slice.pause();
      }
    } finally {
      closeFile(fd);
    }
  }
}

/** Reads files to their end, so that what follows finds them in the page cache. */
export async function warmFiles(root: string, files: readonly ImageFile[]): Promise<void> {
  const buffer = Buffer.allocUnsafe(1024 * 1024);
  for (const { path } of files) {
    await using file = await open(`${root}/${path}`, constants.O_RDONLY);
    for (let read = -1; read !== 0; ) ({ bytesRead: read } = await file.read(buffer));
  }
}

async function fillLayer(driver: LayerDriver, id: string, files: readonly ImageFile[], plan: ImagePlan): Promise<void> {
  await using mount = await driver.get(id, signalOption(plan.signal));
  await writeFiles(mount.path, files, plan);
}

/** Makes the directories above a path under `root`, but those that are known, and adds them to them. */
export function makeParents(root: string, path: string, known: Set<string>): void {
  const names = path.split('/').slice(0, -1);
  for (let depth = 1; depth <= names.length; depth += 1) {
    const directory = names.slice(0, depth).join('/');
    if (known.has(directory)) continue;
    makeDirectory(`${root}/${directory}`);
    known.add(directory);
  }
}

function signalOption(signal: AbortSignal | undefined): { signal?: AbortSignal } {
  return signal === undefined ? {} : { signal };
}
