import { AssertionError } from 'node:assert';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { Capabilities, Driver } from '@graphdriver/core';
import { createMounter, mountsUnder, removeTree } from '@graphdriver/host';
import type { CheckContext, Subject, Worker, WorkerOptions } from './check.ts';
import { CheckSkipped } from './check-skipped.ts';
import { WorkerProcess } from './worker-process.ts';

/** What a room is made for. */
export interface RoomRequest {
  readonly subject: Subject;
  readonly capabilities: Capabilities;
  /** The directory in which the room is made: on the file system to be examined. */
  readonly scratch: string;
  readonly seed: number;
  readonly thorough: boolean;
  readonly patience: number;
}

/**
 * The place where one check runs: a directory with a root of its own, and everything that the check opens or starts.
 *
 * `leave` takes all of it away again, however the check ended, and tells what the check or the driver had left behind.
 */
export class CheckRoom {
  readonly context: CheckContext;
  readonly #request: RoomRequest;
  readonly #directory: string;
  readonly #drivers: Driver[] = [];
  readonly #roots: string[] = [];
  readonly #workers: WorkerProcess[] = [];
  #scratches = 0;

  private constructor(request: RoomRequest, directory: string, driver: Driver) {
    this.#request = request;
    this.#directory = directory;
    this.#drivers.push(driver);
    this.#roots.push(join(directory, 'root'));
    this.context = this.#contextOf(driver);
  }

  /** Makes the directory and opens the driver on a root in it. Leaves nothing when that fails. */
  static async enter(request: RoomRequest): Promise<CheckRoom> {
    const directory = mkdtempSync(join(request.scratch, 'check-'));
    chmodSync(directory, 0o755);
    try {
      const driver = await request.subject.module.open({ ...request.subject.options, root: join(directory, 'root') });
      return new CheckRoom(request, directory, driver);
    } catch (error) {
      await removeTree(directory);
      throw error;
    }
  }

  /** Ends and removes everything, and returns a sentence for each thing that should not have been there. */
  async leave(): Promise<readonly string[]> {
    const leaks: string[] = [];
    for (const worker of this.#workers) await worker.end();
    for (const driver of this.#drivers) await noting(leaks, 'A driver could not be closed', () => driver.close());
    for (const entry of mountsUnder(this.#directory)) leaks.push(`A mount was left at ${entry.mountPoint}.`);
    for (const path of openFilesUnder(this.#directory)) leaks.push(`A descriptor was left open on ${path}.`);
    for (const root of this.#roots) await noting(leaks, 'The layers could not be removed', () => this.#sweep(root));
    await noting(leaks, 'The directory could not be removed', () => removeWithMounts(this.#directory));
    return leaks;
  }

  /** Removes what only the driver can remove: layers that are more than directories. */
  async #sweep(root: string): Promise<void> {
    if (!existsSync(root) || readdirSync(root).length === 0) return;
    const driver = await this.#request.subject.module.open({ ...this.#request.subject.options, root });
    try {
      for (const { id } of [...(await driver.list())].reverse()) {
        for (const holder of await driver.holders(id)) {
          if (holder.name !== null) await driver.put(id, { holder: holder.name, detach: true });
        }
        await driver.remove(id);
      }
    } finally {
      await driver.close();
    }
  }

  #contextOf(driver: Driver): CheckContext {
    const { subject, capabilities, seed, thorough, patience } = this.#request;
    return {
      driver,
      capabilities,
      subject,
      seed,
      thorough,
      patience,
      open: () => this.#open(join(this.#directory, 'root')),
      openElsewhere: () => {
        const root = join(this.#directory, `elsewhere-${this.#roots.length}`);
        this.#roots.push(root);
        return this.#open(root);
      },
      startWorker: (options) => this.#startWorker(options),
      scratch: async () => {
        const path = join(this.#directory, `scratch-${this.#scratches++}`);
        mkdirSync(path);
        return path;
      },
      skip: (reason) => {
        throw new CheckSkipped(reason);
      },
    };
  }

  async #open(root: string): Promise<Driver> {
    const driver = await this.#request.subject.module.open({ ...this.#request.subject.options, root });
    this.#drivers.push(driver);
    return driver;
  }

  async #startWorker(options?: WorkerOptions): Promise<Worker> {
    const { source, options: openOptions } = this.#request.subject;
    if (source === undefined) {
      const reason = 'The subject does not say how another process finds its module (`source`).';
      if (this.#request.capabilities.sharedRoot) throw new AssertionError({ message: reason });
      throw new CheckSkipped(reason);
    }
    const root = join(this.#directory, 'root');
    const worker = await WorkerProcess.start({ ...source, options: { ...openOptions, root } }, options);
    this.#workers.push(worker);
    return worker;
  }
}

async function noting(leaks: string[], what: string, action: () => Promise<void>): Promise<void> {
  try {
    await action();
  } catch (error) {
    leaks.push(`${what}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function openFilesUnder(directory: string): readonly string[] {
  return readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      const path = readlinkSync(`/proc/self/fd/${fd}`);
      return path.startsWith(`${directory}/`) ? [path] : [];
    } catch {
      return []; // The descriptor with which the list was read is gone by now.
    }
  });
}

async function removeWithMounts(directory: string): Promise<void> {
  const mounter = createMounter();
  const depthFirst = [...mountsUnder(directory)].reverse();
  for (const entry of depthFirst) await mounter.unmount(entry.mountPoint, { detach: true });
  await removeTree(directory);
}
