import type { Capabilities } from '@graphdriver/core';
import type { Worker } from '../check.ts';

/** What {@link Worker.call} answers to `get`. */
export interface MountThere {
  readonly path: string;
}

/** Why a check with a second process does not apply. */
export function needsSharedRoot({ sharedRoot }: Capabilities): string | null {
  return sharedRoot ? null : 'The driver does not promise that processes share a root.';
}

/** Why a check of what outlives a process does not apply. */
export function needsPersistence(capabilities: Capabilities): string | null {
  if (!capabilities.persistent) return 'The driver does not promise that layers outlive the process.';
  return needsSharedRoot(capabilities);
}

/** Gets a layer in the other process, and returns its path, which gives it back: `worker.call('release', path)`. */
export async function getThere(worker: Worker, id: string, options: object = {}): Promise<string> {
  const { path } = (await worker.call('get', id, options)) as MountThere; // As worker.ts answers.
  return path;
}

/** How a call in the other process ended: `success`, or the code of the storage error. Rejects when the process ended. */
export async function endingThere(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return 'success';
  } catch (error) {
    if (error instanceof Error && 'code' in error) return String(error.code);
    throw error;
  }
}
