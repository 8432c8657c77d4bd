import { readFileSync } from 'node:fs';
import { release } from 'node:os';

/** The running kernel, as in `6.1.0-18-amd64`. */
export function kernelRelease(): string {
  return release();
}

/** Tells whether the running kernel is at least `major.minor`. Distributions carry features back: where trying is cheap, try. */
export function kernelAtLeast(major: number, minor: number): boolean {
  const [found = 0, then = 0] = kernelRelease()
    .split('.')
    .map((part) => Number.parseInt(part, 10));
  return found > major || (found === major && then >= minor);
}

/** A name of this run of the machine: another one after every boot. */
export function bootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
}
