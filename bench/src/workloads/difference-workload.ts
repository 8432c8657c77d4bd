import type { DifferenceCase } from '../bench-case.ts';
import { buildImage } from '../bench-image.ts';
import { letGo } from '../let-go.ts';
import { sampleOnce } from '../sampler.ts';
import { appendByte } from './append-byte.ts';
import { holdOptions } from './container.ts';
import { manyFiles } from './many-files.ts';
import type { Measured, Stage } from './stage.ts';

/**
 * Measures `changes` and `diff` of a container in which some of its image's files have grown by a byte, spread evenly over all of
 * them. The stream of `diff` is read to its end and thrown away.
 * Both only read, so that one container serves all samples; each call has been made once before, and finds warm caches.
 */
export async function measureDifference(stage: Stage, of: DifferenceCase): Promise<Measured[]> {
  const { driver, signal, seed, samples, timeout } = stage;
  const files = manyFiles(of);
  await using image = await buildImage(driver, { name: 'image', layers: 1, files, seed, signal });
  const id = 'changed';
  await driver.create(id, { parent: image.top });
  try {
    const mount = await driver.get(id, holdOptions(stage));
    try {
      const step = of.files / of.changed;
      for (let number = 0; number < of.changed; number += 1) {
        appendByte(`${mount.path}/${files[Math.floor(number * step)]?.path}`);
      }
    } finally {
      await letGo(mount);
    }
    const calls = {
      changes: async (): Promise<void> => {
        await driver.changes(id, { signal });
      },
      diff: async (): Promise<void> => {
        for await (const _ of driver.diff(id, { signal }));
      },
    };
    const measured: Measured[] = [];
    for (const operation of ['changes', 'diff'] as const) {
      await calls[operation]();
      const nothing = async (): Promise<void> => undefined;
      const call = { prepare: nothing, measure: calls[operation], release: nothing };
      const taken = await sampleOnce(call, { samples, signal, timeout });
      measured.push(...taken.map((sample, index) => ({ operation, index, ...sample })));
    }
    return measured;
  } finally {
    await driver.remove(id);
  }
}
