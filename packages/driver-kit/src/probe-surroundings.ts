import { closeSync, constants, openSync, readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { MountRoute } from '@graphdriver/core';
import { bootId, isErrno, kernelRelease } from '@graphdriver/host';

/** What a probe is about. */
export interface ProbeSubject {
  readonly driver: string;
  /** What of the driver's knowledge this is, as in `facts`, and in which form: another number makes old answers unreadable. */
  readonly about: string;
  readonly format: number;
  /** Absolute. */
  readonly root: string;
  readonly mountWith: MountRoute;
  /** Those that hold for the root, in the driver's own words. */
  readonly settings: Readonly<Record<string, string | boolean | null>>;
}

/**
 * Everything that a probe's answer depends on, as plain data: the subject, the directory on which the root lies or will lie and its
 * mount, the kernel and its parameters, and what this process may do.
 *
 * A file system that was made anew is told from the one before by the birth of its directory.
 */
export function surroundings(subject: ProbeSubject): readonly unknown[] {
  const place = nearestDirectory(subject.root);
  const { dev, ino, birthtimeNs, mode, uid, gid } = statSync(place, { bigint: true });
  return [
    subject,
    place,
    [dev, ino, birthtimeNs, mode, uid, gid].map(String),
    mountOf(place),
    kernelRelease(),
    bootId(),
    overlayParameters(),
    rights(),
  ];
}

function nearestDirectory(path: string): string {
  for (let at = path; ; at = dirname(at)) {
    const isDirectory = statSync(at, { throwIfNoEntry: false })?.isDirectory() === true;
    if (isDirectory || dirname(at) === at) return at;
  }
}

/** The line of mountinfo about the mount that a directory is in: its number, its options and its file system's. */
function mountOf(directory: string): string {
  const fd = openSync(directory, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    const id = /^mnt_id:\s*(\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'latin1'))?.[1] ?? '';
    const line = new RegExp(`^${id} .*$`, 'm').exec(readFileSync('/proc/self/mountinfo', 'latin1'))?.[0];
    return line ?? id;
  } finally {
    closeSync(fd);
  }
}

/** The names and values of overlay's parameters; none while the module is not loaded. */
function overlayParameters(): readonly string[] {
  const folder = '/sys/module/overlay/parameters';
  try {
    return readdirSync(folder).map((name) => `${name}=${readFileSync(join(folder, name), 'latin1').trim()}`);
  } catch (error) {
    if (!isErrno(error)) throw error;
    return [];
  }
}

/** User, capabilities, the filter of system calls and the label of a security module, each in its namespace. */
function rights(): readonly unknown[] {
  const status = readFileSync('/proc/self/status', 'latin1');
  const lines = status.split('\n').filter((line) => /^(?:Uid|Gid|CapEff|CapBnd|NoNewPrivs|Seccomp):/.test(line));
  const namespaces = ['user', 'mnt'].map((kind) => readlinkSync(`/proc/self/ns/${kind}`));
  return [lines, namespaces, readFileSync('/proc/self/uid_map', 'latin1'), securityLabel()];
}

function securityLabel(): string {
  try {
    return readFileSync('/proc/self/attr/current', 'latin1');
  } catch (error) {
    // EINVAL where there is no such module.
    if (!isErrno(error)) throw error;
    return '';
  }
}
