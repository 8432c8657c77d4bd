import type { Mount } from '@graphdriver/core';
import { syncFilesystem } from '@graphdriver/host';
import type { Operation, WhereCase } from '../bench-case.ts';
import { buildImage, warmFiles } from '../bench-image.ts';
import { letGo } from '../let-go.ts';
import { appendByte, timed, timedAsync } from './append-byte.ts';
import { holdOptions } from './container.ts';
import { manyFiles } from './many-files.ts';
import type { Measured, Stage } from './stage.ts';

/**
 * Measures all that one container pays: create, get, the first append to a file of its image and the second, put and remove; and what
 * it takes on the disk when it is fresh and after the first append, in bytes that its removal would give back.
 *
 * Unlike in the other workloads these belong together: they are the life of one container, so that they can be added up.
 * Nothing waits to be written back when a timed operation begins.
 */
export async function measureWhere(stage: Stage, of: WhereCase): Promise<Measured[]> {
  const { driver, signal, seed } = stage;
  const files = manyFiles(of);
  await using image = await buildImage(driver, { name: 'image', layers: 1, files, seed, signal });
  const view = await driver.get(image.top, { readOnly: true });
  try {
    await warmFiles(view.path, files);
  } finally {
    await letGo(view);
  }
  const measured: Measured[] = [];
  // The first container is of no interest: whatever has to be loaded and compiled is so after it.
  await liveOnce(stage, image.top, files[0]?.path ?? '');
  for (let index = 0; index < stage.samples; index += 1) {
    signal.throwIfAborted();
    const paid = await liveOnce(stage, image.top, files[0]?.path ?? '');
    measured.push(...paid.map((sample) => ({ index, ...sample })));
  }
  return measured;
}

async function liveOnce(stage: Stage, parent: string, path: string): Promise<Omit<Measured, 'index'>[]> {
  const { driver } = stage;
  const id = 'container';
  const paid: Omit<Measured, 'index'>[] = [];
  const settle = (): Promise<void> => syncFilesystem(stage.plain);
  const note = (operation: Operation, nanoseconds: number, bytes?: number): void => {
    paid.push({ operation, nanoseconds, ...(bytes === undefined ? {} : { bytes }) });
  };
  await settle();
  const create = await timedAsync(() => driver.create(id, { parent }));
  try {
    await settle();
    note('create', create, await driver.reclaimable(id));
    let held: Mount | undefined;
    note('get', await timedAsync(async () => (held = await driver.get(id, holdOptions(stage)))));
    const mount = held as unknown as Mount; // Assigned in the call just made, which the compiler does not follow.
    try {
      await settle();
      const first = timed(() => appendByte(`${mount.path}/${path}`));
      await settle();
      note('first', first, await driver.reclaimable(id));
      note(
        'second',
        timed(() => appendByte(`${mount.path}/${path}`)),
      );
      await settle();
    } finally {
      note('put', await timedAsync(() => mount.put()));
    }
    await settle();
  } finally {
    note('remove', await timedAsync(() => driver.remove(id)));
  }
  return paid;
}
