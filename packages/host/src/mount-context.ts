import { closeSync, openSync, readSync } from 'node:fs';
import { cString, ownedCString } from './c-string.ts';
import { type FilePath, pathBytes } from './file-path.ts';
import { AT_FDCWD, checked, libc, SYSCALL_NUMBERS } from './libc.ts';
import { escapeOverlay, flagBits } from './mount-options.ts';
import type { MountOption, MountRequest } from './mount-request.ts';

const FSOPEN_CLOEXEC = 1;
const FSMOUNT_CLOEXEC = 1;
const SET_FLAG = 0;
const SET_STRING = 1;
const CREATE = 6;
const MOVE_FROM_EMPTY_PATH = 4;
const O_PATH = 0o10000000;
/** What fsconfig(2) takes as a string. */
const VALUE_LIMIT = 255;

/**
 * Mounts by fsopen(2), fsconfig(2), fsmount(2) and move_mount(2): one call per option, so neither their number nor commas matter.
 * Fails with ENOSYS before Linux 5.2, and with EINVAL for several layers of an overlay before 6.8.
 */
export function mountWithContext(request: MountRequest): void {
  const open: number[] = [];
  try {
    const context = checked(
      'fsopen',
      libc().fsopen(SYSCALL_NUMBERS.fsopen, cString(request.type), FSOPEN_CLOEXEC),
      request.target,
    );
    open.push(context);
    configure(context, request, open);
    const flags = flagBits(request.flags ?? []);
    const mount = checked(
      'fsmount',
      libc().fsmount(SYSCALL_NUMBERS.fsmount, context, FSMOUNT_CLOEXEC, flags),
      request.target,
    );
    open.push(mount);
    attach(mount, request.target);
  } finally {
    for (const fd of open) closeSync(fd);
  }
}

/** Gives a mount that is nowhere yet its place. */
export function attach(mount: number, target: FilePath): void {
  const number = SYSCALL_NUMBERS.moveMount;
  checked(
    'move_mount',
    libc().moveMount(number, mount, cString(''), AT_FDCWD, cString(target), MOVE_FROM_EMPTY_PATH),
    target,
  );
}

function configure(context: number, request: MountRequest, open: number[]): void {
  const { fsconfig } = libc();
  const set = (command: number, key: string | null, value: FilePath | null): void => {
    const [name, content] = [key === null ? null : cString(key), value === null ? null : ownedCString(value)];
    const result = fsconfig(SYSCALL_NUMBERS.fsconfig, context, command, name, content, 0);
    try {
      checked('fsconfig', result, request.target);
    } catch (error) {
      throw withKernelLog(error, context);
    }
  };
  set(SET_STRING, 'source', request.source);
  if (request.flags?.includes('ro') === true) set(SET_FLAG, 'ro', null);
  for (const option of request.options ?? []) {
    const [key, value] = request.type === 'overlay' ? overlayOption(option, open) : option;
    if (value === undefined) set(SET_FLAG, key, null);
    else set(SET_STRING, key, value);
  }
  set(CREATE, null, null);
}

/** `lowerdir+` takes a path as it is; `upperdir` and `workdir` undo backslashes as they do in the one string. */
function overlayOption([key, value]: MountOption, open: number[]): MountOption {
  if (value === undefined) return [key];
  if (key === 'lowerdir') return ['lowerdir+', shortEnough(value, pathBytes(value), open)];
  if (key === 'upperdir' || key === 'workdir') return [key, shortEnough(value, escapeOverlay(value), open)];
  return [key, value];
}

function shortEnough(path: FilePath, value: Buffer, open: number[]): Buffer {
  if (value.length <= VALUE_LIMIT) return value;
  const fd = openSync(path, O_PATH);
  open.push(fd);
  return Buffer.from(`/proc/self/fd/${fd}`);
}

/** A context says in words what it did not like; mount(2) only does so in the kernel's log. */
function withKernelLog(error: unknown, context: number): unknown {
  const message = Buffer.alloc(4096);
  try {
    const said = message
      .toString('utf8', 0, readSync(context, message))
      .replace(/^[ewi] /, '')
      .trim();
    if (error instanceof Error && said !== '') error.message += ` (${said})`;
  } catch {
    // ENODATA: it has nothing to say.
  }
  return error;
}
