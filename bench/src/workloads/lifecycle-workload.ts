import { constants } from 'node:fs';
import type { Mount } from '@graphdriver/core';
import { closeFile, openFile, syncFilesystem, writeBytes } from '@graphdriver/host';
import type { LifecycleCase, Operation } from '../bench-case.ts';
import { buildImage } from '../bench-image.ts';
import { type OnceOperation, sampleOnce } from '../sampler.ts';
import { holdOptions } from './container.ts';
import { manyFiles } from './many-files.ts';
import type { Measured, Stage } from './stage.ts';

/** A container on the way from create to remove. */
interface Container {
  readonly id: string;
  mount?: Mount;
}

/**
 * Measures the four calls that every container goes through, each on containers of its own: `create` on the image's top layer, `get`,
 * `put` of the last holder, and `remove` of a container in which one file has been made.
 *
 * Nothing waits to be written back when a timed call begins.
 */
export async function measureLifecycle(stage: Stage, of: LifecycleCase): Promise<Measured[]> {
  const files = manyFiles(of);
  await using image = await buildImage(stage.driver, {
    name: 'image',
    layers: 1,
    files,
    seed: stage.seed,
    signal: stage.signal,
  });
  const measured: Measured[] = [];
  for (const [operation, calls] of Object.entries(lifecycleCalls(stage, image.top))) {
    const samples = await sampleOnce(calls, { samples: stage.samples, signal: stage.signal, timeout: stage.timeout });
    // Object.entries forgets the type of the keys.
    measured.push(...samples.map((sample, index) => ({ operation: operation as Operation, index, ...sample })));
  }
  return measured;
}

type LifecycleOperation = 'create' | 'get' | 'put' | 'remove';

/** What is prepared, timed and cleaned up for each of the calls. */
function lifecycleCalls(stage: Stage, parent: string): Record<LifecycleOperation, OnceOperation<Container>> {
  const { driver } = stage;
  const create = async ({ id }: Container): Promise<void> => {
    await driver.create(id, { parent });
  };
  const get = async (container: Container): Promise<void> => {
    container.mount = await driver.get(container.id, holdOptions(stage));
  };
  const put = async ({ mount }: Container): Promise<void> => mount?.put();
  const remove = async ({ id }: Container): Promise<void> => {
    if (await driver.exists(id)) await driver.remove(id);
  };
  const prepared = (name: string, ...steps: readonly ((container: Container) => Promise<void>)[]) => {
    return async (index: number): Promise<Container> => {
      const container: Container = { id: `${name}-${index}` };
      for (const step of steps) await step(container);
      await syncFilesystem(stage.plain);
      return container;
    };
  };
  const putAndRemove = async (container: Container): Promise<void> => {
    await put(container);
    await remove(container);
  };
  return {
    create: { prepare: prepared('create'), measure: create, release: remove },
    get: { prepare: prepared('get', create), measure: get, release: putAndRemove },
    put: { prepare: prepared('put', create, get, makeFile), measure: put, release: putAndRemove },
    remove: {
      prepare: prepared('remove', create, get, makeFile, put),
      measure: ({ id }) => driver.remove(id),
      release: putAndRemove,
    },
  };
}

async function makeFile({ mount }: Container): Promise<void> {
  if (mount === undefined) return;
  const fd = openFile(
    `${mount.path}/made-in-the-container`,
    constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY,
    0o644,
  );
  try {
    writeBytes(fd, Buffer.from('A container rarely stays as it was.\n'));
  } finally {
    closeFile(fd);
  }
}
