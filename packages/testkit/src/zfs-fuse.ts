import { existsSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { StorageError } from '@graphdriver/core';
import { commandExists, createMounter, readMounts, run, startProcess } from '@graphdriver/host';
import { privilegeReason } from './privilege.ts';
import { type ScratchRoot, scratchRoot } from './scratch-root.ts';

/** A pool on a file, in a zfs-fuse daemon that was started for it. Disposing destroys the pool and stops the daemon. */
export interface ZfsFusePool extends AsyncDisposable {
  readonly name: string;
  /** Where its first filesystem is mounted. */
  readonly path: string;
  /** A directory for further files, gone with the pool. The pool's own file is `disk.img` in it. */
  readonly directory: string;
  /** Whether the daemon still answers: it has been seen to crash. @throws {StorageError} `TIMED_OUT` where it neither answers nor is gone */
  answers(): Promise<boolean>;
  /**
   * Stops the daemon, starts it anew and imports the pool, as after a reboot. SIGKILL stands for a crash: what it had mounted is
   * then dead, and is detached. The pool's filesystems are mounted again except those that are not to be.
   */
  restart(signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>;
}

/** What {@link zfsFusePool} makes. */
export interface ZfsFuseRequest {
  /** Bytes, 64 MiB at least; 256 MiB unless told. The file is sparse. */
  readonly size?: number;
  /** `gdtest` unless told. */
  readonly name?: string;
  /** Where the file is made; the system's temporary directory unless given. */
  readonly directory?: string;
}

const DAEMON = '/sbin/zfs-fuse';
const ZPOOL = '/sbin/zpool';
/** One for the machine, so that whoever comes next finds the daemon of a test that was killed. */
const PID_FILE = join(tmpdir(), 'graphdriver-zfs-fuse.pid');

/**
 * Starts zfs-fuse and makes a pool on a file. Takes half a second, and disposing some five, so share one between tests.
 *
 * There is one such daemon to a machine: the caller holds the {@link machineLock} as long as the pool is there.
 */
export async function zfsFusePool(request: ZfsFuseRequest = {}): Promise<ZfsFusePool> {
  const { size = 256 << 20, name = 'gdtest' } = request;
  const scratch = await scratchRoot('graphdriver-zfs-', request.directory);
  const [image, path] = [join(scratch.path, 'disk.img'), join(scratch.path, 'mnt')];
  try {
    await startDaemon();
    writeFileSync(image, '');
    truncateSync(image, size);
    // Not in the daemon's cache file: the next daemon must not look for a pool that is long gone.
    await run(ZPOOL, ['create', '-o', 'cachefile=none', '-O', `mountpoint=${path}`, name, image]);
  } catch (error) {
    await dispose(scratch, name);
    throw error;
  }
  return {
    name,
    path,
    directory: scratch.path,
    answers,
    async restart(signal = 'SIGTERM') {
      await stopDaemon(signal);
      await startDaemon();
      await run(ZPOOL, ['import', '-o', 'cachefile=none', '-d', scratch.path, name]);
    },
    [Symbol.asyncDispose]: () => dispose(scratch, name),
  };
}

/** Why {@link zfsFusePool} cannot make a pool here, or `null` where it can. */
export async function zfsReason(): Promise<string | null> {
  const privilege = privilegeReason();
  if (privilege !== null) return privilege;
  if (!commandExists(DAEMON) || !commandExists(ZPOOL)) return 'zfs-fuse is not installed.';
  return existsSync('/dev/fuse') ? null : 'There is no /dev/fuse.';
}

async function startDaemon(): Promise<void> {
  await stopDaemon('SIGTERM');
  if (await answers())
    throw new StorageError('PREREQUISITE_MISSING', 'zfs-fuse runs already, and not for a test.', {
      hint: 'Stop it: there can be one.',
    });
  // It goes into the background by itself. With pipes it would keep them open, and its parent waiting.
  const options = { stdin: 'ignore', stdout: 'ignore', stderr: 'ignore', detached: true } as const;
  const { exitCode } = await startProcess(DAEMON, ['--pidfile', PID_FILE, '--no-kstat-mount', '-x'], options).ended;
  for (let tries = 0; exitCode === 0 && tries < 200; tries += 1) {
    if (await answers()) return;
    await setTimeout(50);
  }
  throw new Error(`zfs-fuse did not start (exit code ${exitCode}).`);
}

async function answers(): Promise<boolean> {
  return (await run(ZPOOL, ['list', '-H'], { okExitCodes: [0, 1] })).exitCode === 0;
}

/** Stops the daemon that a test has started, this one or one that was killed. SIGTERM unmounts all, which takes it some five seconds. */
async function stopDaemon(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  if (!existsSync(PID_FILE)) return;
  const pid = daemonPid();
  if (pid !== undefined) {
    process.kill(pid, signal);
    for (let tries = 0; tries < 400 && daemonPid() !== undefined; tries += 1) await setTimeout(50);
    if (daemonPid() !== undefined) process.kill(pid, 'SIGKILL');
  }
  rmSync(PID_FILE, { force: true });
  const mounter = createMounter();
  for (const { type, mountPoint } of readMounts().reverse()) {
    if (type === 'fuse.zfs') await mounter.unmount(Buffer.from(mountPoint, 'latin1'), { detach: true });
  }
}

/** The daemon's process id while it lives. A number in a stale file may be another program's by now. */
function daemonPid(): number | undefined {
  try {
    const pid = Number(readFileSync(PID_FILE, 'latin1'));
    return readFileSync(`/proc/${pid}/comm`, 'latin1').trim() === 'zfs-fuse' ? pid : undefined;
  } catch {
    return undefined;
  }
}

async function dispose(scratch: ScratchRoot, name: string): Promise<void> {
  // A pool is busy for a moment after its filesystems were; the daemon takes what is left with it.
  for (let tries = 0; tries < 10; tries += 1) {
    if ((await run(ZPOOL, ['destroy', '-f', name], { okExitCodes: [0, 1] })).exitCode === 0) break;
    await setTimeout(200);
  }
  await stopDaemon('SIGTERM');
  await scratch[Symbol.asyncDispose]();
}
