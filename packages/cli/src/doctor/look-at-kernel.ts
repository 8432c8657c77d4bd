import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isErrno, kernelRelease, readMounts } from '@graphdriver/host';
import type { KernelFacts } from './facts.ts';
import { BOUNDS } from './judge-kernel.ts';

/** Reads the kernel's parameters. Takes a millisecond; what cannot be read is left out. */
export function lookAtKernel(): KernelFacts {
  const bounds = BOUNDS.flatMap(({ name }) => {
    const value = valueIn(join('/proc/sys', ...name.split('.')));
    return value === undefined ? [] : [[name, value] as const];
  });
  const mountMax = valueIn('/proc/sys/fs/mount-max');
  return {
    release: kernelRelease(),
    overlay: valuesIn('/sys/module/overlay/parameters'),
    fuse: valuesIn('/proc/sys/fs/fuse'),
    userNamespaces: Object.fromEntries(bounds),
    mountMax: mountMax === undefined ? null : Number(mountMax),
    mounts: readMounts().length,
  };
}

function valuesIn(folder: string): Record<string, string> | null {
  try {
    const found = readdirSync(folder).sort();
    return Object.fromEntries(found.flatMap((name) => namedValue(name, valueIn(join(folder, name)))));
  } catch (error) {
    if (!isErrno(error)) throw error;
    return null;
  }
}

function namedValue(name: string, value: string | undefined): (readonly [string, string])[] {
  return value === undefined ? [] : [[name, value]];
}

function valueIn(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1').trim();
  } catch (error) {
    if (!isErrno(error)) throw error;
    return undefined;
  }
}
