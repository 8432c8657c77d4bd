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
  /** Only a block at either end is written, and a hole lies between them. */
  readonly sparse?: boolean;
}

/** The bytes that are written at either end of a sparse file. */
export const SPARSE_BLOCK = 4096;

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

/** What {@link buildLayers} makes. */
export interface LayersPlan extends Pick<ImagePlan, 'name' | 'layers' | 'signal'> {
  /** Writes what belongs to a layer, the bottom one being 0, to where all below it is seen. */
  fill(root: string, layer: number): Promise<void>;
}

/** Builds a chain of committed layers by the contract's calls alone. Leaves nothing behind when it fails. */
export function buildImage(driver: LayerDriver, plan: ImagePlan): Promise<BenchImage> {
  const fill = (root: string, layer: number): Promise<void> => {
    return writeFiles(root, layer === 0 ? plan.files : [{ path: `layer-${layer}`, size: 64 }], plan);
  };
  return buildLayers(driver, { ...plan, fill });
}

/** {@link buildImage} for layers with whatever `fill` writes. */
export async function buildLayers(driver: LayerDriver, plan: LayersPlan): Promise<BenchImage> {
  const made: string[] = [];
  const dispose = async (): Promise<void> => {
    for (let id = made.pop(); id !== undefined; id = made.pop()) await driver.remove(id);
  };
  try {
    for (let number = 0; number < plan.layers; number += 1) {
      const id = `${plan.name}-${String(number).padStart(3, '0')}`;
      const parent = made.at(-1);
      await driver.create(id, { ...(parent === undefined ? {} : { parent }), ...signalOption(plan.signal) });
      made.push(id);
      await fillMounted(driver, id, (root) => plan.fill(root, number), plan.signal);
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
      for (const { start, size } of dataOf(file)) {
        let position = start;
        for (const piece of seededBytes(`${plan.seed}:${file.path}`, size)) {
          plan.signal?.throwIfAborted();
          position += writeBytes(fd, piece, 0, piece.length, position);
          if (slice.over) await slice.pause();
        }
      }
    } finally {
      closeFile(fd);
    }
  }
}

/** Reads all data of files, so that what follows finds it in the page cache. */
export async function warmFiles(root: string, files: readonly ImageFile[]): Promise<void> {
  const buffer = Buffer.allocUnsafe(1024 * 1024);
  for (const file of files) {
    await using handle = await open(`${root}/${file.path}`, constants.O_RDONLY);
    for (const { start, size } of dataOf(file)) {
      const end = start + size;
      for (let [position, read] = [start, -1]; read !== 0 && position < end; position += read) {
        ({ bytesRead: read } = await handle.read(buffer, 0, Math.min(buffer.length, end - position), position));
      }
    }
  }
}

/** Where a file has data. */
function dataOf({ size, sparse = false }: ImageFile): readonly { readonly start: number; readonly size: number }[] {
  if (!sparse || size <= 2 * SPARSE_BLOCK) return [{ start: 0, size }];
  return [0, size - SPARSE_BLOCK].map((start) => ({ start, size: SPARSE_BLOCK }));
}

async function fillMounted(
  driver: LayerDriver,
  id: string,
  fill: (root: string) => Promise<void>,
  signal: AbortSignal | undefined,
): Promise<void> {
  await using mount = await driver.get(id, signalOption(signal));
  await fill(mount.path);
}

/** Makes the directories above a path under `root`, but those that are known, and adds them to them. */
export function makeParents(root: string, path: string, known: Set<string>): void {
  for (const directory of parentsOf(path)) {
    if (known.has(directory)) continue;
    makeDirectory(`${root}/${directory}`);
    known.add(directory);
  }
}

/** The directories above a path, the outermost first. */
export function parentsOf(path: string): string[] {
  const names = path.split('/').slice(0, -1);
  return names.map((_, depth) => names.slice(0, depth + 1).join('/'));
}

function signalOption(signal: AbortSignal | undefined): { signal?: AbortSignal } {
  return signal === undefined ? {} : { signal };
}
