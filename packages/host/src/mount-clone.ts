import { closeSync } from 'node:fs';
import { cString } from './c-string.ts';
import { isErrno } from './errno.ts';
import type { FilePath } from './file-path.ts';
import { AT_FDCWD, checked, libc, SYSCALL_NUMBERS } from './libc.ts';
import { attach } from './mount-context.ts';
import { flagBits } from './mount-options.ts';
import type { MountFlag } from './mount-request.ts';
import { mountAt } from './mountinfo.ts';

const MS_REMOUNT = 32;
const MS_BIND = 4096;
const MS_PRIVATE = 1 << 18;
const MNT_DETACH = 2;
const AT_EMPTY_PATH = 0x1000;
const OPEN_TREE_CLONE = 1;
const OPEN_TREE_CLOEXEC = 0o2000000;

/** A bind mount, private and with `flags`, that appears complete or not at all. */
export function cloneMount(source: FilePath, target: FilePath, flags: readonly MountFlag[]): void {
  try {
    cloneAside(source, target, flags);
  } catch (error) {
    // open_tree(2) came with Linux 5.2, mount_setattr(2) with 5.12.
    if (!isErrno(error, 'ENOSYS')) throw error;
    bindInSteps(source, target, flags);
  }
}

function cloneAside(source: FilePath, target: FilePath, flags: readonly MountFlag[]): void {
  const calls = libc();
  const clone = calls.openTree(
    SYSCALL_NUMBERS.openTree,
    AT_FDCWD,
    cString(source),
    OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC,
  );
  checked('open_tree', clone, source);
  try {
    const attributes = Buffer.alloc(32);
    attributes.writeBigUInt64LE(BigInt(flagBits(flags)), 0);
    attributes.writeBigUInt64LE(BigInt(MS_PRIVATE), 16);
    const set = calls.mountSetattr(
      SYSCALL_NUMBERS.mountSetattr,
      clone,
      cString(''),
      AT_EMPTY_PATH,
      attributes,
      attributes.length,
    );
    checked('mount_setattr', set, source);
    attach(clone, target);
  } finally {
    closeSync(clone);
  }
}

/** The same as three calls of mount(2), for older kernels. */
export function bindInSteps(source: FilePath, target: FilePath, flags: readonly MountFlag[]): void {
  const { mount, umount2 } = libc();
  checked('mount', mount(cString(source), cString(target), null, MS_BIND, null), target);
  try {
    checked('mount', mount(null, cString(target), null, MS_PRIVATE, null), target);
    if (flags.length === 0) return;
    const all = flagBits([...flags, ...flagsOfMount(target)]);
    checked('mount', mount(null, cString(target), null, MS_REMOUNT | MS_BIND | all, null), target);
  } catch (error) {
    umount2(cString(target), MNT_DETACH);
    throw error;
  }
}

/** The flags that the uppermost mount at `target` has: a remount that does not repeat them takes them away. */
export function flagsOfMount(target: FilePath): readonly MountFlag[] {
  const options = mountAt(target)?.options ?? [];
  return (['ro', 'nosuid', 'nodev', 'noexec'] as const).filter((flag) => options.includes(flag));
}
