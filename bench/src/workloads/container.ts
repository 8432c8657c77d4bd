import type { GetOptions, Mount } from '@graphdriver/core';
import { letGo } from '../let-go.ts';
import type { Stage } from './stage.ts';

/** A mounted container. */
export interface Container {
  readonly id: string;
  readonly mount: Mount;
}

/** How containers of a stage are held. */
export function holdOptions({ volatile }: Pick<Stage, 'volatile'>): GetOptions {
  return volatile ? { volatile } : {};
}

/** Creates a container and mounts it. Leaves nothing behind when it fails. */
export async function freshContainer(stage: Stage, id: string, parent: string): Promise<Container> {
  const { driver } = stage;
  await driver.create(id, { parent });
  try {
    return { id, mount: await driver.get(id, holdOptions(stage)) };
  } catch (error) {
    await driver.remove(id);
    throw error;
  }
}

/** Unmounts a container and removes it. */
export async function putAndRemove({ driver }: Stage, { id, mount }: Container): Promise<void> {
  await letGo(mount);
  await driver.remove(id);
}
