import { readdir, readFile } from 'node:fs/promises';
import { StorageError } from '@graphdriver/core';
import { makeDirectory, removeTree, syncFilesystem } from '@graphdriver/host';
import type { InsideCase } from '../bench-case.ts';
import { type BenchImage, buildLayers } from '../bench-image.ts';
import type { InsideGround, InsideProgram } from '../inside/inside-program.ts';
import { INSIDE_PROGRAMS } from '../inside/inside-programs.ts';
import { letGo } from '../let-go.ts';
import { type OnceOperation, sampleOnce } from '../sampler.ts';
import { TREE_LAYERS } from '../tree-image.ts';
import { timedAsync } from './append-byte.ts';
import { type Container, freshContainer, putAndRemove } from './container.ts';
import type { Measured, Stage } from './stage.ts';

/**
 * Measures a program that works in the mount of a container which nobody has used yet, and the same program in a plain directory with
 * the same files on the same file system.
 *
 * The program is a process, or several, whose start is part of both times. All of the image has been read through its top layer before,
 * the plain directory has just been written, and nothing waits to be written back. A first work in a plain directory is thrown away: it
 * loads the program. Where the two sides do not leave the same behind, the case fails.
 */
export async function measureInside(stage: Stage, of: InsideCase): Promise<Measured[]> {
  const { samples, seed, signal, timeout } = stage;
  const program = INSIDE_PROGRAMS[of.work];
  const ground: InsideGround = { amount: of.amount, seed, signal, timeout, material: `${stage.plain}/material` };
  makeDirectory(ground.material);
  try {
    await program.prepare?.(ground);
    const fill = (root: string, layer: number): Promise<void> => program.fill(root, layer, ground);
    await using image = await buildLayers(stage.driver, { name: 'image', layers: TREE_LAYERS, fill, signal });
    await readAll(stage, image);
    const plain: number[] = [];
    await inPlain(stage, program, ground);
    const operation = inContainer(stage, program, ground, image, plain);
    const firsts = await sampleOnce(operation, { samples, signal, timeout });
    return firsts.flatMap((first, index): Measured[] => [
      { operation: 'plain', index, nanoseconds: plain[index] ?? Number.NaN },
      { operation: 'first', index, ...first },
    ]);
  } finally {
    await removeTree(ground.material);
  }
}

/** A container in which the program works, and what is to come of it. */
interface Workplace {
  readonly container: Container;
  readonly wanted: string;
  said?: string;
}

function inContainer(
  stage: Stage,
  program: InsideProgram,
  ground: InsideGround,
  image: BenchImage,
  plain: number[],
): OnceOperation<Workplace> {
  return {
    async prepare(index) {
      const { nanoseconds, outcome } = await inPlain(stage, program, ground);
      plain[index] = nanoseconds;
      await syncFilesystem(stage.plain);
      const container = await freshContainer(stage, `container-${index}`, image.top);
      await syncFilesystem(stage.plain);
      return { container, wanted: outcome };
    },
    async measure(place) {
      place.said = await program.work(place.container.mount.path, ground);
    },
    async release({ container, wanted, said }) {
      try {
        if (said === undefined) return; // It failed, and that is what is to be told.
        const outcome = `${said}${await program.outcome(container.mount.path, ground)}`;
        if (outcome !== wanted)
          throw new StorageError(
            'CORRUPT_LAYER',
            'The program has not done the same in the container as in a plain directory.',
          );
      } finally {
        await putAndRemove(stage, container);
      }
    },
  };
}

/** Lets the program work in a plain directory of its own, which is removed. */
async function inPlain(
  stage: Stage,
  program: InsideProgram,
  ground: InsideGround,
): Promise<{ nanoseconds: number; outcome: string }> {
  const root = `${stage.plain}/tree`;
  makeDirectory(root);
  try {
    for (let layer = 0; layer < TREE_LAYERS; layer += 1) await program.fill(root, layer, ground);
    await syncFilesystem(stage.plain);
    let said = '';
    const nanoseconds = await timedAsync(async () => {
      said = await program.work(root, ground);
    });
    return { nanoseconds, outcome: `${said}${await program.outcome(root, ground)}` };
  } finally {
    await removeTree(root);
  }
}

/** Reads every file of the image through a mount of its top layer. */
async function readAll({ driver }: Stage, { top }: BenchImage): Promise<void> {
  const view = await driver.get(top, { readOnly: true });
  try {
    const entries = await readdir(view.path, { recursive: true, withFileTypes: true });
    for (const entry of entries) if (entry.isFile()) await readFile(`${entry.parentPath}/${entry.name}`);
  } finally {
    await letGo(view);
  }
}
