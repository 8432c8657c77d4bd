import { setTimeout } from 'node:timers/promises';
import { type MountEntry, startProcess } from '@graphdriver/host';
import type { FuseSilence } from './facts.ts';

/** Milliseconds that a FUSE server has to answer. */
const PATIENCE = 2_000;

/** Tells whether a mount is served by a process, which may hang. */
export function isFuse({ type }: MountEntry): boolean {
  return /^fuse(\.|$)/.test(type);
}

/**
 * Asks a FUSE mount something; `undefined` where it answers. Takes milliseconds, and two seconds where nobody answers.
 *
 * Asks in another process, because who asks a server that hangs cannot be stopped: it ends when the server does.
 */
export async function askFuse({ mountPoint }: MountEntry): Promise<FuseSilence | undefined> {
  const path = textOf(mountPoint);
  const asking = startProcess('stat', ['-f', '--', path], { stdin: 'ignore', stdout: 'ignore', stderr: 'ignore' });
  asking.unref();
  const stopped = new AbortController();
  const late = setTimeout(PATIENCE, undefined, { signal: stopped.signal }).catch(() => undefined);
  const end = await Promise.race([asking.ended, late]);
  stopped.abort();
  if (end === undefined) {
    asking.kill('SIGKILL');
    return { path, answer: 'silent' };
  }
  // What was unmounted meanwhile answers as the directory beneath it.
  return end.exitCode === 0 ? undefined : { path, answer: 'dead' };
}

/** Tells whether `path` lies in one of these mounts: who looks at it waits for ever, or fails. */
export function isIn(path: string, mounts: readonly FuseSilence[]): boolean {
  return mounts.some((mount) => `${path}/`.startsWith(`${mount.path}/`));
}

/** A path of the mount table as text: there it has one character for each byte. */
export function textOf(path: string): string {
  return Buffer.from(path, 'latin1').toString();
}
