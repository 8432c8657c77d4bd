import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Writable } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { privilegeReason } from '@graphdriver/testkit';
import type { ProcessSpec, RuntimeName } from '../src/runtime/process-spec.ts';
import { runtimeReason } from '../src/runtime/runtime-choice.ts';

const PROGRAMS = [
  'sh',
  'cat',
  'sleep',
  'id',
  'env',
  'tty',
  'stty',
  'readlink',
  'ls',
  'touch',
  'seq',
  'mkdir',
  'rm',
  'mv',
  'ln',
];

/** Makes a root of programs of this host, a few megabytes, without /proc, /dev and /sys. */
export function makeRoot(root: string): string {
  const files = new Set<string>();
  for (const program of PROGRAMS) {
    const path = execFileSync('sh', ['-c', 'command -v "$1"', 'sh', program], { encoding: 'utf8' }).trim();
    files.add(path);
    const libraries = execFileSync('ldd', [path], { encoding: 'utf8' }).match(/\/\S+/g) ?? [];
    for (const library of libraries) files.add(library);
  }
  for (const file of files) {
    mkdirSync(join(root, dirname(file)), { recursive: true });
    copyFileSync(file, join(root, file));
  }
  mkdirSync(join(root, 'etc'));
  writeFileSync(join(root, 'etc/passwd'), 'root:x:0:0:root:/root:/bin/sh\nalice:x:1000:1001::/home/alice:/bin/sh\n');
  writeFileSync(join(root, 'etc/group'), 'root:x:0:\nalice:x:1001:\nstaff:x:50:bob,alice\n');
  return root;
}

/** The runtimes with the reasons for which they cannot be tested here. */
export const RUNTIMES: readonly { readonly runtime: RuntimeName; readonly reason: string | null }[] = (
  ['crun', 'runc', 'chroot'] as const
).map((runtime) => ({ runtime, reason: privilegeReason() ?? runtimeReason(runtime) }));

/** A process in that root, with what a test does not care about. */
export function specOf(rootfs: string, args: readonly string[], more: Partial<ProcessSpec> = {}): ProcessSpec {
  return { rootfs, args, env: [], cwd: '/', user: '', ...more };
}

/** A shell script in that root. */
export function shell(rootfs: string, script: string, more: Partial<ProcessSpec> = {}): ProcessSpec {
  return specOf(rootfs, ['sh', '-c', script], more);
}

/** Keeps what is written. */
export class Sink extends Writable {
  text = '';

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}

/** The names of everything in a directory, sorted. */
export function namesIn(directory: string): string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' }).sort();
}

/** Processes of this machine whose command line has `word`. */
export function processesWith(word: string): number[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name) || Number(name) === process.pid) return [];
    try {
      return readFileSync(`/proc/${name}/cmdline`, 'latin1').includes(word) ? [Number(name)] : [];
    } catch {
      return [];
    }
  });
}

/** Cgroups of any hierarchy whose name has `word`. */
export function cgroupsWith(word: string): string[] {
  const top = '/sys/fs/cgroup';
  const roots = [top, ...readdirSync(top).map((name) => join(top, name))];
  return roots.flatMap((root) => {
    try {
      return readdirSync(root).filter((name) => name.includes(word));
    } catch {
      return [];
    }
  });
}

/** Waits until `condition` holds; fails after ten seconds. */
export async function until(condition: () => boolean, what: string): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`It took too long until ${what}.`);
    await setTimeout(5);
  }
}

/** A program of this package's own, built. */
export function built(path: string): string {
  return fileURLToPath(new URL(`../dist/${path}`, import.meta.url));
}
